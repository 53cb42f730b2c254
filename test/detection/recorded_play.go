package detection

import (
	"context"
	"net"
	"net/http"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/registryserver"
)

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
