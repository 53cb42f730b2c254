package actors

import (
	"crypto/rand"
	"fmt"
	"net/url"
)

// applicationSecret makes <cluster>-app, unless the Cluster brings the password itself.
func (c *CNPG) applicationSecret(s *scene, cluster *object) error {
	if text(cluster, "spec", "bootstrap", "initdb", "secret", "name") != "" ||
		s.get(secrets, cluster.GetNamespace(), cluster.GetName()+"-app") != nil {
		return nil
	}
	database, owner := "app", ""
	for _, bootstrap := range []string{"initdb", "recovery"} {
		database = first(text(cluster, "spec", "bootstrap", bootstrap, "database"), database)
		owner = first(owner, text(cluster, "spec", "bootstrap", bootstrap, "owner"))
	}
	secret := &object{Object: map[string]any{
		"type": "kubernetes.io/basic-auth",
		"metadata": map[string]any{
			"name": cluster.GetName() + "-app", "namespace": cluster.GetNamespace(),
			"annotations": map[string]any{"cnpg.io/operatorVersion": "1.30.0"},
			"labels": map[string]any{
				"app.kubernetes.io/managed-by": "cloudnative-pg", clusterLabel: cluster.GetName(),
				"cnpg.io/reload": "true", "cnpg.io/userType": "app",
			},
		},
		"stringData": connection(cluster, database, first(owner, database)),
	}}
	ownedBy(secret, clusters, cluster, true)
	_, err := s.create(secrets, secret)
	return ignoreExists(err)
}

// connection has the keys of CNPG's Secret.
func connection(cluster *object, database, user string) map[string]any {
	const port = "5432"
	password := rand.Text()
	host := cluster.GetName() + "-rw"
	short := fmt.Sprintf("%s.%s:%s", host, cluster.GetNamespace(), port)
	full := fmt.Sprintf("%s.%s.svc.cluster.local:%s", host, cluster.GetNamespace(), port)
	uri := func(address string) string {
		return (&url.URL{Scheme: "postgresql", User: url.UserPassword(user, password), Host: address, Path: database}).String()
	}
	jdbc := func(address string) string {
		return fmt.Sprintf("jdbc:postgresql://%s/%s?%s", address, database, url.Values{"user": {user}, "password": {password}}.Encode())
	}
	return map[string]any{
		"username": user, "user": user, "password": password, "dbname": database, "host": host, "port": port,
		"pgpass":   fmt.Sprintf("%s:%s:%s:%s:%s\n", host, port, database, user, password),
		"uri":      uri(short),
		"jdbc-uri": jdbc(short),
		"fqdn-uri": uri(full), "fqdn-jdbc-uri": jdbc(full),
	}
}

// ownedBy adds an owner reference; blocking is whether a foreground deletion of the owner waits.
func ownedBy(o *object, k kind, owner *object, controller bool) {
	reference := map[string]any{"apiVersion": k.apiVersion(), "kind": k.name, "name": owner.GetName(), "uid": string(owner.GetUID())}
	if controller {
		reference["controller"], reference["blockOwnerDeletion"] = true, true
	}
	references, _ := field(o.Object, "metadata", "ownerReferences").([]any)
	set(o, append(references, reference), "metadata", "ownerReferences")
}
