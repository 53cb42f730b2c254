package detection

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// Recording is a scenario of the real Argo CD and image-updater: a folder with the objects that were recorded, fed in as they
// are, at the time at which they were recorded.
type Recording struct {
	Name string
	// Want is the verdict: hop and reason, "delivered", "rolling", or hop and reason and "unknown".
	Want string
	// Said is what the operator said, Line its stuck line.
	Said, Line string
	// Broken is why it could not be played.
	Broken error

	folder string
	when   moments
	says   servedThen
}

// moments of a recording.
type moments struct {
	Now      time.Time  `json:"now"`
	Seen     *time.Time `json:"seen,omitempty"` // when the operator saw it first
	Platform string     `json:"platform"`
}

// servedThen is what the registry said when it was recorded.
type servedThen struct {
	Digest    string                     `json:"digest,omitempty"`
	Failure   *observe.RegistryFailure   `json:"failure,omitempty"`
	Diagnosis *observe.RegistryDiagnosis `json:"diagnosis,omitempty"`
}

// Right tells whether the operator said what an observer has to say.
func (r Recording) Right() bool { return r.Broken == nil && r.Said == r.Want }

// mended are recordings whose cause is a spec that the operator does not leave as it is. What is left of them is judged.
var mended = map[string]string{
	"silent-newest-build": v1alpha1.HopWriteBack + " " + v1alpha1.ReasonNoWriteBack,
}

// Recordings in the folder of the golden stories.
func Recordings(folder string) (all []Recording, err error) {
	wants := map[string]string{}
	if err := unmarshalFile(filepath.Join(folder, "recorded.yaml"), &wants); err != nil {
		return nil, err
	}
	for name, want := range wants {
		r := Recording{Name: name, Want: want, folder: filepath.Join(folder, "recorded-"+name)}
		if other, ok := mended[name]; ok {
			r.Want = other
		}
		if err := unmarshalFile(filepath.Join(r.folder, "extra.yaml"), &r.when); err != nil {
			return nil, err
		}
		if err := unmarshalFile(filepath.Join(r.folder, "registry.yaml"), &r.says); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if r.says.Digest == "" {
			r.says.Digest = "sha256:" + strings.Repeat("2", 64) // what runs, where the recording does not say
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Recording) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func unmarshalFile(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(raw, into)
}

// recordedHost is the registry of the recording.
const recordedHost = "127.0.0.1:15001"

// PlayRecordings feeds every recording to an operator of its own, one after the other: they have one time at once.
func PlayRecordings(ctx context.Context, all []Recording) error {
	s := newStage(ctx, "recorded")
	defer s.Stop()
	// Nobody turns a Deployment into pods, and nobody collects a pod whose ReplicaSet was not recorded.
	if err := s.plane(nil); err != nil {
		return err
	}
	for i := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		all[i].Broken = s.play(&all[i])
	}
	return nil
}

func (s *Stage) play(r *Recording) (err error) {
	f := feed{Stage: s, Recording: r}
	if err := f.read(); err != nil {
		return err
	}
	stop, err := f.registry()
	defer stop()
	if err != nil {
		return err
	}
	defer func() {
		if cleared := f.clear(); err == nil {
			err = cleared
		}
	}()
	first := r.when.Now
	if r.when.Seen != nil {
		first = *r.when.Seen
	}
	if r.says.Failure != nil {
		first = r.when.Now.Add(-20 * time.Minute) // longer than any grace: it failed for long
	}
	if r.says.Diagnosis != nil {
		first = first.Add(-diagnosed - 2*unpaced)
	}
	s.Clock.Set(first.Add(-unpaced))
	if err := f.admin(); err != nil {
		return err
	}
	mgr, err := s.manager(network(s.Host))
	if err != nil {
		return err
	}
	end, err := s.begin(mgr.Start, mgr.Elected())
	defer end()
	if err != nil {
		return err
	}
	return f.run(first)
}

// unpaced is longer than the operator holds back what is mere progress, and shorter than any grace.
const unpaced = 2 * time.Minute

// diagnosed is longer than an image has to be served before the registry is asked for its platforms.
const diagnosed = 5 * time.Minute

// network leads the address of the recording's registry to the one that plays it.
func network(host string) http.RoundTripper {
	d := net.Dialer{Timeout: 2 * time.Second}
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == recordedHost {
			address = host
		}
		return d.DialContext(ctx, network, address)
	}}
}

