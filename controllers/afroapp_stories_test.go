package controllers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// The golden stories of internal/expand once more, on the real API server: what the operator sends is what afroctl prints
// for the same live objects, byte for byte; what is refused is refused in the same words.

const corpus = "../internal/expand/testdata"

// story is a folder of the corpus.
type story struct {
	name, dir string
	platform  string // file
	app       *unstructured.Unstructured
	extra     storyExtra
	refused   bool
}

type storyExtra struct {
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
	Missing         []string          `json:"missing,omitempty"` // kinds that are not installed: kinds_test.go is about those
	LostHosts       []string          `json:"lostHosts,omitempty"`
	ServerName      string            `json:"serverName,omitempty"`
	PasswordKey     string            `json:"passwordKey,omitempty"` // every app here has its password from testKey
	NoPlatform      bool              `json:"noPlatform,omitempty"`
}

// TestStories: one operator, all stories, one after the other: they share names.
func TestStories(t *testing.T) {
	s := &storyRun{world: newWorld(t), afroctl: buildAfroctl(t)}
	s.dropPlatformAtEnd()
	s.op = startOperator(t)
	s.cleanAtEnd()
	begun := time.Now()
	all := storiesOf(t, "app.yaml")
	played, skipped := s.acceptedStories(t, all)
	t.Logf("%d accepted stories in %s", played, time.Since(begun).Round(time.Second))
	begun = time.Now()
	byAPI, byOperator := s.refusedStories(t, all)
	t.Logf("%d refused stories in %s: the API server refuses %d, the operator %d", byAPI+byOperator, time.Since(begun).Round(time.Second), byAPI, byOperator)
	begun = time.Now()
	platforms := s.platformStories(t, storiesOf(t, "namespaces.yaml"))
	t.Logf("%d stories of the platform in %s", platforms, time.Since(begun).Round(time.Second))
	if played < 120 || skipped > 10 || byAPI < 50 || byOperator < 50 || platforms < 12 {
		t.Errorf("that is not the whole corpus; %d were skipped", skipped)
	}
}

// storyRun is the stage of all stories.
type storyRun struct {
	*world
	op      *operator
	afroctl afroctl
	shown   string // the file of the platform that the operator has seen
}

// at is the stage within a subtest.
func (s *storyRun) at(t *testing.T) *storyRun {
	w := *s.world
	w.t = t
	return &storyRun{world: &w, op: s.op, afroctl: s.afroctl, shown: s.shown}
}

// storiesOf are the stories with a file, those of one platform together.
func storiesOf(t *testing.T, file string) []story {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(corpus, "*", file))
	must(t, err)
	var out []story
	for _, f := range found {
		out = append(out, readStory(t, filepath.Dir(f)))
	}
	slices.SortStableFunc(out, func(a, b story) int { return strings.Compare(a.platform, b.platform) })
	return out
}

func readStory(t *testing.T, dir string) story {
	t.Helper()
	s := story{name: filepath.Base(dir), dir: dir, platform: filepath.Join(dir, "platform.yaml")}
	if !exists(s.platform) {
		s.platform = filepath.Join(corpus, "platform.yaml")
	}
	s.refused = exists(filepath.Join(dir, "want.err"))
	if path := filepath.Join(dir, "app.yaml"); exists(path) {
		s.app = firstObject(t, path)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "extra.yaml")); err == nil {
		must(t, yaml.UnmarshalStrict(raw, &s.extra))
	}
	return s
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// firstObject reads an object as a person would apply it: its UID is the API server's to give.
func firstObject(t *testing.T, path string) *unstructured.Unstructured {
	t.Helper()
	objs, err := fixtures.Objects(path)
	must(t, err)
	objs[0].SetUID("")
	return objs[0]
}

func (s *storyRun) acceptedStories(t *testing.T, all []story) (played, skipped int) {
	for _, x := range all {
		if x.refused {
			continue
		}
		if len(x.extra.Missing) > 0 {
			skipped++
			continue
		}
		played++
		t.Run(x.name, func(t *testing.T) {
			in := s.at(t)
			in.platform(x.platform)
			s.shown = in.shown
			in.play(x)
		})
	}
	return played, skipped
}

