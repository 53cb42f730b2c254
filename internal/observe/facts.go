// Package observe is the mirror: it turns what a pass learned of one app into the status of the app. Pure: what it
// says depends on the facts alone, and every status is a golden file.
package observe

import (
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// Facts are everything that a pass learned of one app.
type Facts struct {
	// App as it was read, with the status that was last written.
	App *v1alpha1.AfroApp
	// Now is the time of the pass.
	Now time.Time
	// Paused: the annotation stops every write; Outcomes are those of before, as far as they could be told without one.
	Paused bool

	// Refusals say why there is no plan. Then Plan is nil.
	Refusals platform.Refusals
	// Plan of the app.
	Plan *expand.Plan
	// LostHosts are planned hosts that another app holds.
	LostHosts []string
	// Outcomes, one for each intent of the plan, in its order.
	Outcomes []Outcome
	// Leftovers are children of ours that are no longer planned and could not be taken away.
	Leftovers []Outcome

	// Children as the caches have them. Nil or absent: not there, or not seen yet.
	Children Children
	// Unseen are kinds of children that were written, and that the caches have only as they were before: nobody can have
	// answered to them yet. They are not among Children.
	Unseen map[string]bool
	// Registry is what the registry says. Nil: it was not asked yet since the operator started.
	Registry *Served
	// Pods of the app. PodsSeen is false while nobody has looked.
	Pods     []Pod
	PodsSeen bool
	// Templates of the workloads, where they were asked for.
	Templates []Template
	// Updaters are other ImageUpdaters in the namespace of the Application that may match it.
	Updaters []*foreign.UpdaterCR
	// Ledger is that of before, with what was written since and not told yet.
	Ledger []v1alpha1.Child
}

// Outcome is how it went with one intent.
type Outcome struct {
	Key  expand.Key
	Lane v1alpha1.Lane
	// Reason is empty when the child is as planned; else one of the reasons of Applied.
	Reason string
	// Message is the cause, Fix what to do. Empty when the child is as planned.
	Message string
	Fix     string
	// Row for the ledger. Without a UID the child does not exist as far as is known.
	Row v1alpha1.Child
}

// Children are the objects whose status is mirrored. Absent ones are nil.
type Children struct {
	Application     *foreign.ArgoApplication
	ImageUpdater    *foreign.UpdaterCR
	Ingress         *networkingv1.Ingress
	HTTPRoute       *gatewayv1.HTTPRoute
	Certificate     *certmanagerv1.Certificate
	Cluster         *cnpgv1.Cluster // the app's own, or the shared one
	ObjectStore     *foreign.BarmanObjectStore
	ScheduledBackup *cnpgv1.ScheduledBackup
	DatabaseRole    *cnpgv1.DatabaseRole
	Database        *cnpgv1.Database
}

// Adopt takes an object among the children whose status is mirrored. Others are left out.
func (c *Children) Adopt(obj runtime.Object) {
	switch o := obj.(type) {
	case *foreign.ArgoApplication:
		c.Application = o
	case *foreign.UpdaterCR:
		c.ImageUpdater = o
	case *networkingv1.Ingress:
		c.Ingress = o
	case *gatewayv1.HTTPRoute:
		c.HTTPRoute = o
	case *certmanagerv1.Certificate:
		c.Certificate = o
	case *cnpgv1.Cluster:
		c.Cluster = o
	case *foreign.BarmanObjectStore:
		c.ObjectStore = o
	case *cnpgv1.ScheduledBackup:
		c.ScheduledBackup = o
	case *cnpgv1.DatabaseRole:
		c.DatabaseRole = o
	case *cnpgv1.Database:
		c.Database = o
	}
}

// Result is the status, and when it has to be looked at again although nothing happens.
type Result struct {
	Status v1alpha1.AfroAppStatus
	// WakeAfter is when the next grace time ends; 0: never.
	WakeAfter time.Duration
	// Wish is what would tell more.
	Wish Wish
	// Stale: a pod runs another image than the registry serves, and nobody asked for that. Where no pod is asked for, one more is being
	// started, or nothing can be compared, nothing is stale.
	Stale bool
}
