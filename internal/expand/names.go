package expand

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// Every name, label and annotation of a child is made here.

const (
	// LabelManagedBy, with the value ManagedBy, is on every child. The caches of the controller select by it.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of LabelManagedBy.
	ManagedBy = "afroapp"
	// LabelOwnerUID is the UID of the AfroApp or AfroPlatform.
	LabelOwnerUID = "platform.afrotomation.com/owner-uid"
	// LabelData, with the value "true", is on what belongs to the data although its kind is no data kind: the password Secret.
	LabelData = "platform.afrotomation.com/data"
	// LabelApp, with the name of the AfroApp, is on the pods of the workload chart. The cache of pods selects by it.
	LabelApp = "platform.afrotomation.com/app"
	// AnnotationOwner names the owner. Example: AfroApp/shop/web.
	AnnotationOwner = "platform.afrotomation.com/owner"
	// AnnotationNamespaceUID is the UID of the owner's namespace: another namespace of the same name is somebody else.
	AnnotationNamespaceUID = "platform.afrotomation.com/namespace-uid"
	// AnnotationRevision is the Revision of the expansion that wrote the child.
	AnnotationRevision = "platform.afrotomation.com/revision"
	// AnnotationReleasedAt is the tombstone on data whose AfroApp was deleted.
	AnnotationReleasedAt = "platform.afrotomation.com/released-at"

	// UnknownUID stands for UIDs that only the API server knows, where an AfroApp is rendered from a file.
	UnknownUID = "00000000-0000-0000-0000-000000000000"
)

// Revision grows when an older operator would spoil what a newer one wrote (S14).
const Revision = 1

// names are the names of the children of one app that cannot simply be its own.
type names struct {
	// shared is unique in the cluster, for objects in namespaces of others. At most 50 characters.
	// Example: shop-web-4k2m7q5xw3v6t2pa for AfroApp web in namespace shop.
	shared string
	// postgres names the database and its role. At most 63 characters. Example: shop_web_4k2m7q5xw3v6t2pa.
	postgres string
}

// namesOf derives names that no other namespace and name can derive: 80 bits of a hash over both, with
// their lengths, so that "a"+"b-c" and "a-b"+"c" differ.
func namesOf(namespace, name string) names {
	readable := namespace + "-" + name
	if namespace == name {
		readable = name
	}
	if len(readable) > 33 {
		readable = strings.Trim(readable[:33], "-")
	}
	shared := readable + "-" + digest(namespace, name)
	return names{shared: shared, postgres: postgresName(shared)}
}

// ApplicationName is the name of the Application and the ImageUpdater of an app, in Argo CD's namespace.
func ApplicationName(namespace, name string) string { return namesOf(namespace, name).shared }

// postgresName avoids the roles that PostgreSQL and CloudNativePG keep for themselves: a namespace pg-tools would
// otherwise have no database.
func postgresName(shared string) string {
	n := strings.ReplaceAll(shared, "-", "_")
	if strings.HasPrefix(n, "pg_") || strings.HasPrefix(n, "cnpg_") {
		return "app_" + n
	}
	return n
}

// archiveName is the folder of an archive, new with each incarnation of a Cluster. At most 63 characters.
// Example: shop-db-4k2m7q5xw3v6t2pa.
func archiveName(cluster, uid, incarnation string) string {
	if len(cluster) > 46 {
		cluster = strings.TrimRight(cluster[:46], "-")
	}
	return cluster + "-" + digest("server", uid, incarnation)
}

// digest is 16 characters of base32, 80 bits.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d|%s", len(p), p)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:10]))
}

// Owner is the value of AnnotationOwner for an app. Example: AfroApp/shop/web.
func Owner(namespace, name string) string { return "AfroApp/" + namespace + "/" + name }

// PlatformOwner is the value of AnnotationOwner for what the AfroPlatform makes.
const PlatformOwner = "AfroPlatform/default"

// ConnectionSecret is the Secret with the connection to the database. Example: shop-db.
func ConnectionSecret(app string) string { return app + "-db" }

// OwnerSecret is the Secret with the password of a dedicated Cluster's owner. Example: shop-db-owner.
func OwnerSecret(app string) string { return app + "-db-owner" }

// CertificateName is the Certificate, and its Secret. Example: shop-tls.
func CertificateName(app string) string { return app + "-tls" }
