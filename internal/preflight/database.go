package preflight

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

func (r *report) cnpg() {
	if !DatabasesOffered(r.Platform) {
		return
	}
	if missing := r.missing(foreign.Cluster); missing != "" {
		r.add(severityError, CNPGMissing, "the cluster", " does not serve "+missing+", which databases need", "install CloudNativePG 1.30 or later"+heals)
		return
	}
	if missing := r.missing(r.databaseKinds()...); missing != "" {
		r.add(severityError, CNPGTooOld, "the cluster", " serves Clusters of CloudNativePG but not "+missing+", which came with 1.30 at the latest",
			"upgrade CloudNativePG to 1.30 or later"+heals)
	}
	r.operator(r.CNPG, CNPGMissing, "the operator of CloudNativePG", "no Cluster would be served")
}

// databaseKinds are needed beside Cluster.
func (r *report) databaseKinds() []schema.GroupVersionKind {
	kinds := []schema.GroupVersionKind{foreign.Database}
	if SharedClusterOf(r.Platform) != nil {
		kinds = append(kinds, foreign.DatabaseRole)
	}
	if BackupsOffered(r.Platform) {
		kinds = append(kinds, foreign.ScheduledBackup)
	}
	return kinds
}

// operator looks at who serves a kind. Labels can differ, so that not to find it is a warning.
func (r *report) operator(ws Workloads, reason, who, consequence string) {
	switch ws.Reading {
	case NotFound:
		r.add(severityWarning, reason, who, " was not found under its usual labels; without it "+consequence, "look whether it runs, in any namespace")
	case Forbidden, Failed:
		r.unread(ws.Reading, who, "", reason)
	case Found:
		if w, ok := stopped(ws); ok {
			r.add(severityError, reason, w.subject(), " is scaled to zero; "+consequence, "scale it up")
		}
	}
}

func (r *report) barman() {
	if !BackupsOffered(r.Platform) {
		return
	}
	if missing := r.missing(foreign.ObjectStore); missing != "" {
		r.add(severityError, BarmanCloudMissing, "the cluster", " does not serve "+missing+", which backups need",
			"install the Barman Cloud plugin in the namespace of CloudNativePG"+heals+"; or leave spec.backup out")
		return
	}
	r.operator(r.Barman, BarmanCloudMissing, "the Barman Cloud plugin", "no Cluster with backups starts")
}

func (r *report) b2Secret() {
	s := SharedClusterOf(r.Platform)
	if s == nil || !BackupsOffered(r.Platform) {
		return
	}
	severity, consequence := severityError, ", so the shared Cluster does not start"
	if s.Managed == nil {
		severity, consequence = severityWarning, "; your shared Cluster may use another one"
	}
	r.exists(r.B2Secret, severity, B2SecretMissing, "Secret "+s.Namespace+"/"+r.Platform.Spec.Backup.B2.SecretName, consequence,
		"make it with the keys ACCESS_KEY_ID and ACCESS_SECRET_KEY of an application key of the bucket")
}

// startGrace is how long a new Cluster may take to its first ready instance: pulling images and making volumes included,
// the longest seen on a small machine was well under a minute.
const startGrace = 15 * time.Minute

func (r *report) sharedCluster() {
	s := SharedClusterOf(r.Platform)
	if s == nil || !r.Flavours.Serves(foreign.Cluster) {
		return
	}
	subject := "Cluster " + s.Namespace + "/" + s.Name
	c := r.SharedCluster
	switch c.Reading {
	case Forbidden, Failed:
		r.unread(c.Reading, subject, subject+" ", SharedClusterMissing, SharedClusterNotReady, SharedClusterNoArchive)
	case NotFound:
		r.noSharedCluster(subject, s.Managed != nil, expand.Key{Kind: foreign.Cluster.Kind, Namespace: s.Namespace, Name: s.Name})
	case Found:
		r.instances(subject, "kubectl -n "+s.Namespace+" describe cluster.postgresql.cnpg.io "+s.Name, c)
		if BackupsOffered(r.Platform) && !c.Archiver {
			r.add(severityError, SharedClusterNoArchive, subject, " has no plugin with isWALArchiver: true, so nothing is archived, although its condition ContinuousArchiving says True",
				"add the plugin "+foreign.BarmanPlugin+" with isWALArchiver: true to spec.plugins; every instance restarts once")
		}
	}
}

// noSharedCluster says nothing of a managed one that could not be made: the outcome has the cause.
func (r *report) noSharedCluster(subject string, managed bool, key expand.Key) {
	if !managed {
		r.add(severityError, SharedClusterMissing, subject, " does not exist, so no app gets a shared database", "make it, mend spec.database.shared, or set spec.database.shared.managed")
		return
	}
	for _, o := range r.Outcomes {
		if o.Key == key && o.Reason != "" {
			return
		}
	}
	r.add(severityError, SharedClusterMissing, subject, " is not there yet", "nothing to do: it is being made").underWay = true
}

func (r *report) instances(subject, command string, c Cluster) {
	phase := ": it has no phase, as where its ObjectStore or the plugin is missing"
	if c.Phase != "" {
		phase = ": CloudNativePG says " + said(c.Phase)
	}
	look := "look at it: " + command
	switch {
	case c.ReadyInstances == 0 && c.Instances > 0 && r.Now.Sub(c.Created) < startGrace:
		r.add(severityError, SharedClusterNotReady, subject, " has no ready instance yet"+phase, "nothing to do while it starts; else "+look).underWay = true
	case c.ReadyInstances == 0 && c.Instances > 0:
		r.add(severityError, SharedClusterNotReady, subject, " has no ready instance"+phase, look)
	case c.ReadyInstances < c.Instances:
		r.add(severityWarning, SharedClusterNotReady, subject, " has instances that are not ready"+phase, look)
	}
}
