package expand

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// database plans the data, and the Secret that leads to it. Nothing that holds data gets an ownerReference: the
// garbage collector would delete it with the AfroApp, and asks nobody (S1).
func (b *builder) database() {
	if b.eff.Database.Mode == v1alpha1.DatabaseDedicated {
		b.dedicated()
		return
	}
	b.shared()
}

// connectionLimit of a role on the shared cluster: one app cannot take all connections.
const connectionLimit = 30

// shared plans a role and a database of the same name: `sameuser` in the cluster's pg_hba keeps neighbours out.
// The password Secret comes first: a role whose Secret is missing loses its password.
func (b *builder) shared() {
	db, pg := b.eff.Database, b.names.postgres
	c := connection{host: db.Cluster + "-rw." + db.Namespace + ".svc", database: pg, user: pg, password: b.password()}
	b.add(passwordSecret(db.Namespace, b.names.shared, c))
	b.add(intent(v1alpha1.LaneData, foreign.DatabaseRole, db.Namespace, b.names.shared, map[string]any{"spec": map[string]any{
		"cluster": map[string]any{"name": db.Cluster}, "name": pg, "login": true, "connectionLimit": int64(connectionLimit),
		"passwordSecret": map[string]any{"name": b.names.shared}, "databaseRoleReclaimPolicy": "retain",
	}}))
	b.add(b.databaseObject(db.Namespace, b.names.shared, pg))
	b.addOwned(b.connectionSecret(c))
}

func (b *builder) databaseObject(namespace, name, database string) Intent {
	var extensions []any
	for _, x := range b.eff.Database.Extensions {
		extensions = append(extensions, map[string]any{"name": x, "ensure": "present"})
	}
	return intent(v1alpha1.LaneData, foreign.Database, namespace, name, map[string]any{"spec": map[string]any{
		"cluster": map[string]any{"name": b.eff.Database.Cluster}, "name": database, "owner": database,
		"databaseReclaimPolicy": "retain", "extensions": extensions,
	}})
}

// dedicatedDatabase is the database and the owner that CloudNativePG makes in a Cluster.
const dedicatedDatabase = "app"

func (b *builder) dedicated() {
	db, ns := b.eff.Database, b.eff.Namespace.Name
	c := connection{host: db.Cluster + "-rw." + ns + ".svc", database: dedicatedDatabase, user: dedicatedDatabase, password: b.password()}
	b.add(passwordSecret(ns, OwnerSecret(b.in.App.Name), c))
	b.addOwned(b.connectionSecret(c))
	b.add(clusterIntent(clusterShape{
		namespace: ns, name: db.Cluster, instances: db.Instances, storage: db.Storage.String(), storageClass: db.StorageClassName,
		image: db.ImageName, ownerSecret: OwnerSecret(b.in.App.Name), backup: db.Backup, serverName: b.serverName(),
	}))
	if len(db.Extensions) > 0 {
		b.add(b.databaseObject(ns, db.Cluster, dedicatedDatabase))
	}
	if db.Backup != nil {
		b.add(objectStore(ns, db.Cluster, db.Backup))
		b.add(scheduledBackup(ns, db.Cluster, db.Backup))
	}
}

// serverName is the archive's folder, new with each incarnation of the database: barman refuses to archive into a folder
// that is not empty, the Cluster stays green, and nothing is ever backed up (S8).
func (b *builder) serverName() string {
	if b.in.ServerName != "" {
		return b.in.ServerName
	}
	return archiveName(b.eff.Database.Cluster, string(uidOr(b.in.App.UID)), b.in.App.Annotations[v1alpha1.AnnotationNewDatabase])
}
