package observe

import (
	"slices"

	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// cluster tells whether CloudNativePG runs the Cluster. It says nothing of backups: the phase stays healthy without one.
func (l lens) cluster() verdict {
	if v, bad := l.blocked(v1alpha1.HopCluster); bad {
		return v
	}
	c := l.Children.Cluster
	switch {
	case c == nil && l.shared():
		return l.clusterUnseen()
	case c == nil:
		return l.absent("Cluster", v1alpha1.ReasonClusterMissing, "see who deleted it; AfroApp never does")
	case c.Status.Phase == "":
		return l.silent(c)
	}
	return phase(c)
}

// clusterUnseen judges a shared Cluster that cannot be read by what was made in it.
func (l lens) clusterUnseen() verdict {
	db := l.Children.Database
	if db != nil && applied(db.Status.Applied, db.Status.ObservedGeneration, db.Generation) {
		return passed()
	}
	if !l.planned {
		return unknown("the Cluster "+l.clusterName()+" cannot be seen", "mend the spec first: see hop Spec")
	}
	return waits(v1alpha1.ReasonNotYetReported, "the shared Cluster "+l.clusterName()+" is not seen, and nothing was made in it yet").
		orElse(dataGrace, v1alpha1.ReasonClusterMissing, "the shared Cluster "+l.clusterName()+" is not seen, and nothing was made in it",
			"ask the admin of the cluster: does it exist, and does CloudNativePG run?")
}

// silent: without its ObjectStore or its plugin CloudNativePG waits for ever, and says nothing, not even a phase.
func (l lens) silent(c *cnpgv1.Cluster) verdict {
	message := "the Cluster " + l.clusterName() + " has no phase: CloudNativePG does not look at it, or its plugin waits without a word"
	fix := "see whether CloudNativePG and the Barman Cloud plugin run, and what their logs say"
	if a := archiver(c); a != nil && a.Parameters["barmanObjectName"] != "" && l.Children.ObjectStore == nil {
		message = "the Cluster " + l.clusterName() + " has no phase, and the ObjectStore " + quote(a.Parameters["barmanObjectName"]) + " that it names is not there"
		fix = "create the ObjectStore, or name the right one in the Cluster"
	}
	return waits(v1alpha1.ReasonNotYetReported, message).orElse(dataGrace, v1alpha1.ReasonClusterSilent, message, fix)
}

// hopeless are phases that no waiting mends.
var hopeless = []string{
	cnpgv1.PhaseUnrecoverable, cnpgv1.PhaseUnknownPlugin, cnpgv1.PhaseFailurePlugin, cnpgv1.PhaseImageCatalogError,
	cnpgv1.PhaseArchitectureBinaryMissing, cnpgv1.PhaseCannotCreateClusterObjects, cnpgv1.PhaseDefinitionInvalid, cnpgv1.PhaseWaitingForUser,
}

func phase(c *cnpgv1.Cluster) verdict {
	ready := meta.FindStatusCondition(c.Status.Conditions, string(cnpgv1.ConditionClusterReady))
	up := c.Status.Phase == cnpgv1.PhaseHealthy
	if up && ready != nil && ready.Status == metav1.ConditionTrue {
		return passed()
	}
	message := "CloudNativePG: " + quote(c.Status.Phase)
	if c.Status.PhaseReason != "" {
		message += ": " + quote(c.Status.PhaseReason)
	}
	if up && ready != nil {
		message = "CloudNativePG: " + quote(ready.Message)
	}
	fix := "see what holds it: kubectl -n " + c.Namespace + " describe clusters.postgresql.cnpg.io " + c.Name
	if slices.Contains(hopeless, c.Status.Phase) {
		return stuck(v1alpha1.ReasonClusterNotReady, message, fix)
	}
	return waits(v1alpha1.ReasonProgressing, message).orElse(dataGrace, v1alpha1.ReasonClusterNotReady, message, fix)
}

// archiver is the plugin that archives WAL, if one does.
func archiver(c *cnpgv1.Cluster) *cnpgv1.PluginConfiguration {
	for i := range c.Spec.Plugins {
		p := &c.Spec.Plugins[i]
		if (p.Enabled == nil || *p.Enabled) && p.IsWALArchiver != nil && *p.IsWALArchiver {
			return p
		}
	}
	return nil
}
