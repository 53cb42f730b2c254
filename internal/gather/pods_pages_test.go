package gather

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/foreign"
)

// pages is an API server that serves one pod a page.
type pages struct {
	client.Reader
	pods, asked int
}

func (p *pages) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	o := client.ListOptions{}
	o.ApplyOptions(opts)
	at := 0
	_, _ = fmt.Sscan(o.Continue, &at)
	p.asked++
	list := into.(*corev1.PodList)
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("web-", at), Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: "1"},
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-1", Controller: new(true)}}}}
	list.Items = []corev1.Pod{pod}
	if at+1 < p.pods {
		list.Continue = fmt.Sprint(at + 1)
	}
	return nil
}

// The pod with the old image may stand on the last page of its namespace.
func TestPodsOfAllPages(t *testing.T) {
	of := []foreign.ArgoResource{{Kind: "Deployment", Namespace: "shop", Name: "web"}}
	for _, n := range []int{1, 3, podPages} {
		p := &pages{pods: n}
		found, err := (&Kinds{live: p}).FindPods(t.Context(), "shop", of)
		if err != nil || len(found) != n || p.asked != n {
			t.Errorf("of %d pages: %d pods in %d requests, %v", n, len(found), p.asked, err)
		}
	}
	p := &pages{pods: podPages + 1}
	if found, err := (&Kinds{live: p}).FindPods(t.Context(), "shop", of); err == nil {
		t.Errorf("of too many pages: %d pods in %d requests", len(found), p.asked)
	}
}