// platform applies an AfroPlatform and waits until the operator has seen it: an app that comes with it would be expanded
// by the one of before first.
func (s *storyRun) platform(file string) {
	s.t.Helper()
	if s.shown == file {
		return
	}
	s.shown = ""
	p := firstObject(s.t, file)
	if ns, _, _ := unstructured.NestedString(p.Object, "spec", "argocd", "namespace"); ns != "" {
		s.argocdIn(ns)
	}
	must(s.t, s.replace(p))
	eventually(s.t, func() error {
		live := &v1alpha1.AfroPlatform{}
		must(s.t, admin.Get(s.ctx, types.NamespacedName{Name: v1alpha1.PlatformName}, live))
		if live.Status.ObservedGeneration != live.Generation {
			return fmt.Errorf("the operator has not seen generation %d of the AfroPlatform", live.Generation)
		}
		return nil
	})
	s.shown = file
}

// argocdIn gives the operator its rights in another namespace, as config/argocd-rbac tells an admin to.
func (s *storyRun) argocdIn(ns string) {
	s.t.Helper()
	must(s.t, ensureNamespace(s.ctx, ns))
	objs, err := fixtures.Objects("../config/argocd-rbac/role.yaml", "../config/argocd-rbac/role_binding.yaml")
	must(s.t, err)
	for _, o := range objs {
		o.SetNamespace(ns)
		must(s.t, s.send(o))
	}
}

func (s *storyRun) send(o *unstructured.Unstructured) error {
	return admin.Apply(s.ctx, client.ApplyConfigurationFromUnstructured(o.DeepCopy()), client.FieldOwner("kubectl"), client.ForceOwnership)
}

// replace does what kubectl replace does, again when the operator writes a status in between. An apply of {} where a field below was applied before becomes null, and is refused.
func (s *storyRun) replace(o *unstructured.Unstructured, dryRun ...string) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		live, next := o.DeepCopy(), o.DeepCopy()
		err := admin.Get(s.ctx, client.ObjectKeyFromObject(o), live)
		if apierrors.IsNotFound(err) {
			return admin.Create(s.ctx, next, &client.CreateOptions{DryRun: dryRun})
		}
		if err != nil {
			return err
		}
		next.SetResourceVersion(live.GetResourceVersion())
		return admin.Update(s.ctx, next, &client.UpdateOptions{DryRun: dryRun})
	})
}

// play applies the app of a story, compares, and takes everything away again.
func (s *storyRun) play(x story) {
	t := s.t
	s.namespace(x.app.GetNamespace(), x.extra.NamespaceLabels)
	s.existingCluster(x)
	mark := s.op.mark()
	holder := s.holder(x)
	defer s.takeAway(x.app, holder)
	must(t, s.send(x.app))
	stream, refused := s.afroctl.render(t, s.world)
	if lost := len(x.extra.LostHosts) > 0; lost != strings.Contains(refused, "only one app can hold it") {
		t.Errorf("afroctl says:\n%s", refused)
	}
	rendered := documents(t, stream)
	eventually(t, func() error {
		if err := sameDocuments(ofPlatform(rendered, true), within(s.op.lastApplied(t, 0), ofPlatform(rendered, true))); err != nil {
			return err
		}
		sent := ofPlatform(s.op.lastApplied(t, mark), false)
		return sameDocuments(ofPlatform(rendered, false), sent)
	})
	s.takeAway(x.app, holder)
	// And nothing else was sent, not even for a moment.
	if err := sameDocuments(ofPlatform(rendered, false), ofPlatform(s.op.lastApplied(t, mark), false)); err != nil {
		t.Error(err)
	}
	s.namespace(x.app.GetNamespace(), nil)
}

// within are the documents about objects that are also in others: what the platform makes stays for many stories, and is
// sent once.
func within(docs, others map[expand.Key]string) map[expand.Key]string {
	out := map[expand.Key]string{}
	for key := range others {
		if docs[key] != "" {
			out[key] = docs[key]
		}
	}
	return out
}

