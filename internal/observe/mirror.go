package observe

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
)

// url is where the app is served: the first host that is ours.
func (l lens) url() string {
	if l.Plan == nil || l.Plan.Effective == nil {
		return l.App.Status.URL
	}
	e := l.Plan.Effective.Edge
	if e == nil {
		return ""
	}
	scheme := "https://"
	if e.TLS == v1alpha1.TLSOff && !e.Tailnet {
		scheme = "http://"
	}
	i := slices.IndexFunc(e.Hosts, func(h string) bool { return !slices.Contains(l.LostHosts, h) })
	if i < 0 {
		return ""
	}
	return scheme + e.Hosts[i]
}

// image is what the registry serves, what the pods name, and what they run.
func (l lens) image() *v1alpha1.ImageStatus {
	s, named := l.served(), l.namedImage()
	out := v1alpha1.ImageStatus{Reference: named.String(), RunningDigest: or(l.proof.digest, named.Digest)}
	if named == (image.Reference{}) {
		out.Reference = ""
	}
	if s.Digest != "" {
		out.RegistryReference, out.RegistryDigest = s.Reference, s.Digest
		out.RegistryDigestSince = l.servedSince(s)
	}
	if l.proof.holds() {
		out.InSyncSince = l.inSyncSince(s)
	}
	if out == (v1alpha1.ImageStatus{}) {
		return nil
	}
	return &out
}

// namedImage is what the pods name: the newest that was written back, or else the first that says which digest it is.
func (l lens) namedImage() image.Reference {
	live := l.live
	if len(live) == 0 {
		return image.Reference{}
	}
	i := slices.IndexFunc(live, l.expectedOrNone)
	if i < 0 {
		i = max(0, slices.IndexFunc(live, func(r image.Reference) bool { return r.Digest != "" }))
	}
	return live[i]
}

// servedSince keeps what was known before the operator was started again.
func (l lens) servedSince(s Served) *metav1.Time {
	if was := l.App.Status.Image; was != nil && was.RegistryDigestSince != nil && was.RegistryDigest == s.Digest && was.RegistryReference == s.Reference {
		return was.RegistryDigestSince.DeepCopy()
	}
	return timeOf(s.DigestSince)
}

func (l lens) inSyncSince(s Served) *metav1.Time {
	if was := l.App.Status.Image; was != nil && was.InSyncSince != nil && was.RegistryDigest == s.Digest {
		return was.InSyncSince.DeepCopy()
	}
	return timeOf(l.Now)
}

// timeOf is a moment as the API keeps it; nil for none.
func timeOf(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	out := metav1.NewTime(t.UTC().Truncate(time.Second))
	return &out
}

func (l lens) expectedOrNone(r image.Reference) bool {
	want := l.expected()
	return want.known() && want.is(r)
}

func (l lens) application() *v1alpha1.ObjectReference {
	if l.Plan != nil {
		if i := find(l.Plan, foreign.Application.Kind); i != nil {
			return &v1alpha1.ObjectReference{Namespace: i.Object.GetNamespace(), Name: i.Object.GetName()}
		}
	}
	if a := l.Children.Application; a != nil {
		return &v1alpha1.ObjectReference{Namespace: a.Namespace, Name: a.Name}
	}
	return l.App.Status.Application.DeepCopy()
}

// database names what the app connects to. It stays while the spec is not accepted: the mode of data that exists is
// checked against it.
func (l lens) database() *v1alpha1.DatabaseStatus {
	if !l.planned {
		return l.App.Status.Database.DeepCopy()
	}
	if l.data == nil {
		return nil
	}
	s := &v1alpha1.DatabaseStatus{Mode: l.data.mode, SecretName: expand.ConnectionSecret(l.App.Name),
		Cluster: l.data.namespace + "/" + l.data.cluster, Name: plannedDatabase(l.Plan)}
	if l.data.backup {
		s.ServerName = l.plannedServerName()
	}
	return s
}

func plannedDatabase(p *expand.Plan) string {
	if i := find(p, foreign.Database.Kind); i != nil {
		name, _, _ := unstructured.NestedString(i.Object.Object, "spec", "name")
		return name
	}
	if i := find(p, foreign.Cluster.Kind); i != nil {
		name, _, _ := unstructured.NestedString(i.Object.Object, "spec", "bootstrap", "initdb", "database")
		return name
	}
	return ""
}

// maxServerName is the bound of status.database.serverName. A longer one can only come from a foreign Cluster.
const maxServerName = 63

// plannedServerName is the archive of the Cluster that is there, or else of the one that is planned.
func (l lens) plannedServerName() string {
	if name := l.serverName(); name != "" && len(name) <= maxServerName {
		return name
	}
	i := find(l.Plan, foreign.Cluster.Kind)
	if i == nil {
		return ""
	}
	plugins, _, _ := unstructured.NestedSlice(i.Object.Object, "spec", "plugins")
	for _, p := range plugins {
		if p, ok := p.(map[string]any); ok && p["name"] == foreign.BarmanPlugin {
			name, _, _ := unstructured.NestedString(p, "parameters", "serverName")
			return name
		}
	}
	return ""
}

func (l lens) backup() *v1alpha1.BackupStatus {
	w := l.window()
	if w == nil || !l.data.backup || w.FirstRecoverabilityPoint == nil && w.LastSuccessfulBackupTime == nil {
		return nil
	}
	return &v1alpha1.BackupStatus{RecoverableFrom: w.FirstRecoverabilityPoint.DeepCopy(), LastBaseBackup: w.LastSuccessfulBackupTime.DeepCopy()}
}
