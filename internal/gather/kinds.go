package gather

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// indexOwner finds children by their back-reference.
const indexOwner = "owner"

// Subscriber is told what happens to children, and when kinds come and go.
type Subscriber struct {
	// Child was added, changed in something that is read, or deleted. One whose owner was changed is deleted for the owner
	// that it had.
	Child func(k foreign.Kind, obj client.Object, deleted bool)
	// Pod of an app of the workload chart came, changed in something that is read, or went.
	Pod func(namespace, app string)
	// Kinds that are served have changed.
	Kinds func()
}

// Kinds keeps one informer for each kind of child that the cluster serves. Kinds come and go with their CRD, without a
// restart.
type Kinds struct {
	cache  cache.Cache // children of ours
	wide   cache.Cache // kinds that are looked at also where they are not ours
	live   client.Reader
	scheme *runtime.Scheme
	log    logr.Logger

	checks chan foreign.Kind
	ready  chan struct{}

	mu          sync.RWMutex
	states      map[schema.GroupVersionKind]*kindState
	pods        cache.Informer
	subscribers []Subscriber
}

type kindState struct {
	informer cache.Informer
	synced   bool
	stop     context.CancelFunc
}

// NewKinds makes the set and adds it to a manager whose cache was made with CacheOptions.
func NewKinds(mgr manager.Manager) (*Kinds, error) {
	s := mgr.GetScheme()
	w, err := cache.New(mgr.GetConfig(), wideOptions(s, mgr.GetRESTMapper(), mgr.GetHTTPClient()))
	if err != nil {
		return nil, err
	}
	k := &Kinds{cache: mgr.GetCache(), wide: w, live: mgr.GetAPIReader(), scheme: s, log: mgr.GetLogger().WithName("kinds"),
		checks: make(chan foreign.Kind, 64), ready: make(chan struct{}), states: map[schema.GroupVersionKind]*kindState{}}
	return k, errors.Join(mgr.Add(w), mgr.Add(k))
}

// of is the cache that a kind is in.
func (k *Kinds) of(kind foreign.Kind) cache.Cache {
	if wide(kind) {
		return k.wide
	}
	return k.cache
}

// NeedLeaderElection: a standby keeps its caches warm.
func (k *Kinds) NeedLeaderElection() bool { return false }

// Start watches the CRDs of our peers until ctx ends. It returns an error only when the cluster's own kinds cannot be watched.
func (k *Kinds) Start(ctx context.Context) error {
	crd := &metav1.PartialObjectMetadata{}
	crd.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	informer, err := k.cache.GetInformer(ctx, crd)
	if err != nil {
		return fmt.Errorf("watch CustomResourceDefinitions: %w", err)
	}
	for _, kind := range foreign.Children {
		if err := k.check(ctx, kind); err != nil {
			return err
		}
	}
	if err := k.watchPods(ctx); err != nil {
		return err
	}
	if _, err := informer.AddEventHandler(k.crdHandler(ctx)); err != nil {
		return err
	}
	if err := k.waitForSynced(ctx); err != nil {
		return err
	}
	close(k.ready)
	k.run(ctx)
	return nil
}

// run checks kinds one after the other; a check that fails is tried again in a second.
func (k *Kinds) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case kind := <-k.checks:
			if err := k.check(ctx, kind); err != nil {
				k.log.Error(err, "cannot tell whether the kind is served", "crd", kind.CRD())
				time.AfterFunc(time.Second, func() { k.ask(ctx, kind) })
			}
		}
	}
}

func (k *Kinds) ask(ctx context.Context, kind foreign.Kind) {
	select {
	case k.checks <- kind:
	case <-ctx.Done():
	}
}

func (k *Kinds) crdHandler(ctx context.Context) toolscache.ResourceEventHandler {
	byCRD := map[string]foreign.Kind{}
	for _, kind := range foreign.Children {
		byCRD[kind.CRD()] = kind
	}
	changed := func(obj any) {
		if d, ok := obj.(toolscache.DeletedFinalStateUnknown); ok {
			obj = d.Obj
		}
		if o, ok := obj.(client.Object); ok {
			if kind, ours := byCRD[o.GetName()]; ours && !kind.Core {
				k.ask(ctx, kind)
			}
		}
	}
	return toolscache.ResourceEventHandlerFuncs{AddFunc: changed, DeleteFunc: changed, UpdateFunc: func(_, obj any) { changed(obj) }}
}

