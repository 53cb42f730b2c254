package apply

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

func ingressIntent() expand.Intent {
	u := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"ingressClassName": "nginx", "tls": []any{map[string]any{"hosts": []any{"a.example"}}}}}}
	u.SetGroupVersionKind(foreign.Ingress)
	u.SetName("web")
	u.SetAnnotations(map[string]string{"ours": "1"})
	u.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "X", Name: "x", UID: "u"}})
	return expand.Intent{Object: u}
}

func liveIngress() *networkingv1.Ingress {
	class := "nginx"
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Name: "web", UID: "live", Annotations: map[string]string{"ours": "1", "theirs": "2"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Y", Name: "y", UID: "v"}, {APIVersion: "v1", Kind: "X", Name: "x", UID: "u"}}},
		Spec: networkingv1.IngressSpec{IngressClassName: &class, TLS: []networkingv1.IngressTLS{{Hosts: []string{"a.example"}}},
			DefaultBackend: &networkingv1.IngressBackend{}},
	}
}

// What others add is not looked at; what is ours has to be there with its value, and lists as a whole.
func TestHeld(t *testing.T) {
	if !Held(ingressIntent(), liveIngress()) {
		t.Error("an object with additions of others is not held")
	}
	other := "other"
	for where, change := range map[string]func(*networkingv1.Ingress){
		"spec.ingressClassName":            func(i *networkingv1.Ingress) { i.Spec.IngressClassName = &other },
		"spec.ingressClassName ":           func(i *networkingv1.Ingress) { i.Spec.IngressClassName = nil },
		"spec.tls[0].hosts[0]":             func(i *networkingv1.Ingress) { i.Spec.TLS[0].Hosts = []string{"b.example"} },
		"spec.tls":                         func(i *networkingv1.Ingress) { i.Spec.TLS = append(i.Spec.TLS, networkingv1.IngressTLS{}) },
		"metadata.annotations.ours":        func(i *networkingv1.Ingress) { i.Annotations["ours"] = "2" },
		"metadata.ownerReferences[0].kind": func(i *networkingv1.Ingress) { i.OwnerReferences = i.OwnerReferences[:1] },
	} {
		live := liveIngress()
		change(live)
		if Held(ingressIntent(), live) {
			t.Errorf("%s: held although it was changed", where)
		}
		if got, _ := firstApart(ingressIntent(), live); got != strings.TrimSpace(where) {
			t.Errorf("the change of %s is named %s", where, got)
		}
	}
}

// Of a list that is merged by key, the item is named whose place it has.
func TestApartInMergedLists(t *testing.T) {
	image := func(name, strategy string) any {
		return map[string]any{"applicationRefs": []any{map[string]any{"images": []any{map[string]any{
			"imageName": name, "commonUpdateSettings": map[string]any{"updateStrategy": strategy}}}}}}
	}
	c := comparison{merged: []string{"applicationRefs", "images"}}
	const item = ".applicationRefs[0].images[0]"
	for want, have := range map[string]any{
		"":                  image("shop:latest", "digest"),
		item + ".imageName": image("shop", "digest"),
		item + ".commonUpdateSettings.updateStrategy": image("shop:latest", "newest-build"),
		".applicationRefs[0]":                         map[string]any{},
	} {
		if got, apart := c.apart(image("shop:latest", "digest"), have); got != want || apart != (want != "") {
			t.Errorf("got %q, %t; want %q", got, apart, want)
		}
	}
}

// A Secret in the cache holds hashes, however often the informer transforms it.
func TestHeldSecret(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{"data": map[string]any{"password": "c2VjcmV0"}}}
	u.SetGroupVersionKind(foreign.Secret)
	live := &corev1.Secret{Data: map[string][]byte{"password": []byte("secret"), "theirs": []byte("x")}}
	HashSecret(live)
	HashSecret(live)
	if string(live.Data["password"]) == "secret" || !Held(expand.Intent{Object: u}, live) {
		t.Error("a Secret is not held by its hashes")
	}
	changed := &corev1.Secret{Data: map[string][]byte{"password": []byte("evil")}}
	HashSecret(changed)
	if Held(expand.Intent{Object: u}, changed) {
		t.Error("a changed password is held")
	}
}

// Only what carries the back-reference is written, and nothing that a newer operator wrote. What somebody took off is
// made good by what is left.
func TestMayWrite(t *testing.T) {
	o := Owner{Name: "AfroApp/shop/web", UID: "1", NamespaceUID: "ns"}
	object := func(change func(labels, annotations map[string]string)) client.Object {
		l := map[string]string{expand.LabelManagedBy: expand.ManagedBy, expand.LabelOwnerUID: "earlier"}
		a := map[string]string{expand.AnnotationOwner: o.Name, expand.AnnotationNamespaceUID: "ns", expand.AnnotationRevision: "1"}
		change(l, a)
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Labels: l, Annotations: a}}
	}
	for _, c := range []struct {
		want   string
		change func(l, a map[string]string)
	}{
		{"", func(_, _ map[string]string) {}},
		{"", func(l, _ map[string]string) { delete(l, expand.LabelManagedBy) }},
		{"", func(l, a map[string]string) { clear(a); l[expand.LabelOwnerUID] = "1" }},
		{v1alpha1.ReasonConflict, func(_, a map[string]string) { delete(a, expand.AnnotationOwner) }},
		{v1alpha1.ReasonConflict, func(_, a map[string]string) { clear(a) }},
		{v1alpha1.ReasonConflict, func(l, a map[string]string) {
			a[expand.AnnotationOwner] = "AfroApp/other/web"
			l[expand.LabelOwnerUID] = "1"
		}},
		{v1alpha1.ReasonConflict, func(_, a map[string]string) { a[expand.AnnotationOwner] = "AfroApp/other/web" }},
		{v1alpha1.ReasonKeptData, func(_, a map[string]string) { a[expand.AnnotationNamespaceUID] = "earlier" }},
		{v1alpha1.ReasonNewerOperator, func(_, a map[string]string) { a[expand.AnnotationRevision] = "99" }},
	} {
		got := ""
		if r := o.mayWrite(expand.Key{Kind: "Secret", Name: "x"}, object(c.change)); r != nil {
			got = r.reason
		}
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	consented := object(func(_, a map[string]string) {
		a[expand.AnnotationNamespaceUID], a[v1alpha1.AnnotationConsentNamespace] = "earlier", "ns"
	})
	if r := o.mayWrite(expand.Key{}, consented); r != nil {
		t.Errorf("refused with the admin's consent: %+v", r)
	}
}

// A write covers an intent until the cache has come to it, or is doubted.
func TestPending(t *testing.T) {
	now := time.Unix(100, 0)
	p := newPending(func() time.Time { return now })
	key := expand.Key{Kind: "Secret", Name: "x"}
	p.record(key, v1alpha1.Child{UID: "u", Hash: "h"}, "20")
	if _, ok := p.covers(key, "h", "", ""); !ok {
		t.Error("not covered before the cache shows it")
	}
	if _, ok := p.covers(key, "other", "", ""); ok {
		t.Error("another intent is covered")
	}
	if _, ok := p.covers(key, "h", "u", "19"); !ok {
		t.Error("not covered while the cache is behind")
	}
	if _, ok := p.covers(key, "h", "u", "20"); ok {
		t.Error("covered although the cache has caught up")
	}
	p.record(key, v1alpha1.Child{UID: "u", Hash: "h"}, "20")
	now = now.Add(patience + time.Second)
	if _, ok := p.covers(key, "h", "", ""); ok {
		t.Error("a cache that never shows the write is trusted for ever")
	}
}