// feed is a recording while it is played.
type feed struct {
	*Stage
	*Recording
	app      *v1alpha1.AfroApp
	platform *unstructured.Unstructured
	before   []*unstructured.Unstructured // as it was when it was seen first; nil: the same
	children []*unstructured.Unstructured
	beside   []*unstructured.Unstructured // pods and others' ImageUpdaters
}

func (f *feed) read() error {
	apps, err := fixtures.Objects(filepath.Join(f.folder, "app.yaml"))
	if err != nil {
		return err
	}
	if f.app, err = fixtures.As[v1alpha1.AfroApp](apps[0]); err != nil {
		return err
	}
	platforms, err := fixtures.Objects(filepath.Join(filepath.Dir(f.folder), "platform-"+f.when.Platform+".yaml"))
	if err != nil {
		return err
	}
	f.Recording.children(&f.children, "children.yaml", &err)
	f.Recording.children(&f.before, "before.yaml", &err)
	f.Recording.children(&f.beside, "pods.yaml", &err)
	if len(f.beside) == 0 {
		f.beside = f.standIns()
	}
	f.Recording.children(&f.beside, "updaters.yaml", &err)
	f.platform = platforms[0]
	return err
}

// children adds the objects of a file, if it is there.
func (r *Recording) children(to *[]*unstructured.Unstructured, file string, err *error) {
	objs, failed := fixtures.Objects(filepath.Join(r.folder, file))
	switch {
	case failed == nil:
		*to = append(*to, objs...)
	case !os.IsNotExist(failed):
		*err = failed
	}
}

// standIns are pods for a recording that has none: the images that Argo CD lists, as their specs name them.
func (f *feed) standIns() (out []*unstructured.Unstructured) {
	for _, c := range f.children {
		images, _, _ := unstructured.NestedStringSlice(c.Object, "status", "summary", "images")
		for n, image := range images {
			name, digest, pinned := cutLast(image, "@")
			if !pinned {
				digest = f.says.Digest
			}
			out = append(out, &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "v1", "kind": "Pod",
				"metadata": map[string]any{"name": fmt.Sprintf("stand-in-%d", n), "namespace": f.app.Namespace, "labels": map[string]any{"pod-template-hash": "0"},
					"ownerReferences": []any{map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f.workload(c) + "-0", "uid": "5c0f9a52-0000-4000-8000-000000000009", "controller": true}}},
				"spec": map[string]any{"containers": []any{map[string]any{"name": "app", "image": image}}},
				"status": map[string]any{"phase": "Running", "containerStatuses": []any{map[string]any{"name": "app", "image": image, "ready": true, "restartCount": int64(0),
					"imageID": strings.TrimSuffix(name, ":latest") + "@" + digest, "state": map[string]any{"running": map[string]any{"startedAt": f.when.Now.Format(time.RFC3339)}}}}},
			}})
		}
	}
	return out
}

// workload is the Deployment that Argo CD lists.
func (f *feed) workload(application *unstructured.Unstructured) string {
	resources, _, _ := unstructured.NestedSlice(application.Object, "status", "resources")
	for _, r := range resources {
		if m, ok := r.(map[string]any); ok && m["kind"] == "Deployment" {
			return m["name"].(string)
		}
	}
	return "none"
}

// registry serves what it served then.
func (f *feed) registry() (stop func(), err error) {
	f.Registry = registryserver.New()
	address, stop, err := registryserver.Listen(f.Registry)
	f.Host = address
	switch {
	case err != nil:
	case f.says.Failure != nil && f.says.Failure.Reason == v1alpha1.ReasonTagMissing: // nothing was pushed
	case f.says.Failure != nil:
		f.Registry.Break(registryserver.Fault{Part: "/manifests/", Delay: slow})
	case f.says.Diagnosis != nil: // its platforms are asked for: an image of that kind
		_, err = f.Registry.PushImage("apps/web", "latest", f.says.Diagnosis.Platforms[0])
	default:
		f.Registry.Break(registryserver.Fault{Part: "/manifests/", Status: http.StatusOK, Header: map[string]string{
			"Docker-Content-Digest": f.says.Digest, "Content-Type": "application/vnd.oci.image.manifest.v1+json", "Content-Length": "0"}})
	}
	return stop, err
}

