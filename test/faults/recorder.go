package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	watchtools "k8s.io/client-go/tools/watch"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// Change of an object, as the API server tells everybody.
type Change struct {
	Kind   string
	Type   watch.EventType // Added, Modified or Deleted
	Object *unstructured.Unstructured
	Before *unstructured.Unstructured // of the same object; nil when it is new
}

// Key is the kind, the namespace and the name.
func (c Change) Key() string {
	return strings.TrimSuffix(c.Kind+" "+c.Object.GetNamespace()+"/"+c.Object.GetName(), "/")
}

// Recorder keeps every change of the kinds that the operator writes, in the order of each kind. It asks the API server itself,
// with its own connection, so that nothing that is done to the operator is done to it.
type Recorder struct {
	client dynamic.Interface

	mu      sync.Mutex
	changes []Change
	now     map[types.UID]*unstructured.Unstructured
	kinds   map[types.UID]string
}

// recorded are the kinds that are kept.
var recorded = sync.OnceValue(func() []foreign.Kind {
	own := []foreign.Kind{
		{GroupVersionKind: v1alpha1.GroupVersion.WithKind("AfroApp"), Resource: "afroapps"},
		{GroupVersionKind: v1alpha1.GroupVersion.WithKind("AfroPlatform"), Resource: "afroplatforms"},
	}
	return slices.Concat(own, foreign.Children)
})

func resourceOf(k foreign.Kind) schema.GroupVersionResource {
	return k.GroupVersion().WithResource(k.Resource)
}

// Record until the context ends.
func Record(ctx context.Context, config *rest.Config) (*Recorder, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	r := &Recorder{client: client, now: map[types.UID]*unstructured.Unstructured{}, kinds: map[types.UID]string{}}
	for _, k := range recorded() {
		list, err := client.Resource(resourceOf(k)).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", k.Kind, err)
		}
		for i := range list.Items {
			r.keep(k.Kind, watch.Added, &list.Items[i])
		}
		w, err := watchtools.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), watcher{client.Resource(resourceOf(k))})
		if err != nil {
			return nil, fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		go func() {
			for event := range w.ResultChan() {
				if object, is := event.Object.(*unstructured.Unstructured); is {
					r.keep(k.Kind, event.Type, object)
				}
			}
		}()
	}
	return r, nil
}

// watcher of one resource.
type watcher struct{ dynamic.ResourceInterface }

// WatchWithContext implements what a RetryWatcher asks for.
func (w watcher) WatchWithContext(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	return w.Watch(ctx, o)
}

func (r *Recorder) keep(kind string, what watch.EventType, object *unstructured.Unstructured) {
	if what != watch.Added && what != watch.Modified && what != watch.Deleted {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	uid := object.GetUID()
	r.changes = append(r.changes, Change{Kind: kind, Type: what, Object: object, Before: r.now[uid]})
	r.kinds[uid] = kind
	if what == watch.Deleted {
		delete(r.now, uid)
		return
	}
	r.now[uid] = object
}

// Mark is a place in the record, to be given to Since.
func (r *Recorder) Mark() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.changes)
}

// Since are the changes after a mark.
func (r *Recorder) Since(mark int) []Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.changes[mark:])
}

// CatchUp waits until the record shows what a list shows, and returns the objects that there are.
func (r *Recorder) CatchUp(ctx context.Context) ([]Change, error) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		objects, behind, err := r.compare(ctx)
		if err != nil {
			return nil, err
		}
		if behind == "" {
			return objects, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("the record is behind by %s", behind)
		}
	}
}

func (r *Recorder) compare(ctx context.Context) (objects []Change, behind string, err error) {
	for _, k := range recorded() {
		list, err := r.client.Resource(resourceOf(k)).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, "", fmt.Errorf("listing %s: %w", k.Kind, err)
		}
		r.mu.Lock()
		there := 0
		for i := range list.Items {
			object := &list.Items[i]
			objects = append(objects, Change{Kind: k.Kind, Object: object})
			if seen := r.now[object.GetUID()]; seen == nil || seen.GetResourceVersion() != object.GetResourceVersion() {
				behind = k.Kind + " " + object.GetName()
			}
		}
		for uid := range r.now {
			if r.kinds[uid] == k.Kind {
				there++
			}
		}
		r.mu.Unlock()
		if there != len(list.Items) {
			behind = "a " + k.Kind
		}
	}
	return objects, behind, nil
}