// check starts or stops the informer of a kind, as the cluster serves it or not.
func (k *Kinds) check(ctx context.Context, kind foreign.Kind) error {
	served, err := k.served(ctx, kind)
	if err != nil {
		return err
	}
	k.mu.RLock()
	_, running := k.states[kind.GroupVersionKind]
	k.mu.RUnlock()
	switch {
	case served && !running:
		return k.begin(ctx, kind)
	case !served && running:
		return k.end(ctx, kind)
	}
	return nil
}

func (k *Kinds) served(ctx context.Context, kind foreign.Kind) (bool, error) {
	if kind.Core {
		return true, nil
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := k.live.Get(ctx, types.NamespacedName{Name: kind.CRD()}, crd); err != nil {
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return false, fmt.Errorf("read CustomResourceDefinition %s: %w", kind.CRD(), err)
	}
	return crd.DeletionTimestamp == nil && established(crd) && serves(crd, kind.Version), nil
}

func established(crd *apiextensionsv1.CustomResourceDefinition) bool {
	for _, c := range crd.Status.Conditions {
		if c.Type == apiextensionsv1.Established {
			return c.Status == apiextensionsv1.ConditionTrue
		}
	}
	return false
}

func serves(crd *apiextensionsv1.CustomResourceDefinition, version string) bool {
	for _, v := range crd.Spec.Versions {
		if v.Name == version {
			return v.Served
		}
	}
	return false
}

func (k *Kinds) begin(ctx context.Context, kind foreign.Kind) error {
	obj, err := newObject(k.scheme, kind.GroupVersionKind)
	if err != nil {
		return err
	}
	owner := func(o client.Object) []string {
		if name := o.GetAnnotations()[expand.AnnotationOwner]; name != "" {
			return []string{name}
		}
		return nil
	}
	if err := k.of(kind).IndexField(ctx, obj, indexOwner, owner); err != nil {
		return fmt.Errorf("index %s: %w", kind.CRD(), err)
	}
	if kind.GroupVersionKind == foreign.ImageUpdater {
		if err := k.of(kind).IndexField(ctx, obj, indexPattern, patterns); err != nil {
			return fmt.Errorf("index %s: %w", kind.CRD(), err)
		}
	}
	informer, err := k.of(kind).GetInformer(ctx, obj, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch %s: %w", kind.CRD(), err)
	}
	watching, stop := context.WithCancel(ctx)
	k.mu.Lock()
	k.states[kind.GroupVersionKind] = &kindState{informer: informer, stop: stop}
	subscribers := k.subscribers
	k.mu.Unlock()
	for _, s := range subscribers {
		if _, err := informer.AddEventHandler(handler(kind, s)); err != nil {
			stop()
			return err
		}
	}
	go k.awaitSync(watching, kind, informer)
	return nil
}

func (k *Kinds) awaitSync(ctx context.Context, kind foreign.Kind, informer cache.Informer) {
	if !toolscache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return
	}
	k.mu.Lock()
	if s := k.states[kind.GroupVersionKind]; s != nil {
		s.synced = true
	}
	k.mu.Unlock()
	k.log.V(1).Info("kind is served", "crd", kind.CRD())
	k.tell()
}

func (k *Kinds) end(ctx context.Context, kind foreign.Kind) error {
	obj, err := newObject(k.scheme, kind.GroupVersionKind)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.states[kind.GroupVersionKind].stop()
	delete(k.states, kind.GroupVersionKind)
	k.mu.Unlock()
	if err := k.of(kind).RemoveInformer(ctx, obj); err != nil {
		return err
	}
	k.log.Info("kind is no longer served", "crd", kind.CRD())
	k.tell()
	return nil
}

func (k *Kinds) tell() {
	k.mu.RLock()
	subscribers := k.subscribers
	k.mu.RUnlock()
	for _, s := range subscribers {
		s.Kinds()
	}
}

