package controllers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// recorder has every version of one object, in the API server's order, by a watch of its own.
type recorder struct {
	mu       sync.Mutex
	versions []*unstructured.Unstructured // that were not taken yet
	last     uint64
	broken   string
}

// record every version after this one.
func record(t *testing.T, from *unstructured.Unstructured) *recorder {
	t.Helper()
	c, err := client.NewWithWatch(plane.Config(), client.Options{})
	must(t, err)
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(from.GroupVersionKind())
	ctx, cancel := context.WithCancel(context.Background())
	w, err := c.Watch(ctx, list, client.InNamespace(from.GetNamespace()), client.MatchingFields{"metadata.name": from.GetName()},
		&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: from.GetResourceVersion()}})
	must(t, err)
	r := &recorder{last: versionOf(from)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range w.ResultChan() {
			r.note(e)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.broken = "the watch has ended"
	}()
	t.Cleanup(func() {
		w.Stop()
		cancel()
		<-done
	})
	return r
}

func versionOf(o *unstructured.Unstructured) uint64 {
	n, _ := strconv.ParseUint(o.GetResourceVersion(), 10, 64)
	return n
}

func (r *recorder) note(e watch.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, ok := e.Object.(*unstructured.Unstructured)
	if !ok || e.Type != watch.Modified {
		r.broken = fmt.Sprintf("%s: %v", e.Type, e.Object)
		return
	}
	r.versions, r.last = append(r.versions, o), versionOf(o)
}

// take the versions up to one that was read.
func (r *recorder) take(t *testing.T, upTo *unstructured.Unstructured) (out []*unstructured.Unstructured) {
	t.Helper()
	eventually(t, func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.broken != "" {
			t.Fatal(r.broken)
		}
		if r.last < versionOf(upTo) {
			return fmt.Errorf("version %d is not recorded yet", versionOf(upTo))
		}
		out, r.versions = r.versions, nil
		return nil
	})
	return out
}

// laws are what holds of every version of an Application, whoever wrote it.
type laws struct {
	flavour
	generation int64
	number     int // of the digest that image-updater wrote last; 0: none
	versions   int
}

// hold judges one version more. While the image is pinned, what image-updater wrote is no longer its own.
func (l *laws) hold(o *unstructured.Unstructured, pinned bool) error {
	l.versions++
	// An Application has no status subresource: its generation counts every change outside of the metadata.
	if step := o.GetGeneration() - l.generation; step < 0 || step > 1 {
		return fmt.Errorf("generation %d comes after %d: a version is missing", o.GetGeneration(), l.generation)
	}
	l.generation = o.GetGeneration()
	was, is := l.number, l.numberOf(o)
	l.number = is
	switch {
	case pinned:
		return nil
	case is == 0 && was != 0:
		return fmt.Errorf("the image %d of image-updater was taken away", was)
	case is < was:
		return fmt.Errorf("the image %d of image-updater was replaced by the older %d", was, is)
	}
	return ours(o)
}

// numberOf is the number of the digest that stands where image-updater writes.
func (l *laws) numberOf(o *unstructured.Unstructured) int {
	value, _, _ := unstructured.NestedFieldNoCopy(o.Object, l.field...)
	_, digest, found := strings.Cut(fmt.Sprint(value), "sha256:")
	if !found || len(digest) < 64 {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimLeft(digest[:64], "0"))
	if err != nil {
		return 0
	}
	return n
}

// ours tells whether we own nothing of image-updater's, and own by apply only.
func ours(o *unstructured.Unstructured) error {
	for _, m := range o.GetManagedFields() {
		fields := string(m.FieldsV1.GetRawBytes())
		switch {
		case m.Manager != "afroapp":
		case m.Operation != metav1.ManagedFieldsOperationApply:
			return fmt.Errorf("the operator owns fields by %s: %s", m.Operation, fields)
		case strings.Contains(fields, `"f:parameters"`) || strings.Contains(fields, `"f:images"`):
			return fmt.Errorf("the operator owns a field of image-updater: %s", fields)
		}
	}
	return nil
}

// ownedLeaves are fields of ours that hold a value. Whoever wrote a block again owns the block too, and that says nothing.
var ownedLeaves = []string{"project", "server", "repoURL", "path", "targetRevision", "prune", "selfHeal", "releaseName", "patches",
	"repository", "tag", "port", "replicas", "env", "runAsUser", "cpu", "memory"}

// theirs tells whether others than Argo CD own a value of ours.
func theirs(o *unstructured.Unstructured) error {
	for _, m := range o.GetManagedFields() {
		if m.Manager == "afroapp" || m.Manager == "argocd-application-controller" {
			continue
		}
		fields := string(m.FieldsV1.GetRawBytes())
		for _, mine := range ownedLeaves {
			if strings.Contains(fields, `"f:`+mine+`"`) {
				return fmt.Errorf("%s owns %s: %s", m.Manager, mine, fields)
			}
		}
	}
	return nil
}
