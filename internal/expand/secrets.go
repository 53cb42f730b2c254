package expand

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

const (
	postgresPort = "5432"
	basicAuth    = "kubernetes.io/basic-auth"
	// unknownPassword is rendered where there is no key to derive from.
	unknownPassword = "derived-in-the-cluster"
)

// connection is how an app reaches its database.
type connection struct {
	host, database, user, password string
}

// password is derived, so that it never has to be read back: an app that is deleted and made again in the same namespace
// gets the same one, and the controller needs no right to get Secrets.
func (b *builder) password() string {
	if len(b.in.PasswordKey) == 0 {
		return unknownPassword
	}
	mac := hmac.New(sha256.New, b.in.PasswordKey)
	fmt.Fprintf(mac, "afroapp/database-password/v1|%s|%s", b.eff.Namespace.UID, b.in.App.Name)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// passwordSecret is what CloudNativePG reads. It belongs to the data: it is kept with it.
func passwordSecret(namespace, name string, c connection) Intent {
	i := secret(namespace, name, map[string]string{"username": c.user, "password": c.password})
	i.Object.SetLabels(map[string]string{"cnpg.io/reload": "true", LabelData: "true"})
	return i
}

// connectionSecret has the keys of CloudNativePG's <cluster>-app.
func (b *builder) connectionSecret(c connection) Intent {
	fqdn := c.host + ".cluster.local"
	return secret(b.eff.Namespace.Name, ConnectionSecret(b.in.App.Name), map[string]string{
		"username": c.user, "user": c.user, "password": c.password, "dbname": c.database, "host": c.host, "port": postgresPort,
		"pgpass":        fmt.Sprintf("%s:%s:%s:%s:%s\n", c.host, postgresPort, c.database, c.user, c.password),
		"uri":           c.uri(c.host),
		"jdbc-uri":      c.jdbc(c.host),
		"fqdn-uri":      c.uri(fqdn),
		"fqdn-jdbc-uri": c.jdbc(fqdn),
	})
}

func (c connection) uri(host string) string {
	return fmt.Sprintf("postgresql://%s:%s@%s:%s/%s", c.user, c.password, host, postgresPort, c.database)
}

func (c connection) jdbc(host string) string {
	return fmt.Sprintf("jdbc:postgresql://%s:%s/%s?password=%s&user=%s", host, postgresPort, c.database, c.password, c.user)
}

// secret uses data, not stringData: nobody owns a field that the API server throws away.
func secret(namespace, name string, values map[string]string) Intent {
	data := map[string]any{}
	for k, v := range values {
		data[k] = base64.StdEncoding.EncodeToString([]byte(v))
	}
	return intent(v1alpha1.LaneData, foreign.Secret, namespace, name, map[string]any{"type": basicAuth, "data": data})
}