// Subscribe tells a subscriber of every child that is there, and of all that happens from now on.
func (k *Kinds) Subscribe(s Subscriber) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.subscribers = append(k.subscribers, s)
	for _, kind := range foreign.Children {
		if state := k.states[kind.GroupVersionKind]; state != nil {
			if _, err := state.informer.AddEventHandler(handler(kind, s)); err != nil {
				return err
			}
		}
	}
	return nil
}

func handler(kind foreign.Kind, s Subscriber) toolscache.ResourceEventHandler {
	object := func(obj any) client.Object {
		if d, ok := obj.(toolscache.DeletedFinalStateUnknown); ok {
			obj = d.Obj
		}
		o, _ := obj.(client.Object)
		return o
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) { s.Child(kind, object(obj), false) },
		UpdateFunc: func(old, obj any) {
			was, is := object(old), object(obj)
			if was.GetAnnotations()[expand.AnnotationOwner] != is.GetAnnotations()[expand.AnnotationOwner] {
				s.Child(kind, was, true)
			}
			if !sameFacts(was, is) {
				s.Child(kind, is, false)
			}
		},
		DeleteFunc: func(obj any) { s.Child(kind, object(obj), true) },
	}
}

// syncPatience is how long the start waits for the caches of all kinds. One kind that cannot be listed, because a right is
// missing or a conversion webhook is down, counts as not served until it can: it holds up no other.
const syncPatience = 30 * time.Second

// WaitForSync returns once every kind that was served at the start is in its cache, or was waited for long enough.
func (k *Kinds) WaitForSync(ctx context.Context) error {
	select {
	case <-k.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Kinds) waitForSynced(ctx context.Context) error {
	late := time.After(syncPatience)
	for {
		waiting := k.waiting()
		if len(waiting) == 0 {
			return nil
		}
		select {
		case <-late:
			k.log.Error(nil, "kinds cannot be listed, and count as not served until they can", "kinds", fmt.Sprint(waiting))
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (k *Kinds) waiting() (out []schema.GroupVersionKind) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.pods != nil && !k.pods.HasSynced() {
		out = append(out, corev1.SchemeGroupVersion.WithKind("Pod"))
	}
	for gvk, s := range k.states {
		if !s.synced {
			out = append(out, gvk)
		}
	}
	return out
}

// Unlisted tells whether a kind is served, and its cache is not there yet: nobody knows what there is of it.
func (k *Kinds) Unlisted(gvk schema.GroupVersionKind) bool {
	return slices.Contains(k.waiting(), gvk)
}

// Flavours say which kinds are served and in their cache now.
func (k *Kinds) Flavours() platform.Flavours {
	k.mu.RLock()
	defer k.mu.RUnlock()
	f := platform.Flavours{Missing: map[schema.GroupKind]bool{}}
	for _, kind := range foreign.Children {
		if s := k.states[kind.GroupVersionKind]; s == nil || !s.synced {
			f.Missing[kind.GroupKind()] = true
		}
	}
	return f
}

// Owned finds the children of an owner in the caches.
func (k *Kinds) Owned(ctx context.Context, owner string) (map[expand.Key]client.Object, error) {
	f := k.Flavours()
	out := map[expand.Key]client.Object{}
	for _, kind := range foreign.Children {
		if !f.Serves(kind.GroupVersionKind) {
			continue
		}
		list, err := k.scheme.New(kind.GroupVersion().WithKind(kind.Kind + "List"))
		if err != nil {
			return nil, err
		}
		if err := k.of(kind).List(ctx, list.(client.ObjectList), client.MatchingFields{indexOwner: owner}); err != nil {
			return nil, fmt.Errorf("list %s: %w", kind.CRD(), err)
		}
		err = meta.EachListItem(list, func(o runtime.Object) error {
			obj := o.(client.Object)
			out[expand.Key{Kind: kind.Kind, Namespace: obj.GetNamespace(), Name: obj.GetName()}] = obj
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Get finds one object of a served kind in the caches; nil when it is not there or its kind is not served.
func Get[T client.Object](ctx context.Context, k *Kinds, gvk schema.GroupVersionKind, key types.NamespacedName, into T) (T, error) {
	var none T
	if !k.Flavours().Serves(gvk) {
		return none, nil
	}
	kind, _ := foreign.Of(gvk)
	if err := k.of(kind).Get(ctx, key, into); err != nil {
		return none, client.IgnoreNotFound(err)
	}
	return into, nil
}