func (s *storyRun) namespace(name string, labels map[string]string) {
	s.t.Helper()
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetGroupVersionKind(corev1Namespace)
	u.SetName(name)
	u.SetLabels(labels)
	must(s.t, s.send(u))
}

// existingCluster makes the Cluster of ours whose archive the story names, and waits until the operator has seen it: for
// what belongs to an app that is not there, it asks whether the app is really gone.
func (s *storyRun) existingCluster(x story) {
	if x.extra.ServerName == "" {
		return
	}
	ns := &corev1.Namespace{}
	must(s.t, admin.Get(s.ctx, types.NamespacedName{Name: x.app.GetNamespace()}, ns))
	mark := s.op.mark()
	must(s.t, s.send(ownCluster(ns.Name, x.app.GetName()+"-db", x.extra.ServerName, map[string]string{
		expand.AnnotationOwner: expand.Owner(ns.Name, x.app.GetName()), expand.AnnotationNamespaceUID: string(ns.UID)})))
	eventually(s.t, func() error {
		for _, r := range s.op.since(mark) {
			if !r.write() && strings.HasSuffix(r.path, "/namespaces/"+ns.Name+"/afroapps/"+x.app.GetName()) {
				return nil
			}
		}
		return errors.New("the operator has not seen the Cluster")
	})
}

func ownCluster(namespace, name, serverName string, annotations map[string]string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"instances": int64(1), "storage": map[string]any{"size": "1Gi"},
		"plugins": []any{map[string]any{"name": foreign.BarmanPlugin, "parameters": map[string]any{"serverName": serverName}}},
	}}}
	u.SetGroupVersionKind(foreign.Cluster)
	u.SetNamespace(namespace)
	u.SetName(name)
	u.SetLabels(map[string]string{expand.LabelManagedBy: expand.ManagedBy})
	u.SetAnnotations(annotations)
	return u
}

// holder is another app, which holds the hosts that the story's app is to lose.
func (s *storyRun) holder(x story) *unstructured.Unstructured {
	if len(x.extra.LostHosts) == 0 {
		return nil
	}
	u := x.app.DeepCopy()
	u.SetName("a") // afroctl gives a host to the first one by name
	must(s.t, unstructured.SetNestedStringSlice(u.Object, x.extra.LostHosts, "spec", "hosts"))
	must(s.t, s.send(u))
	for _, host := range x.extra.LostHosts {
		eventually(s.t, func() error { _, err := s.get(expand.Key{Kind: "AfroHostClaim", Name: host}); return err })
	}
	return u
}

// takeAway deletes apps, waits until they are gone, and then deletes what is kept on purpose.
func (s *storyRun) takeAway(apps ...*unstructured.Unstructured) {
	s.t.Helper()
	for _, app := range apps {
		if app == nil {
			continue
		}
		must(s.t, client.IgnoreNotFound(admin.Delete(s.ctx, app.DeepCopy())))
		eventually(s.t, func() error {
			s.releaseFinalizers()
			live := &v1alpha1.AfroApp{}
			err := admin.Get(s.ctx, client.ObjectKeyFromObject(app), live)
			if err == nil {
				s.dropOthers(live)
				return fmt.Errorf("%s is still there: %+v", app.GetName(), live.Status.StuckAt)
			}
			return client.IgnoreNotFound(err)
		})
	}
	s.forget("AfroApp/")
}

// dropOthers plays those whose finalizers an app carries beside ours.
func (s *storyRun) dropOthers(app *v1alpha1.AfroApp) {
	ours := slices.DeleteFunc(slices.Clone(app.Finalizers), func(f string) bool { return f != v1alpha1.Finalizer })
	if len(ours) < len(app.Finalizers) {
		app.Finalizers = ours
		_ = admin.Update(s.ctx, app) // a conflict is tried again
	}
}