// admin applies the platform, and makes the namespaces.
func (f *feed) admin() error {
	for _, o := range append([]*unstructured.Unstructured{{Object: map[string]any{"metadata": map[string]any{"namespace": f.app.Namespace}}}}, f.children...) {
		if err := f.namespace(o.GetNamespace()); err != nil {
			return err
		}
	}
	p := f.platform.DeepCopy()
	p.SetUID("")
	registries := []any{map[string]any{"host": recordedHost, "plainHTTP": true, "probeInterval": "30s", "requestsPerSecond": int64(100)}}
	if err := unstructured.SetNestedSlice(p.Object, registries, "spec", "registries"); err != nil {
		return err
	}
	return f.Admin.Apply(f.ctx, client.ApplyConfigurationFromUnstructured(p), client.FieldOwner("kubectl"), client.ForceOwnership)
}

// run applies the app, feeds what was recorded, and looks.
func (f *feed) run(first time.Time) error {
	for _, o := range f.beside {
		if err := f.place(o); err != nil {
			return err
		}
	}
	app := f.app.DeepCopy()
	app.UID, app.Generation = "", 0
	if err := f.Admin.Create(f.ctx, app); err != nil {
		return err
	}
	old := f.before
	if old == nil {
		old = f.children
	}
	if err := f.feed(old); err != nil {
		return err
	}
	f.Clock.Set(first)
	if first.Before(f.when.Now) {
		if err := f.settled(); err != nil {
			return err
		}
		if f.says.Diagnosis != nil {
			f.Clock.Forward(diagnosed)
			if err := f.diagnosis(); err != nil {
				return err
			}
		}
		f.Clock.Set(f.when.Now)
	}
	if f.before != nil {
		if err := f.feed(f.children); err != nil {
			return err
		}
	}
	return f.look()
}

func (f *feed) live() (*v1alpha1.AfroApp, error) {
	app := &v1alpha1.AfroApp{}
	return app, f.Admin.Get(f.ctx, client.ObjectKeyFromObject(f.app), app)
}

// place an object that is no child of ours.
func (f *feed) place(o *unstructured.Unstructured) error {
	u := o.DeepCopy()
	status := u.Object["status"]
	u.SetUID("")
	u.SetResourceVersion("")
	u.SetManagedFields(nil)
	if err := f.Admin.Create(f.ctx, u); err != nil {
		return fmt.Errorf("%s %s: %w", u.GetKind(), u.GetName(), err)
	}
	if status == nil {
		return nil
	}
	if u.GetKind() == "Pod" {
		unstructured.RemoveNestedField(u.Object, "status")
	}
	u.Object["status"] = status
	return f.Admin.Status().Update(f.ctx, u)
}

// feed the recorded Application and ImageUpdater, spec and status. The operator takes back what is its own; Argo CD and
// image-updater would look at that again: their words of the spec that they have seen are those of the spec that is there now.
func (f *feed) feed(children []*unstructured.Unstructured) error {
	for _, c := range children {
		if c.GetKind() != foreign.Application.Kind && c.GetKind() != foreign.ImageUpdater.Kind {
			continue
		}
		for _, step := range []func(recorded, live *unstructured.Unstructured){whole, status} {
			if err := f.write(c, step); err != nil {
				return fmt.Errorf("%s %s: %w", c.GetKind(), c.GetName(), err)
			}
			time.Sleep(500 * time.Millisecond) // the operator takes back what is its own
		}
	}
	return nil
}

func whole(recorded, live *unstructured.Unstructured) {
	live.Object["spec"] = recorded.DeepCopy().Object["spec"]
	status(recorded, live)
}

