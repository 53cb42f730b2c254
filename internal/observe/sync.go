package observe

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// What Argo CD calls the states that are read here.
const (
	synced   = "Synced"
	healthy  = "Healthy"
	degraded = "Degraded"

	syncFailed = "SyncFailed"
)

// sync tells whether Argo CD has deployed the Application as it is now.
func (l lens) sync() verdict {
	if v, bad := l.blocked(v1alpha1.HopSync); bad {
		return v
	}
	app := l.Children.Application
	if app == nil {
		return l.absent("Application", v1alpha1.ReasonSyncBlocked, "see who deletes it or takes its labels off: "+l.kubectl("get", "application"))
	}
	for _, judge := range []func(*foreign.ArgoApplication) (verdict, bool){
		l.kindRefused, l.argoError, l.beingDeleted, l.betweenOperations, l.operationFails, l.notCompared, l.outOfSync, l.commitNotSeen,
	} {
		if v, hit := judge(app); hit {
			return v
		}
	}
	return passed()
}

// kindRefused: the manifests hold a kind that the AppProject does not permit. The operation itself only says that a task is
// not valid, so what is said of the resource is quoted.
func (l lens) kindRefused(app *foreign.ArgoApplication) (verdict, bool) {
	op := app.Status.OperationState
	if op == nil || op.SyncResult == nil || op.Phase == "Succeeded" || app.Status.Sync.Status == synced || !app.DeletionTimestamp.IsZero() {
		return verdict{}, false
	}
	for _, r := range op.SyncResult.Resources {
		if r.Status == syncFailed && strings.HasPrefix(r.Message, "resource ") && strings.Contains(r.Message, " is not permitted in project ") {
			return stuck(v1alpha1.ReasonSyncBlocked, "Argo CD: "+quote(r.Message),
				"take it out of the manifests, or ask the admin of the cluster to grant the kind in spec.tenants[].kinds of the AfroPlatform"), true
		}
	}
	return verdict{}, false
}

// argoError quotes the Application's worst condition. Health stays Healthy next to it, also when nothing was ever deployed.
func (l lens) argoError(app *foreign.ArgoApplication) (verdict, bool) {
	c, bad := worst(app.Status.Conditions)
	if !bad {
		return verdict{}, false
	}
	message := "Argo CD: " + quote(c.Type+": "+c.Message)
	if c.Type == "InvalidSpecError" && strings.Contains(c.Message, "referencing project") {
		return waits(v1alpha1.ReasonProgressing, message).orElse(projectGrace, v1alpha1.ReasonSyncBlocked, message,
			"let the AppProject exist: AfroApp makes it unless the AfroPlatform names another one in spec.tenants[].project"), true
	}
	return stuck(v1alpha1.ReasonSyncBlocked, message, fixOf(c)), true
}

// worst is the condition to quote, if one is an error.
func worst(conditions []foreign.ArgoCondition) (foreign.ArgoCondition, bool) {
	for _, t := range []string{"DeletionError", "InvalidSpecError", "UnknownError", "ComparisonError"} {
		if i := slices.IndexFunc(conditions, func(c foreign.ArgoCondition) bool { return c.Type == t }); i >= 0 {
			return conditions[i], true
		}
	}
	i := slices.IndexFunc(conditions, func(c foreign.ArgoCondition) bool { return strings.HasSuffix(c.Type, "Error") })
	if i < 0 {
		return foreign.ArgoCondition{}, false
	}
	return conditions[i], true
}

func fixOf(c foreign.ArgoCondition) string {
	switch c.Type {
	case "DeletionError":
		return "restore what Argo CD misses, usually the AppProject; the deletion then goes on by itself"
	case "InvalidSpecError", "UnknownError":
		return "let the AppProject permit the repository and the namespace: it is spec.tenants of the AfroPlatform that says so"
	case "ComparisonError":
		return "make the folder render: its path, its branch, its templates, and the repo-server's access to the repository"
	}
	return "see the conditions of the Application in Argo CD"
}

func (l lens) beingDeleted(app *foreign.ArgoApplication) (verdict, bool) {
	if app.DeletionTimestamp.IsZero() {
		return verdict{}, false
	}
	const message = "the Application is being deleted, and not by AfroApp"
	return waits(v1alpha1.ReasonProgressing, message).orElse(applyGrace, v1alpha1.ReasonSyncBlocked, message,
		"see who deletes it, and what holds its finalizers; it is made again once it is gone"), true
}

