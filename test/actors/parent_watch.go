package actors

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// watchdog is one run of a Parent.
type watchdog struct {
	*Parent
	dynamic   dynamic.Interface
	metadata  metadata.Interface
	discovery *discovery.DiscoveryClient
	queue     workqueue.TypedRateLimitingInterface[parentKey]

	mu     sync.Mutex
	kinds  map[schema.GroupVersionKind]watchedKind
	healed map[parentKey]string // mark of what was applied last
}

type parentKey struct {
	gvk             schema.GroupVersionKind
	namespace, name string
}

type watchedKind struct {
	resource   schema.GroupVersionResource
	namespaced bool
	informer   cache.SharedIndexInformer
}

// Run applies, heals and prunes until the context ends.
func (p *Parent) Run(ctx context.Context) error {
	w := &watchdog{Parent: p, kinds: map[schema.GroupVersionKind]watchedKind{}, healed: map[parentKey]string{}}
	config := clientConfig(p.config, p.userAgent)
	var err error
	if w.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	if w.metadata, err = metadata.NewForConfig(config); err != nil {
		return err
	}
	if w.discovery, err = discovery.NewDiscoveryClientForConfig(config); err != nil {
		return err
	}
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[parentKey](firstRetry, lastRetry)
	w.queue = workqueue.NewTypedRateLimitingQueue(limiter)
	var running sync.WaitGroup
	running.Go(func() { w.watchKinds(ctx) })
	running.Go(func() { w.follow(ctx) })
	running.Go(func() {
		for w.next(ctx) {
		}
	})
	<-ctx.Done()
	w.queue.ShutDown()
	running.Wait()
	return nil
}

// watchKinds watches the metadata of every kind that can be deleted, and looks for new kinds every second.
func (w *watchdog) watchKinds(ctx context.Context) {
	var watches sync.WaitGroup
	defer watches.Wait()
	for {
		_, lists, _ := w.discovery.ServerGroupsAndResourcesWithContext(ctx)
		for _, list := range lists {
			group, _ := schema.ParseGroupVersion(list.GroupVersion)
			for _, resource := range list.APIResources {
				if k, ok := w.learn(group, resource); ok {
					watches.Go(func() { k.informer.RunWithContext(ctx) })
				}
			}
		}
		if !sleep(ctx, servedInterval) {
			return
		}
	}
}

// excluded are kinds that Argo CD does not look at.
var excluded = []string{"events", "leases", "endpoints", "endpointslices", "certificaterequests"}

func (w *watchdog) learn(group schema.GroupVersion, resource metav1.APIResource) (watchedKind, bool) {
	gvk := group.WithKind(resource.Kind)
	w.mu.Lock()
	defer w.mu.Unlock()
	for other := range w.kinds {
		if other.GroupKind() == gvk.GroupKind() {
			return watchedKind{}, false
		}
	}
	verbs := []string(resource.Verbs)
	usable := slices.Contains(verbs, "watch") && slices.Contains(verbs, "list") && slices.Contains(verbs, "delete")
	if !usable || strings.Contains(resource.Name, "/") || slices.Contains(excluded, resource.Name) {
		return watchedKind{}, false
	}
	k := watchedKind{resource: group.WithResource(resource.Name), namespaced: resource.Namespaced}
	k.informer = metadatainformer.NewFilteredMetadataInformer(w.metadata, k.resource, "", 0, cache.Indexers{}, nil).Informer()
	_ = k.informer.SetWatchErrorHandlerWithContext(func(context.Context, *cache.Reflector, error) {})
	heard := func(object any) {
		if o, ok := object.(*metav1.PartialObjectMetadata); ok {
			w.queue.Add(parentKey{gvk, o.Namespace, o.Name})
		}
	}
	_, _ = k.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: heard, UpdateFunc: func(_, object any) { heard(object) },
		DeleteFunc: func(object any) {
			if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = tombstone.Obj
			}
			heard(object)
		},
	})
	w.kinds[gvk] = k
	return k, true
}

// follow looks at everything again after each commit and each new Behaviour.
func (w *watchdog) follow(ctx context.Context) {
	for {
		_, committed := w.folder()
		_, behaves := w.stage.now()
		w.everything()
		select {
		case <-ctx.Done():
			return
		case <-committed:
		case <-behaves:
		}
	}
}

func (w *watchdog) everything() {
	manifests, _ := w.folder()
	for _, manifest := range manifests {
		w.queue.Add(w.keyOf(manifest))
	}
	w.mu.Lock()
	kinds := maps.Clone(w.kinds)
	w.mu.Unlock()
	for gvk, k := range kinds {
		for _, object := range k.informer.GetStore().List() {
			if o := object.(*metav1.PartialObjectMetadata); w.tracks(gvk, o) {
				w.queue.Add(parentKey{gvk, o.Namespace, o.Name})
			}
		}
	}
}

// next looks at one object.
func (w *watchdog) next(ctx context.Context) bool {
	k, shutdown := w.queue.Get()
	if shutdown {
		return false
	}
	defer w.queue.Done(k)
	behaviour, _ := w.stage.now()
	if behaviour.Absent || behaviour.Delay > 0 && !sleep(ctx, behaviour.Delay) {
		return true
	}
	if err := w.settle(ctx, k); err != nil && ctx.Err() == nil {
		w.queue.AddRateLimited(k)
		return true
	}
	w.queue.Forget(k)
	return true
}

// lastWait is how long a manifest waits for its kind to be served before the next look.
const lastWait = 200 * time.Millisecond

func (w *watchdog) settle(ctx context.Context, k parentKey) error {
	served, ok := w.servedAs(k.gvk)
	manifest := w.manifest(k, served.namespaced)
	if !ok {
		if manifest != nil {
			w.queue.AddAfter(k, lastWait)
		}
		return nil
	}
	if !served.namespaced {
		k.namespace = ""
	}
	object, _, _ := served.informer.GetStore().GetByKey((key{namespace: k.namespace, name: k.name}).id())
	live, _ := object.(*metav1.PartialObjectMetadata)
	switch {
	case manifest != nil:
		return w.apply(ctx, k, served, manifest, live)
	case live != nil && w.tracks(k.gvk, live):
		return w.prune(ctx, k, served, live)
	}
	return nil
}

func (w *watchdog) servedAs(gvk schema.GroupVersionKind) (watchedKind, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, ok := w.kinds[gvk]
	return k, ok
}

// manifest of the object in the folder, or nil.
func (w *watchdog) manifest(k parentKey, namespaced bool) *object {
	manifests, _ := w.folder()
	for _, manifest := range manifests {
		own := w.keyOf(manifest)
		if !namespaced {
			own.namespace, k.namespace = "", ""
		}
		if own == k {
			return manifest
		}
	}
	return nil
}

func (w *watchdog) keyOf(manifest *object) parentKey {
	return parentKey{manifest.GroupVersionKind(), first(manifest.GetNamespace(), w.options.Namespace), manifest.GetName()}
}