func status(recorded, live *unstructured.Unstructured) {
	c := recorded.DeepCopy()
	delete(live.Object, "operation")
	if operation, ok := c.Object["operation"]; ok {
		live.Object["operation"] = operation
	}
	said, ok := c.Object["status"].(map[string]any)
	if !ok {
		delete(live.Object, "status")
		return
	}
	source, _, _ := unstructured.NestedMap(live.Object, "spec", "source")
	if compared, ok, _ := unstructured.NestedMap(said, "sync", "comparedTo"); ok && compared["source"] != nil {
		_ = unstructured.SetNestedMap(said, source, "sync", "comparedTo", "source")
	}
	if said["observedGeneration"] != nil && said["observedGeneration"] == recorded.GetGeneration() {
		said["observedGeneration"] = live.GetGeneration()
	}
	live.Object["status"] = said
}

// write what Argo CD or image-updater would write, tried again while the operator writes too.
func (f *feed) write(recorded *unstructured.Unstructured, step func(recorded, live *unstructured.Unstructured)) (err error) {
	for range 50 {
		live := object(recorded.GroupVersionKind(), recorded.GetNamespace(), recorded.GetName())
		if err = f.Admin.Get(f.ctx, client.ObjectKeyFromObject(live), live); err == nil {
			step(recorded, live)
			said := live.Object["status"]
			if err = f.Admin.Update(f.ctx, live, client.FieldOwner("recorded")); err == nil && live.GetKind() == foreign.ImageUpdater.Kind {
				live.Object["status"] = said
				err = f.Admin.Status().Update(f.ctx, live, client.FieldOwner("recorded"))
			}
		}
		if err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// settled waits until the operator has asked the registry, has seen what was fed, and says the same for a while.
func (f *feed) settled() error {
	last, same := "", 0
	for n := range 100 {
		app, err := f.nudged(n)
		if err != nil {
			return err
		}
		said := hops(app)
		if same++; said != last || len(app.Status.Hops) == 0 || f.Registry.Count("", "/manifests/") == 0 || strings.Contains(said, justWritten) {
			last, same = said, 0
		}
		if same == 5 {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("never said the same for a while: %s", last)
}

// diagnosis waits until the registry was asked what the image is built for.
func (f *feed) diagnosis() error {
	for n := 0; f.Registry.Count("", "/blobs/") == 0; n++ {
		if n == 100 {
			return errors.New("the registry was never asked for the platforms")
		}
		if _, err := f.nudged(n); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	f.Clock.Forward(unpaced)
	return f.settled()
}

// justWritten is said of a child whose last write nobody can have answered yet.
const justWritten = "was just written"

// nudged is the app, after every fourth look made the operator look too.
func (f *feed) nudged(n int) (*v1alpha1.AfroApp, error) {
	app, err := f.live()
	if err != nil || n%4 != 0 {
		return app, err
	}
	return app, f.Merge(app.DeepCopy(), fmt.Sprintf(`{"metadata":{"annotations":{"example.com/look":"%d"}}}`, n))
}

// look until the operator says what is wanted, and a moment longer.
func (f *feed) look() error {
	right := 0
	for n := range 60 {
		app, err := f.nudged(n)
		if err != nil {
			return err
		}
		f.Said, f.Line = verdictOf(app.Status), hops(app)
		if right++; f.Said != f.Want {
			right = 0
		}
		if right == 5 {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return nil
}

// verdictOf a status, in the words of the recordings.
func verdictOf(s v1alpha1.AfroAppStatus) string {
	state := corev1.ConditionUnknown
	for _, c := range s.Conditions {
		if c.Type == v1alpha1.ConditionDelivered {
			state = corev1.ConditionStatus(c.Status)
		}
	}
	switch at := s.StuckAt; {
	case state == corev1.ConditionTrue:
		return "delivered"
	case at == nil:
		return "rolling"
	case state == corev1.ConditionUnknown:
		return at.Hop + " " + at.Reason + " unknown"
	default:
		return at.Hop + " " + at.Reason
	}
}

// clear takes everything of a recording away, without anybody's help.
func (f *feed) clear() error {
	objs := append(slices.Clone(f.beside), f.children...)
	app := object(v1alpha1.GroupVersion.WithKind("AfroApp"), f.app.Namespace, f.app.Name)
	for _, o := range append([]*unstructured.Unstructured{app}, objs...) {
		o := object(o.GroupVersionKind(), o.GetNamespace(), o.GetName())
		_ = f.Merge(o, `{"metadata":{"finalizers":null}}`)
		if err := f.Admin.Delete(f.ctx, o, client.GracePeriodSeconds(0)); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}
