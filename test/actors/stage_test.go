package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/controlplane"
)

// patience is how long a test waits for an answer. It is long because the machine may be busy.
const patience = 15 * time.Second

var resources = map[string]schema.GroupVersionResource{
	"Application":              {Group: "argoproj.io", Version: "v1alpha1", Resource: "applications"},
	"AppProject":               {Group: "argoproj.io", Version: "v1alpha1", Resource: "appprojects"},
	"ImageUpdater":             {Group: "argocd-image-updater.argoproj.io", Version: "v1alpha1", Resource: "imageupdaters"},
	"Certificate":              {Group: "cert-manager.io", Version: "v1", Resource: "certificates"},
	"ClusterIssuer":            {Group: "cert-manager.io", Version: "v1", Resource: "clusterissuers"},
	"Cluster":                  {Group: "postgresql.cnpg.io", Version: "v1", Resource: "clusters"},
	"Database":                 {Group: "postgresql.cnpg.io", Version: "v1", Resource: "databases"},
	"DatabaseRole":             {Group: "postgresql.cnpg.io", Version: "v1", Resource: "databaseroles"},
	"ScheduledBackup":          {Group: "postgresql.cnpg.io", Version: "v1", Resource: "scheduledbackups"},
	"Backup":                   {Group: "postgresql.cnpg.io", Version: "v1", Resource: "backups"},
	"ObjectStore":              {Group: "barmancloud.cnpg.io", Version: "v1", Resource: "objectstores"},
	"Gateway":                  {Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways"},
	"HTTPRoute":                {Group: "gateway.networking.k8s.io", Version: "v1", Resource: "httproutes"},
	"ListenerSet":              {Group: "gateway.networking.k8s.io", Version: "v1", Resource: "listenersets"},
	"Ingress":                  {Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
	"Deployment":               {Group: "apps", Version: "v1", Resource: "deployments"},
	"Service":                  {Version: "v1", Resource: "services"},
	"Secret":                   {Version: "v1", Resource: "secrets"},
	"ConfigMap":                {Version: "v1", Resource: "configmaps"},
	"Pod":                      {Version: "v1", Resource: "pods"},
	"Namespace":                {Version: "v1", Resource: "namespaces"},
	"CustomResourceDefinition": {Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
}

var clusterScoped = map[string]bool{"ClusterIssuer": true, "Namespace": true, "CustomResourceDefinition": true}

func of(kind, namespace string) dynamic.ResourceInterface {
	if clusterScoped[kind] {
		return client.Resource(resources[kind])
	}
	return client.Resource(resources[kind]).Namespace(namespace)
}

var listAll metav1.ListOptions

func applyAs(manager string) metav1.ApplyOptions {
	return metav1.ApplyOptions{FieldManager: manager, Force: true}
}

// play runs an actor for the test, and holds that it ends with its context.
func play(t *testing.T, actor actors.Actor) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- actor.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s: %v", actor.Name(), err)
			}
		case <-time.After(patience):
			t.Errorf("%s does not end with its context", actor.Name())
		}
	})
}

type behaves interface {
	Behave(func(*actors.Behaviour)) error
}

func behave(t *testing.T, actor behaves, change func(*actors.Behaviour)) {
	t.Helper()
	if err := actor.Behave(change); err != nil {
		t.Fatal(err)
	}
}

func mode(m actors.Mode) func(*actors.Behaviour) {
	return func(b *actors.Behaviour) { b.Mode = m }
}

// stageIn makes a namespace of the test's own. What actors would go on answering is removed after the test.
func stageIn(t *testing.T, name string) string {
	t.Helper()
	apply(t, "", "{apiVersion: v1, kind: Namespace, metadata: {name: "+name+"}}")
	t.Cleanup(func() {
		for _, kind := range []string{"Application", "ImageUpdater", "Certificate", "Cluster", "ScheduledBackup", "Backup", "Deployment", "HTTPRoute"} {
			sweep(t, kind, name)
		}
	})
	return name
}