// betweenOperations keeps the verdict of before while Argo CD starts an operation: its first write drops the state of the
// last one, for less than a second.
func (l lens) betweenOperations(app *foreign.ArgoApplication) (verdict, bool) {
	was := hopOf(l.App.Status.Hops, v1alpha1.LaneDelivery, v1alpha1.HopSync)
	if app.Operation == nil || app.Status.OperationState != nil || was == nil {
		return verdict{}, false
	}
	v := verdict{state: was.State, reason: was.Reason, message: was.Message, fix: l.syncFix()}
	if at := l.App.Status.StuckAt; at != nil && at.Hop == v1alpha1.HopSync {
		v.fix = at.Fix
	}
	return v, true
}

// operationFails quotes an operation that fails or retries: for many minutes its phase is Running.
func (l lens) operationFails(app *foreign.ArgoApplication) (verdict, bool) {
	op := app.Status.OperationState
	if op == nil || app.Status.Sync.Status == synced {
		return verdict{}, false
	}
	refused, any := refusedResource(op)
	failing := op.Phase == "Failed" || op.Phase == "Error" || op.Phase == "Running" && (op.RetryCount > 0 || any)
	if !failing {
		return verdict{}, false
	}
	message := quote(op.Message)
	if message == "" && any {
		message = quote(refused.Message)
	}
	return stuck(v1alpha1.ReasonSyncBlocked, "Argo CD: "+message, l.syncFix()), true
}

func refusedResource(op *foreign.ArgoOperationState) (foreign.ArgoSyncedResource, bool) {
	if op.SyncResult == nil {
		return foreign.ArgoSyncedResource{}, false
	}
	i := slices.IndexFunc(op.SyncResult.Resources, func(r foreign.ArgoSyncedResource) bool { return r.Status == syncFailed })
	if i < 0 {
		return foreign.ArgoSyncedResource{}, false
	}
	return op.SyncResult.Resources[i], true
}

func (l lens) syncFix() string {
	return "mend what the message names in the manifests or in the AfroApp; details: " + l.kubectl("describe", "application")
}

// notCompared: the sync status speaks of another source than the Application has now. Its generation tells nothing: it
// grows with every write of the status.
func (l lens) notCompared(app *foreign.ArgoApplication) (verdict, bool) {
	s := app.Status.Sync
	current := s.ComparedTo == nil || s.ComparedTo.Source == nil || sameSource(s.ComparedTo.Source, app.Spec.Source)
	if current && s.Status != "" && s.Status != "Unknown" {
		return verdict{}, false
	}
	message := "Argo CD has not compared the Application as it is now"
	return waits(v1alpha1.ReasonNotYetReported, message).orElse(deliveryGrace, v1alpha1.ReasonSyncBlocked, message,
		"see whether Argo CD's application-controller runs, and watches namespace "+app.Namespace), true
}

// sameSource compares what is modelled of two sources. Values are compared by meaning: their keys may stand in any order.
func sameSource(a, b *foreign.ArgoSource) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	vx, vy := takeValues(&x), takeValues(&y)
	return equality.Semantic.DeepEqual(x, y) && equality.Semantic.DeepEqual(vx, vy)
}

// takeValues takes the values out of a copy of a source.
func takeValues(s *foreign.ArgoSource) any {
	if s.Helm == nil || s.Helm.ValuesObject == nil {
		return nil
	}
	helm, raw := *s.Helm, s.Helm.ValuesObject.Raw
	helm.ValuesObject, s.Helm = nil, &helm
	var values any
	if json.Unmarshal(raw, &values) != nil {
		return string(raw)
	}
	return values
}

func (l lens) outOfSync(app *foreign.ArgoApplication) (verdict, bool) {
	if app.Status.Sync.Status == synced {
		return verdict{}, false
	}
	message, fix := "Argo CD: OutOfSync", l.syncFix()
	if app.Spec.SyncPolicy == nil || app.Spec.SyncPolicy.Automated == nil {
		message, fix = "Argo CD: OutOfSync, and automated sync is off", "let AfroApp write spec.syncPolicy.automated of the Application, or sync it by hand"
	}
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonSyncBlocked, message, fix), true
}

// commitNotSeen: image-updater says that it committed a new image, and Argo CD is Synced without it: with the branch as
// it knew it.
func (l lens) commitNotSeen(*foreign.ArgoApplication) (verdict, bool) {
	claimed := l.claimed()
	byGit := l.follows && l.update.WriteBack == v1alpha1.WriteBackGit && !l.update.Paused
	if !byGit || !claimed.known() || len(l.live) == 0 || l.runs(claimed) {
		return verdict{}, false
	}
	message := "image-updater says that it committed a new image, and Argo CD is Synced without it"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonSyncBlocked, message,
		"let Argo CD look at the branch again: "+l.kubectl("annotate", "application")+" argocd.argoproj.io/refresh=normal; "+
			"if that changes nothing, see whether the commit is on the branch, and whether the manifests use the value"), true
}
