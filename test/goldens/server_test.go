package goldens

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

// fieldManager stands for the controller; which name it has does not matter to the server.
const fieldManager = "goldens"

// pause is longer than one second, the resolution of the times in managedFields: an apply that changes
// nothing but such a time would otherwise look like none.
const pause = 2 * time.Second

// server is a real API server with the CRDs of all peers and ours. Nothing collects garbage: the owners
// in the goldens do not exist.
type server struct {
	dynamic dynamic.Interface
	mapper  meta.RESTMapper
	core    kubernetes.Interface

	defaultsStatus map[schema.GroupVersionKind]bool
}

func startServer(t *testing.T) *server {
	t.Helper()
	foreign, err := crds.Load()
	if err != nil {
		t.Fatal(err)
	}
	cp, err := controlplane.Start(t.Context(), controlplane.Options{
		CRDs:     foreign,
		CRDPaths: []string{"../../config/crd/bases"},
		Progress: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	s, err := connect(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	s.defaultsStatus = statusDefaults(foreign)
	return s
}

func connect(config *rest.Config) (*server, error) {
	config.WarningHandler = rest.NewWarningWriter(os.Stderr, rest.WarningWriterOptions{Deduplicate: true})
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, httpClient)
	if err != nil {
		return nil, err
	}
	d, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, err
	}
	core, err := kubernetes.NewForConfigAndClient(config, httpClient)
	return &server{dynamic: d, mapper: mapper, core: core}, err
}

// check applies every golden twice and returns what is wrong, one error per golden. Between runs between
// the two rounds of each wave; it may be nil.
func (s *server) check(ctx context.Context, all []golden, between func(wave []golden)) []error {
	var failures []error
	for _, wave := range waves(all) {
		if err := s.makeNamespaces(ctx, wave); err != nil {
			return []error{err}
		}
		first := each(wave, func(i int) (*unstructured.Unstructured, error) { return s.applyFirst(ctx, wave[i]) })
		if between != nil {
			between(wave)
		}
		if slices.ContainsFunc(first, func(o outcome) bool { return o.err == nil }) {
			time.Sleep(pause)
		}
		second := each(wave, func(i int) (*unstructured.Unstructured, error) {
			if first[i].err != nil {
				return nil, nil
			}
			return s.apply(ctx, wave[i])
		})
		gone := each(wave, func(i int) (*unstructured.Unstructured, error) { return nil, s.remove(ctx, wave[i]) })
		for i, g := range wave {
			if err := verdict(first[i], second[i], gone[i]); err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", g, err))
			}
		}
	}
	return failures
}

// outcome is what one request on one golden gave.
type outcome struct {
	object *unstructured.Unstructured
	err    error
}

// verdict names the first thing that went wrong.
func verdict(first, second, gone outcome) error {
	if first.err != nil {
		return fmt.Errorf("refused: %w", first.err)
	}
	if second.err != nil {
		return fmt.Errorf("refused at the second time: %w", second.err)
	}
	if was, is := first.object.GetResourceVersion(), second.object.GetResourceVersion(); was != is {
		return fmt.Errorf("applying it again wrote: resourceVersion %s became %s: %s", was, is, difference("", first.object.Object, second.object.Object))
	}
	if d := difference("", first.object.Object, second.object.Object); d != "" {
		return fmt.Errorf("applying it again changed it under the same resourceVersion: %s", d)
	}
	if gone.err != nil {
		return fmt.Errorf("cannot be removed again: %w", gone.err)
	}
	return nil
}

// difference says where two values differ first, or nothing.
func difference(path string, was, is any) string {
	old, ok := was.(map[string]any)
	if now, both := is.(map[string]any); ok && both {
		for _, key := range sortedKeys(old, now) {
			if d := difference(path+"."+key, old[key], now[key]); d != "" {
				return d
			}
		}
		return ""
	}
	if reflect.DeepEqual(was, is) {
		return ""
	}
	return fmt.Sprintf("%s: %v became %v", path, was, is)
}

// each runs the requests on a wave with eight at once.
func each(wave []golden, do func(i int) (*unstructured.Unstructured, error)) []outcome {
	outcomes := make([]outcome, len(wave))
	slots := make(chan struct{}, 8)
	var group sync.WaitGroup
	for i := range wave {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			outcomes[i].object, outcomes[i].err = do(i)
		})
	}
	group.Wait()
	return outcomes
}

func (s *server) makeNamespaces(ctx context.Context, wave []golden) error {
	for _, g := range wave {
		name := g.GetNamespace()
		if name == "" {
			continue
		}
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		_, err := s.core.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("%s: making its namespace: %w", g, err)
		}
	}
	return nil
}

func (s *server) resource(g golden) (dynamic.ResourceInterface, error) {
	gvk := g.GroupVersionKind()
	mapping, err := s.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return s.dynamic.Resource(mapping.Resource), nil
	}
	if g.GetNamespace() == "" {
		return nil, errors.New("it has no namespace, and its kind is namespaced")
	}
	return s.dynamic.Resource(mapping.Resource).Namespace(g.GetNamespace()), nil
}

// apply sends the golden as it stands: without force, and with strict field validation.
func (s *server) apply(ctx context.Context, g golden) (*unstructured.Unstructured, error) {
	resource, err := s.resource(g)
	if err != nil {
		return nil, err
	}
	data, err := g.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return resource.Patch(ctx, g.GetName(), types.ApplyPatchType, data,
		metav1.PatchOptions{FieldManager: fieldManager, FieldValidation: metav1.FieldValidationStrict})
}

// applyFirst applies, and where the CRD has a default for status it writes status once, as the peer's
// controller does within moments. The server shows such a default from the beginning but stores it only
// with the next write: without this, the second apply of a ListenerSet is a write with equal content.
func (s *server) applyFirst(ctx context.Context, g golden) (*unstructured.Unstructured, error) {
	object, err := s.apply(ctx, g)
	if err != nil || !s.defaultsStatus[g.GroupVersionKind()] {
		return object, err
	}
	resource, err := s.resource(g)
	if err != nil {
		return nil, err
	}
	return resource.Patch(ctx, g.GetName(), types.MergePatchType, []byte("{}"), metav1.PatchOptions{}, "status")
}

// statusDefaults finds the kinds whose CRD has a default for status.
func statusDefaults(all []*apiextensionsv1.CustomResourceDefinition) map[schema.GroupVersionKind]bool {
	found := map[schema.GroupVersionKind]bool{}
	for _, crd := range all {
		for _, version := range crd.Spec.Versions {
			gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}
			found[gvk] = version.Schema.OpenAPIV3Schema.Properties["status"].Default != nil
		}
	}
	return found
}

// remove takes the object away, finalizers or not: nobody here would take those off.
func (s *server) remove(ctx context.Context, g golden) error {
	resource, err := s.resource(g)
	if err != nil {
		return nil // it was refused for the same reason
	}
	_, err = resource.Patch(ctx, g.GetName(), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	now := int64(0)
	if err := resource.Delete(ctx, g.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		return err
	}
	_, err = resource.Get(ctx, g.GetName(), metav1.GetOptions{})
	if err == nil {
		return errors.New("it is still there after its deletion")
	}
	return client.IgnoreNotFound(err)
}
