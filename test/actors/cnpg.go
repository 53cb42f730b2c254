package actors

import (
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// Modes of CNPG. Those of one kind leave the others right.
const (
	// NoArchiver archives nothing, as if isWALArchiver was not set, and says that archiving works.
	NoArchiver Mode = "NoArchiver"
	// WrongKey has the object store refuse the key: exit status 4 for WAL and backups; the Cluster is healthy.
	WrongKey Mode = "WrongKey"
	// ObjectStoreDown has the object store out of reach: exit status 2; what was stored before stays recoverable.
	ObjectStoreDown Mode = "ObjectStoreDown"
	// ObjectStoreMissing does not find the ObjectStore: no phase, for good.
	ObjectStoreMissing Mode = "ObjectStoreMissing"
	// OwnerMissing does not find the owner of a Database.
	OwnerMissing Mode = "OwnerMissing"
	// SecretMissing does not find the password Secret of a DatabaseRole.
	SecretMissing Mode = "SecretMissing"
	// SecretForbidden may not read the password Secret yet, as for up to 30 s after a DatabaseRole is new.
	SecretForbidden Mode = "SecretForbidden"
	// SharedClusterDown has a Cluster without a ready instance: nothing in it is answered any more.
	SharedClusterDown Mode = "SharedClusterDown"
)

const (
	barmanPlugin   = "barman-cloud.cloudnative-pg.io"
	phaseHealthy   = "Cluster in healthy state"
	databaseGuard  = "cnpg.io/deleteDatabase"
	roleGuard      = "cnpg.io/deleteRole"
	clusterLabel   = "cnpg.io/cluster"
	scheduleLabel  = "cnpg.io/scheduled-backup"
	immediateLabel = "cnpg.io/immediateBackup"
)

// CNPGOptions are the flags of the played CloudNativePG.
type CNPGOptions struct {
	// Heartbeat is how often status moves without a cause: ScheduledBackup's lastCheckTime, and the Cluster's note of
	// the version of its metrics ConfigMap. Default: never.
	Heartbeat time.Duration
}

// CNPG plays CloudNativePG 1.30 with plugin-barman-cloud 0.14: Clusters without pods, roles, databases, backups
// and the recovery window of the ObjectStore.
type CNPG struct {
	role
	options CNPGOptions

	mu       sync.Mutex
	archives map[string]string // uid of the Cluster that archives there, by destination and server name
}

// NewCNPG makes a CloudNativePG that does not run yet.
func NewCNPG(config *rest.Config, o CNPGOptions) *CNPG {
	c := &CNPG{options: o, archives: map[string]string{}}
	c.role = newRole(config, "CloudNativePG", "manager", // the name of its binary
		NoArchiver, WrongKey, ObjectStoreDown, ObjectStoreMissing, OwnerMissing, SecretMissing, SecretForbidden, SharedClusterDown)
	c.cast = c.play
	return c
}

func (c *CNPG) play(p *player) error {
	p.every(c.options.Heartbeat, clusters)
	p.every(c.options.Heartbeat, scheduledBackups)
	up := map[key]bool{} // only the goroutine that delivers the events of Clusters uses it
	return firstError(
		p.on(clusters, c.cluster),
		p.on(databaseRoles, c.databaseRole),
		p.on(databases, c.database),
		p.on(backups, c.backup),
		p.on(scheduledBackups, c.scheduledBackup),
		p.also(clusters, func(o *object) []key {
			before := up[keyOf(clusters, o)]
			up[keyOf(clusters, o)] = text(o, "status", "phase") == phaseHealthy
			if before == up[keyOf(clusters, o)] {
				return nil // a shared Cluster has thousands of databases, and changes with every backup
			}
			return inNamespace(p, o, databaseRoles, databases, backups)
		}),
		p.also(objectStores, func(o *object) []key { return inNamespace(p, o, clusters, backups) }),
		p.also(databaseRoles, func(o *object) []key {
			return keysOf(databases, p.view.where(databases, o.GetNamespace(), "owner", text(o, "spec", "name")))
		}),
		p.also(databases, func(o *object) []key {
			twins := p.view.where(databases, o.GetNamespace(), "name", text(o, "spec", "name"))
			owners := p.view.where(databaseRoles, o.GetNamespace(), "name", text(o, "spec", "owner"))
			return append(keysOf(databases, twins), keysOf(databaseRoles, owners)...)
		}),
		p.also(backups, scheduledBy),
		p.also(secrets, func(o *object) []key {
			return keysOf(databaseRoles, p.view.where(databaseRoles, o.GetNamespace(), "passwordSecret.name", o.GetName()))
		}),
	)
}

// inNamespace are all objects beside this one: everything here refers only to its own namespace.
func inNamespace(p *player, o *object, kinds ...kind) []key {
	var keys []key
	for _, k := range kinds {
		keys = append(keys, keysOf(k, p.view.list(k, o.GetNamespace()))...)
	}
	return keys
}

func scheduledBy(backup *object) []key {
	if name := backup.GetLabels()[scheduleLabel]; name != "" {
		return []key{{scheduledBackups, backup.GetNamespace(), name}}
	}
	return nil
}