// forget deletes the data that owners have left.
func (s *storyRun) forget(owners string) {
	s.t.Helper()
	for _, k := range foreign.Children {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
		must(s.t, admin.List(s.ctx, list, client.MatchingLabels{expand.LabelManagedBy: expand.ManagedBy}))
		for i := range list.Items {
			if o := &list.Items[i]; strings.HasPrefix(o.Annotations[expand.AnnotationOwner], owners) {
				must(s.t, client.IgnoreNotFound(admin.Delete(s.ctx, o)))
			}
		}
	}
}

// refusedStories: what the API server takes becomes Accepted False with the words of the story.
func (s *storyRun) refusedStories(t *testing.T, all []story) (byAPI, byOperator int) {
	for _, x := range all {
		if !x.refused {
			continue
		}
		t.Run(x.name, func(t *testing.T) {
			in := s.at(t)
			if in.refuse(x) {
				byAPI++
			} else {
				byOperator++
			}
			s.shown = in.shown
		})
	}
	return byAPI, byOperator
}

func (s *storyRun) refuse(x story) (byAPI bool) {
	t := s.t
	if x.extra.NoPlatform {
		s.withoutPlatform()
	} else if p := firstObject(t, x.platform); s.shown != x.platform {
		if err := s.replace(p, metav1.DryRunAll); err != nil {
			invalid(t, err)
			return true
		}
		s.platform(x.platform)
	}
	s.namespace(x.app.GetNamespace(), x.extra.NamespaceLabels)
	s.before(x)
	mark := s.op.mark()
	if err := s.replace(x.app); err != nil {
		invalid(t, err)
		return true
	}
	defer s.takeAway(x.app)
	reason, message := wantRefusal(t, x)
	eventually(t, func() error {
		app := &v1alpha1.AfroApp{}
		must(t, admin.Get(s.ctx, client.ObjectKeyFromObject(x.app), app))
		for _, c := range app.Status.Conditions {
			if c.Type == v1alpha1.ConditionAccepted && c.Status == metav1.ConditionFalse && c.Reason == reason && sameRefusal(message, c.Message) {
				return nil
			}
		}
		return fmt.Errorf("want %s: %s\ngot %+v", reason, message, app.Status.Conditions)
	})
	if sent := ofPlatform(s.op.lastApplied(t, mark), false); len(sent) > 0 {
		t.Errorf("applied for an app that is refused: %v", sent)
	}
	return false
}

// invalid demands that an error is the verdict of the API server on the object. A name that cannot be part of a URL is
// refused by the client already.
func invalid(t *testing.T, err error) {
	t.Helper()
	if !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) && !strings.Contains(err.Error(), "invalid resource name") {
		t.Fatalf("no verdict: %v", err)
	}
}

// before brings an app to the status that its story begins with.
func (s *storyRun) before(x story) {
	mode, found, err := unstructured.NestedString(x.app.Object, "status", "database", "mode")
	must(s.t, err)
	if !found {
		return
	}
	was := x.app.DeepCopy()
	must(s.t, unstructured.SetNestedField(was.Object, mode, "spec", "database", "mode"))
	must(s.t, s.send(was))
	s.t.Cleanup(func() { s.takeAway(was) })
	eventually(s.t, func() error {
		app := &v1alpha1.AfroApp{}
		must(s.t, admin.Get(s.ctx, client.ObjectKeyFromObject(was), app))
		if app.Status.Database == nil || string(app.Status.Database.Mode) != mode {
			return fmt.Errorf("the status does not speak of mode %s yet", mode)
		}
		return nil
	})
}

func (s *storyRun) withoutPlatform() {
	s.dropPlatform()
	s.shown = ""
}

// wantRefusal joins the lines of want.err as the condition does. Each begins with its reason.
func wantRefusal(t *testing.T, x story) (reason, message string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(x.dir, "want.err"))
	must(t, err)
	var texts []string
	for n, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		why, text, _ := strings.Cut(line, " ")
		if n == 0 {
			reason = why
		}
		texts = append(texts, text)
	}
	return reason, strings.Join(texts, " | ")
}

// sameRefusal allows for the bound of a condition's message.
func sameRefusal(want, got string) bool {
	head, cut := strings.CutSuffix(got, "…")
	return want == got || cut && len(got) > 1000 && strings.HasPrefix(want, head)
}
