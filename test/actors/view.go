package actors

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
func (v *view) watch(k kind, heard func(o *object)) error {
	informer, err := v.informer(k)
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { heard(o.(*object)) },
		UpdateFunc: func(_, o any) { heard(o.(*object)) },
		DeleteFunc: func(o any) {
			if tombstone, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = tombstone.Obj
			}
			heard(o.(*object))
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
func slim(o any) (any, error) {
	if u, ok := o.(*object); ok {
		u.SetManagedFields(nil)
		if u.GetKind() == secrets.name {
			unstructured.RemoveNestedField(u.Object, "data")
		}
	}
	return o, nil
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
		if isFirst && len(served) > 0 && synced(ctx, started) {
			isFirst = false
			close(v.ready)
		}
		if len(pending) == 0 || !sleep(ctx, servedInterval) {
			return
		}
	}
}

// synced waits as cache.WaitForCacheSync does, which looks only every 100 ms: most of the time of a small test.
func synced(ctx context.Context, watches []cache.InformerSynced) bool {
	for _, hasSynced := range watches {
		for !hasSynced() {
			if !sleep(ctx, 5*time.Millisecond) {
				return false
			}
		}
	}
	return true
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
