package gather

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/internal/expand"
)

// wholePod is a pod as the API server sends it: most of it nobody here reads.
func wholePod(n int) *corev1.Pod {
	image := fmt.Sprintf("ghcr.io/acme/app-%d", n)
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: fmt.Sprintf("app-%d-7d9c5b8f6d-x2x4z", n), Namespace: "shop", UID: "0d37e9f3-25d7-4b93-a18c-e42d14d184f6", ResourceVersion: "123456",
		Labels:      map[string]string{expand.LabelApp: fmt.Sprintf("app-%d", n), "pod-template-hash": "7d9c5b8f6d"},
		Annotations: map[string]string{"notes": strings.Repeat("a", 2000)},
		ManagedFields: []metav1.ManagedFieldsEntry{
			{Manager: "kubelet", FieldsV1: metav1.NewFieldsV1(strings.Repeat("f", 3000))},
		},
	}}
	container := corev1.Container{Name: "app", Image: image + ":latest"}
	for e := range 30 {
		container.Env = append(container.Env, corev1.EnvVar{Name: fmt.Sprintf("VARIABLE_%d", e), Value: strings.Repeat("v", 40)})
	}
	p.Spec.Containers = []corev1.Container{container}
	p.Status.Phase = corev1.PodRunning
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "app", Image: image + ":latest",
		ImageID: image + "@sha256:" + strings.Repeat("0", 64), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	return p
}

// Of a pod a few hundred bytes are kept, whatever is in it, and none of its environment, annotations and managed fields.
func TestLittleOfAPodIsKept(t *testing.T) {
	for n, more := range []func(*corev1.Pod){
		func(*corev1.Pod) {},
		func(p *corev1.Pod) { p.Annotations["more"] = strings.Repeat("b", 100_000) },
		func(p *corev1.Pod) { p.Spec.Containers[0].Args = []string{strings.Repeat("c", 100_000)} },
		func(p *corev1.Pod) { p.Status.Message = strings.Repeat("d", 100_000) },
		func(p *corev1.Pod) { p.Labels["more"] = strings.Repeat("e", 60) },
	} {
		p := wholePod(n)
		more(p)
		if _, err := diet(p); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 800 {
			t.Errorf("row %d: %d bytes are kept: %s", n, len(raw), raw)
		}
	}
}

// BenchmarkPodKept reports what a pod costs in the cache.
func BenchmarkPodKept(b *testing.B) {
	var kept []*corev1.Pod
	before := heapBytes()
	for b.Loop() {
		p := wholePod(len(kept))
		_, _ = diet(p)
		kept = append(kept, p)
	}
	b.StopTimer()
	b.ReportMetric(float64(heapBytes()-before)/float64(len(kept)), "bytes/pod")
	runtime.KeepAlive(kept)
}

func heapBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
