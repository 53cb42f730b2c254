package actors

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// servedInterval is how often kinds that are not served are looked for.
const servedInterval = time.Second

// view is what actors see of the cluster: one watch per kind, however many actors look at it.
type view struct {
	dynamic   dynamic.Interface
	discovery *discovery.DiscoveryClient
	informers map[kind]cache.SharedIndexInformer // complete before run
	ready     chan struct{}                      // closed when everything that was served at first has been seen
}

func newView(config *rest.Config) (*view, error) {
	config = clientConfig(config, "actors")
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client that watches: %w", err)
	}
	discoveryClient, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client that discovers: %w", err)
	}
	return &view{dynamicClient, discoveryClient, map[kind]cache.SharedIndexInformer{}, make(chan struct{})}, nil
}

// clientConfig is without a client-side rate limit: the actors must not be what a measurement waits for.
func clientConfig(config *rest.Config, userAgent string) *rest.Config {
	config = rest.CopyConfig(config)
	config.UserAgent = userAgent
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	return config
}

// watch calls heard for each object that appears, changes or goes. It has to be called before run.
func (v *view) watch(k kind, heard func(object *unstructured.Unstructured, gone bool)) error {
	informer, err := v.informer(k)
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { heard(object.(*unstructured.Unstructured), false) },
		UpdateFunc: func(_, object any) { heard(object.(*unstructured.Unstructured), false) },
		DeleteFunc: func(object any) {
			if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = tombstone.Obj
			}
			heard(object.(*unstructured.Unstructured), true)
		},
	})
	return err
}

func (v *view) informer(k kind) (cache.SharedIndexInformer, error) {
	if informer, ok := v.informers[k]; ok {
		return informer, nil
	}
	indexers := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc, refersIndex: refers}
	informer := dynamicinformer.NewFilteredDynamicInformer(v.dynamic, k.GroupVersionResource, "", 0, indexers, nil).Informer()
	if err := informer.SetTransform(slim); err != nil {
		return nil, err
	}
	// Without a handler of our own, every CRD that is taken away fills the log of the test.
	if err := informer.SetWatchErrorHandlerWithContext(func(context.Context, *cache.Reflector, error) {}); err != nil {
		return nil, err
	}
	v.informers[k] = informer
	return informer, nil
}

// slim drops what no actor reads, so that thousands of objects stay cheap.
func slim(object any) (any, error) {
	if u, ok := object.(*unstructured.Unstructured); ok {
		u.SetManagedFields(nil)
		if u.GetKind() == secrets.name {
			unstructured.RemoveNestedField(u.Object, "data")
		}
	}
	return object, nil
}

// run watches until the context ends. Kinds that are not served are looked for every second.
func (v *view) run(ctx context.Context) {
	var watches sync.WaitGroup
	defer watches.Wait()
	pending := slices.Collect(maps.Keys(v.informers))
	for isFirst := true; ; {
		var started []cache.InformerSynced
		served := v.served(ctx)
		pending = slices.DeleteFunc(pending, func(k kind) bool {
			if served[k.GroupVersionResource] {
				watches.Go(func() { v.informers[k].RunWithContext(ctx) })
				started = append(started, v.informers[k].HasSynced)
			}
			return served[k.GroupVersionResource]
		})
		// An Application must not be told that its project is missing because Applications were listed first.
		if isFirst && len(served) > 0 && cache.WaitForCacheSync(ctx.Done(), started...) {
			isFirst = false
			close(v.ready)
		}
		if len(pending) == 0 || !sleep(ctx, servedInterval) {
			return
		}
	}
}

// served asks for all groups at once: two requests, however many kinds are missing. An API group that
// is down hides only its own kinds.
func (v *view) served(ctx context.Context) map[schema.GroupVersionResource]bool {
	served := map[schema.GroupVersionResource]bool{}
	_, lists, _ := v.discovery.ServerGroupsAndResourcesWithContext(ctx)
	for _, list := range lists {
		group, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue
		}
		for _, resource := range list.APIResources {
			served[group.WithResource(resource.Name)] = true
		}
	}
	return served
}

// get returns nil if there is no such object. It must not be changed.
func (v *view) get(k key) *unstructured.Unstructured {
	informer, ok := v.informers[k.kind]
	if !ok {
		return nil
	}
	object, _, _ := informer.GetStore().GetByKey(k.id())
	found, _ := object.(*unstructured.Unstructured)
	return found
}

// list returns the objects of one namespace, or of all. They must not be changed.
func (v *view) list(k kind, namespace string) []*unstructured.Unstructured {
	informer, ok := v.informers[k]
	if !ok {
		return nil
	}
	objects := informer.GetStore().List()
	if namespace != "" {
		objects, _ = informer.GetIndexer().ByIndex(cache.NamespaceIndex, namespace)
	}
	found := make([]*unstructured.Unstructured, 0, len(objects))
	for _, object := range objects {
		found = append(found, object.(*unstructured.Unstructured))
	}
	return found
}

const refersIndex = "refers"

// refers indexes objects by the texts in their spec that others look for, so that a thousand of them in one
// namespace cost no more than one.
func refers(object any) ([]string, error) {
	o, ok := object.(*unstructured.Unstructured)
	if !ok {
		return nil, nil
	}
	var found []string
	for _, path := range []string{"name", "owner", "project", "passwordSecret.name", "issuerRef.name"} {
		if value := text(o, append([]string{"spec"}, strings.Split(path, ".")...)...); value != "" {
			found = append(found, path+"="+value)
		}
	}
	return found, nil
}

// where returns the objects of the namespace, or of all, whose spec holds the text. They must not be changed.
func (v *view) where(k kind, namespace, path, value string) []*unstructured.Unstructured {
	informer, ok := v.informers[k]
	if !ok {
		return nil
	}
	objects, _ := informer.GetIndexer().ByIndex(refersIndex, path+"="+value)
	var found []*unstructured.Unstructured
	for _, object := range objects {
		if o := object.(*unstructured.Unstructured); namespace == "" || o.GetNamespace() == namespace {
			found = append(found, o)
		}
	}
	return found
}

// sleep says whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