func sweep(t *testing.T, kind, namespace string) {
	t.Helper()
	ctx := context.Background() // that of the test has ended
	list, err := of(kind, namespace).List(ctx, listAll)
	if err != nil {
		return // not served in this control plane
	}
	for _, o := range list.Items {
		if len(o.GetFinalizers()) > 0 {
			_, err = of(kind, namespace).Patch(ctx, o.GetName(), "application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		}
		if err == nil {
			err = of(kind, namespace).Delete(ctx, o.GetName(), metav1.DeleteOptions{})
		}
		if err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("sweeping %s %s/%s: %v", kind, namespace, o.GetName(), err)
		}
	}
}

// apply sends the documents as the operator does: server-side, with a field manager of its own.
func apply(t *testing.T, namespace, documents string) {
	t.Helper()
	for _, document := range strings.Split(documents, "\n---\n") {
		o := decode(t, document)
		if !clusterScoped[o.GetKind()] && o.GetNamespace() == "" {
			o.SetNamespace(namespace)
		}
		if _, err := of(o.GetKind(), o.GetNamespace()).Apply(t.Context(), o.GetName(), o, applyAs("afroapp")); err != nil {
			t.Fatalf("applying %s %s: %v", o.GetKind(), o.GetName(), err)
		}
	}
}

// applyWhenServed waits for the API server to serve a kind that is new.
func applyWhenServed(t *testing.T, namespace, document string) {
	t.Helper()
	o := decode(t, document)
	o.SetNamespace(namespace)
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err = of(o.GetKind(), namespace).Apply(t.Context(), o.GetName(), o, applyAs("afroapp")); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// create sends the object once; nobody else's fields are asked for.
func create(t *testing.T, namespace string, o *unstructured.Unstructured) {
	t.Helper()
	if !clusterScoped[o.GetKind()] {
		o.SetNamespace(namespace)
	}
	if _, err := of(o.GetKind(), namespace).Create(t.Context(), o, metav1.CreateOptions{FieldManager: "afroapp"}); err != nil {
		t.Fatal(err)
	}
}

// merge changes the spec of a manifest by a merge patch in YAML.
func merge(t *testing.T, o *unstructured.Unstructured, patch string) {
	t.Helper()
	change := decode(t, "{kind: Patch, spec: "+patch+"}")
	mergeInto(o.Object["spec"].(map[string]any), change.Object["spec"].(map[string]any))
}

func mergeInto(fields, patch map[string]any) {
	for name, value := range patch {
		inner, isMap := value.(map[string]any)
		before, wasMap := fields[name].(map[string]any)
		switch {
		case value == nil:
			delete(fields, name)
		case isMap && wasMap:
			mergeInto(before, inner)
		default:
			fields[name] = value
		}
	}
}

func decode(t *testing.T, document string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	converted, err := yaml.YAMLToJSON([]byte(document))
	if err == nil {
		err = o.UnmarshalJSON(converted)
	}
	if err != nil {
		t.Fatalf("%v in:\n%s", err, document)
	}
	return o
}

func remove(t *testing.T, kind, namespace, name string) {
	t.Helper()
	if err := of(kind, namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, kind, namespace, name, mergePatch string) {
	t.Helper()
	converted, err := yaml.YAMLToJSON([]byte(mergePatch))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := of(kind, namespace).Patch(t.Context(), name, "application/merge-patch+json", converted, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

func fetch(t *testing.T, kind, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	o, err := of(kind, namespace).Get(t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// await the object in a state. It fails with the last state that it saw.
func await(t *testing.T, kind, namespace, name, what string, is func(*unstructured.Unstructured) bool) *unstructured.Unstructured {
	t.Helper()
	var last *unstructured.Unstructured
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if last = fetch(t, kind, namespace, name); last != nil && is(last) {
			return last
		}
	}
	t.Fatalf("%s %s/%s is never %s; it is:\n%s", kind, namespace, name, what, dump(last))
	return nil
}

func awaitGone(t *testing.T, kind, namespace, name string) {
	t.Helper()
	var last *unstructured.Unstructured
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if last = fetch(t, kind, namespace, name); last == nil {
			return
		}
	}
	t.Fatalf("%s %s/%s never goes; it is:\n%s", kind, namespace, name, dump(last))
}

// stays holds that the object does not change for the time.
func stays(t *testing.T, kind, namespace, name string, during time.Duration) *unstructured.Unstructured {
	t.Helper()
	before := fetch(t, kind, namespace, name)
	time.Sleep(during)
	after := fetch(t, kind, namespace, name)
	if before == nil || after == nil || before.GetResourceVersion() != after.GetResourceVersion() {
		t.Fatalf("%s %s/%s does not stay as it is; it was:\n%sand is:\n%s", kind, namespace, name, dump(before), dump(after))
	}
	return after
}

func dump(o *unstructured.Unstructured) string {
	if o == nil {
		return "(absent)\n"
	}
	o = o.DeepCopy()
	o.SetManagedFields(nil)
	text, _ := yaml.Marshal(o.Object)
	return string(text)
}

func get(o *unstructured.Unstructured, path ...string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
	return value
}

// is builds a check of one field.
func is(want any, path ...string) func(*unstructured.Unstructured) bool {
	return func(o *unstructured.Unstructured) bool { return reflect.DeepEqual(get(o, path...), want) }
}

func both(checks ...func(*unstructured.Unstructured) bool) func(*unstructured.Unstructured) bool {
	return func(o *unstructured.Unstructured) bool {
		for _, check := range checks {
			if !check(o) {
				return false
			}
		}
		return true
	}
}

// condition builds a check of one condition's status and reason.
func condition(kind, status, reason string) func(*unstructured.Unstructured) bool {
	return func(o *unstructured.Unstructured) bool {
		c := conditionOf(o, kind)
		return c["status"] == status && c["reason"] == reason
	}
}

func conditionOf(o *unstructured.Unstructured, kind string) map[string]any {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, entry := range conditions {
		if c := entry.(map[string]any); c["type"] == kind {
			return c
		}
	}
	return nil
}

// holds compares fields with YAML: every field that it names has to be so, word for word.
func holds(t *testing.T, o *unstructured.Unstructured, want string) {
	t.Helper()
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(want), &fields); err != nil {
		t.Fatal(err)
	}
	have, _ := json.Marshal(o.Object)
	var all map[string]any
	_ = json.Unmarshal(have, &all)
	if different := missing("", fields, all); len(different) > 0 {
		t.Errorf("%s %s differs:\n%s\nit is:\n%s", o.GetKind(), o.GetName(), strings.Join(different, "\n"), dump(o))
	}
}

// missing compares maps by their fields, lists whole, and "*" with anything that is there.
func missing(path string, want, have any) []string {
	wanted, ok := want.(map[string]any)
	if !ok {
		list, isList := want.([]any)
		haveList, haveIsList := have.([]any)
		if isList && haveIsList && len(list) == len(haveList) {
			var all []string
			for i := range list {
				all = append(all, missing(fmt.Sprintf("%s[%d]", path, i), list[i], haveList[i])...)
			}
			return all
		}
		if want == "*" && have != nil || reflect.DeepEqual(want, have) {
			return nil
		}
		return []string{fmt.Sprintf("%s: want %v, have %v", path, want, have)}
	}
	fields, _ := have.(map[string]any)
	var all []string
	for name, value := range wanted {
		all = append(all, missing(path+"."+name, value, fields[name])...)
	}
	return all
}

// managers are the owners of fields, as "manager operation subresource".
func managers(o *unstructured.Unstructured) map[string]bool {
	found := map[string]bool{}
	for _, entry := range o.GetManagedFields() {
		found[strings.TrimSpace(fmt.Sprintf("%s %s %s", entry.Manager, entry.Operation, entry.Subresource))] = true
	}
	return found
}

func managedBy(t *testing.T, o *unstructured.Unstructured, want ...string) {
	t.Helper()
	for _, name := range want {
		if !managers(o)[name] {
			t.Errorf("%s %s: %q owns nothing; owners are %v", o.GetKind(), o.GetName(), name, managers(o))
		}
	}
}

// tape records every state that an object goes through.
type tape struct {
	mu     sync.Mutex
	states []*unstructured.Unstructured
}

func record(t *testing.T, kind, namespace, name string) *tape {
	t.Helper()
	w, err := of(kind, namespace).Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=" + name})
	if err != nil {
		t.Fatal(err)
	}
	r := &tape{}
	go func() {
		for event := range w.ResultChan() {
			if o, ok := event.Object.(*unstructured.Unstructured); ok && event.Type != watch.Deleted {
				r.mu.Lock()
				r.states = append(r.states, o)
				r.mu.Unlock()
			}
		}
	}()
	t.Cleanup(w.Stop)
	return r
}

// steps describes the states, without repetitions.
func (r *tape) steps(describe func(*unstructured.Unstructured) string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var steps []string
	for _, state := range r.states {
		if step := describe(state); len(steps) == 0 || steps[len(steps)-1] != step {
			steps = append(steps, step)
		}
	}
	return steps
}

// until the last step is so; it returns all of them.
func (r *tape) until(t *testing.T, describe func(*unstructured.Unstructured) string, last string) []string {
	t.Helper()
	var steps []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if steps = r.steps(describe); len(steps) > 0 && steps[len(steps)-1] == last {
			return steps
		}
	}
	t.Fatalf("the last step is never %q:\n  %s", last, strings.Join(steps, "\n  "))
	return nil
}

func sameSteps(t *testing.T, have, want []string) {
	t.Helper()
	if !reflect.DeepEqual(have, want) {
		t.Errorf("steps differ:\n have\n  %s\n want\n  %s", strings.Join(have, "\n  "), strings.Join(want, "\n  "))
	}
}

// requests in the namespace by the user agents of the actors, as "verb resource/subresource", oldest first.
func requests(t *testing.T, namespace string) []string {
	t.Helper()
	entries, err := controlplane.ReadAudit(audit)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		others := []string{"actors.test", "kube-controller-manager", "kube-apiserver"}
		if e.ObjectRef.Namespace != namespace || slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(e.UserAgent, other) }) {
			continue
		}
		what := e.Verb + " " + e.ObjectRef.Resource
		if e.ObjectRef.Subresource != "" {
			what += "/" + e.ObjectRef.Subresource
		}
		found = append(found, what)
	}
	return found
}
