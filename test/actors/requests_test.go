package actors_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/rest"

	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/evidence"
)

// requestsOf one actor that change something and were not refused, in order.
type requestsOf struct {
	mu    sync.Mutex
	lines []string
}

// heard is the configuration for an actor whose requests are heard.
func heard() (*rest.Config, *requestsOf) {
	r := &requestsOf{}
	listening := rest.CopyConfig(config)
	listening.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) { return r.pass(next, request) })
	})
	return listening, r
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func (r *requestsOf) pass(next http.RoundTripper, request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet {
		return next.RoundTrip(request)
	}
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	line, err := describe(request, body)
	if err != nil {
		return nil, err
	}
	response, err := next.RoundTrip(request)
	if err == nil && response.StatusCode < http.StatusBadRequest {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lines = append(r.lines, line)
	}
	return response, err
}

// describe a request as the recordings are described.
func describe(request *http.Request, body []byte) (string, error) {
	// /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE, or /api/VERSION/…
	words := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	at := slices.Index(words, "namespaces") + 2
	if at < 2 || at >= len(words) {
		return request.Method + " " + request.URL.Path, nil
	}
	resource := words[at]
	if len(words) > at+2 {
		resource += "/" + words[at+2]
	}
	out := evidence.Request{Resource: resource}
	switch {
	case request.Method == http.MethodPost:
		out.Verb = "create"
	case request.Method == http.MethodDelete:
		var options metav1.DeleteOptions
		if err := json.Unmarshal(body, &options); err != nil {
			return "", err
		}
		if out.Verb = "delete"; options.PropagationPolicy != nil {
			out.Fields = []string{string(*options.PropagationPolicy)}
		}
	case request.Method == http.MethodPut:
		put := map[string]any{}
		if err := utiljson.Unmarshal(body, &put); err != nil {
			return "", err
		}
		if out.Verb = "update"; strings.HasSuffix(resource, "/status") {
			out.Fields = evidence.Fields(map[string]any{"status": put["status"]})
			break
		}
		group := schema.GroupVersionResource{Group: words[1], Version: words[2], Resource: words[at]}
		before, err := client.Resource(group).Namespace(words[at-1]).Get(request.Context(), words[at+1], metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		out.Fields = evidence.Whole(changed(before.Object, put))
	case strings.Contains(request.Header.Get("Content-Type"), "json-patch"):
		var patch []evidence.Operation
		if err := json.Unmarshal(body, &patch); err != nil {
			return "", err
		}
		out.Verb, out.Fields = "patch", evidence.Touched(patch)
	default:
		patch := map[string]any{}
		if err := json.Unmarshal(body, &patch); err != nil {
			return "", err
		}
		if out.Verb = "patch"; words[at] == "applications" {
			out.Fields = evidence.Fields(patch)
		}
	}
	return out.String(), nil
}

// changed is what an update changes: in the metadata by its fields, and else as a whole.
func changed(before, after map[string]any) map[string]any {
	change := map[string]any{}
	for _, name := range []string{"spec", "operation"} {
		if !reflect.DeepEqual(before[name], after[name]) {
			change[name] = after[name]
		}
	}
	was, is := &unstructured.Unstructured{Object: before}, &unstructured.Unstructured{Object: after}
	if !slices.Equal(was.GetFinalizers(), is.GetFinalizers()) {
		change["metadata"] = map[string]any{"finalizers": is.GetFinalizers()}
	}
	return change
}

// until the last of the recorded requests was made, and about as many as were recorded.
func (r *requestsOf) until(t *testing.T, recorded []string, resources ...string) []string {
	t.Helper()
	var lines []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if lines = r.of(resources); len(lines) >= len(recorded)-1 && lines[len(lines)-1] == recorded[len(recorded)-1] {
			return lines
		}
	}
	t.Fatalf("the last request is never %q:\n  %s\nrecorded\n  %s", recorded[len(recorded)-1], strings.Join(lines, "\n  "), strings.Join(recorded, "\n  "))
	return nil
}

func (r *requestsOf) of(resources []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, line := range r.lines {
		if resource, _, _ := strings.Cut(strings.Fields(line)[1], "/"); slices.Contains(resources, resource) {
			lines = append(lines, line)
		}
	}
	return withoutPods(lines)
}

// withoutPods leaves the images of pods out: when they come and go is for Kubernetes to say, not for Argo CD.
func withoutPods(lines []string) []string {
	var others []string
	for _, line := range lines {
		if line = strings.Replace(line, " status.summary", "", 1); line != "patch applications" {
			others = append(others, line)
		}
	}
	return others
}

func (r *requestsOf) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = nil
}

// allowedRequests are the differences in order and effect, by recording.
var allowedRequests = map[string]evidence.Allowed{
	"argocd/refresh-annotation/writes.yaml": {
		"- patch applications status.health status.resources status.sync":                     apart,
		"- patch applications status.reconciledAt":                                            apart,
		"+ patch applications status.health status.reconciledAt status.resources status.sync": apart,
	},
}

// apart: Argo CD writes the time of a comparison together with what it found in one recording, and apart in another.
const apart = "the actor writes them together, as in the recorded first sync"

// inRecordedOrder holds that an actor changes what the real peer was recorded to change, by the same requests in the same order.
func inRecordedOrder(t *testing.T, r *requestsOf, file, component string, resources ...string) {
	t.Helper()
	recorded, err := evidence.Requests(file, component, resources...)
	if err != nil {
		t.Fatal(err)
	}
	recorded = withoutPods(recorded)
	played := r.until(t, recorded, resources...)
	if wrong := allowedRequests[file].Judge(evidence.InOrder(recorded, played)); len(wrong) > 0 {
		t.Errorf("%s: recorded (-), played (+):\n%s\nrecorded\n  %s\nplayed\n  %s", file, strings.Join(wrong, "\n"), strings.Join(recorded, "\n  "), strings.Join(played, "\n  "))
	}
}

const argoController, imageUpdater = "argocd-application-controller", "argocd-image-updater"

func TestArgoCDWritesInTheRecordedOrder(t *testing.T) {
	ns := "argo-order"
	stageIn(t, ns)
	listening, written := heard()
	play(t, actors.NewArgoCD(listening, actors.ArgoCDOptions{Namespace: ns}))
	apply(t, ns, fmt.Sprintf(project, ns))

	t.Run("a first sync", func(t *testing.T) {
		tape := record(t, "Application", ns, "web")
		apply(t, ns, fmt.Sprintf(application, ns))
		tape.until(t, argoStep, "- Succeeded Synced Progressing history=1 images=1")
		play(t, actors.NewKubelet(config, actors.KubeletOptions{}))
		await(t, "Application", ns, "web", "healthy", healthy)
		inRecordedOrder(t, written, "argocd/first-sync/writes.yaml", argoController, "applications", "deployments")
	})
	t.Run("a deletion", func(t *testing.T) {
		written.forget()
		remove(t, "Application", ns, "web")
		awaitGone(t, "Application", ns, "web")
		inRecordedOrder(t, written, "argocd/normal-delete/writes.yaml", argoController, "applications", "deployments", "services")
	})
	t.Run("a sync by hand is waited for", func(t *testing.T) {
		awaitGone(t, "Deployment", ns, "web") // one that is still going would be told of first
		awaitGone(t, "Service", ns, "web")
		written.forget()
		o := decode(t, fmt.Sprintf(application, ns))
		merge(t, o, `{syncPolicy: {automated: null}}`)
		create(t, ns, o)
		inRecordedOrder(t, written, "argocd/manual-sync-out-of-sync/writes.yaml", argoController, "applications")
	})
}

func TestArgoCDRefreshesInTheRecordedOrder(t *testing.T) {
	ns := "argo-refresh-order"
	stageIn(t, ns)
	repository := actors.NewRepository(actors.Kustomization("apps/web", "web", webImage+":latest", 80))
	listening, written := heard()
	argocd := actors.NewArgoCD(listening, actors.ArgoCDOptions{Namespace: ns, Repository: repository})
	behave(t, argocd, mode(actors.CommitNotSeen))
	play(t, argocd)
	play(t, actors.NewKubelet(config, actors.KubeletOptions{}))
	apply(t, ns, fmt.Sprintf(project, ns))
	apply(t, ns, strings.Replace(fmt.Sprintf(application, ns), "charts/afroapp-workload", "apps/web", 1))
	edit(t, "Application", ns, "web", `spec: {source: {helm: null}}`)
	await(t, "Application", ns, "web", "healthy", healthy)
	stays(t, "Application", ns, "web", 300*time.Millisecond)
	written.forget()
	repository.Commit(map[string]string{"apps/web/kustomization.yaml": "resources: [all.yaml]\nimages: [{name: " + webImage + ", newTag: latest, digest: \"sha256:bb\"}]\n"})
	edit(t, "Application", ns, "web", `metadata: {annotations: {argocd.argoproj.io/refresh: normal}}`)
	inRecordedOrder(t, written, "argocd/refresh-annotation/writes.yaml", argoController, "applications", "deployments")
}

func TestImageUpdaterWritesInTheRecordedOrder(t *testing.T) {
	ns := "updater-order"
	stageIn(t, ns)
	listening, written := heard()
	u := actors.NewImageUpdater(listening, actors.ImageUpdaterOptions{Interval: time.Hour})
	play(t, u)

	t.Run("three cycles", func(t *testing.T) {
		apply(t, ns, updater)
		last := ""
		for cycle := range 3 {
			if cycle > 0 {
				behave(t, u, mode("")) // a heartbeat
			}
			cr := await(t, "ImageUpdater", ns, "web", "idle again", both(idle(0, 0), func(o *unstructured.Unstructured) bool { return get(o, "status", "lastCheckedAt") != last }))
			last, _ = get(cr, "status", "lastCheckedAt").(string)
		}
		inRecordedOrder(t, written, "argocd/updater-cycle/writes.yaml", imageUpdater, "imageupdaters")
	})
	t.Run("its end", func(t *testing.T) {
		stays(t, "ImageUpdater", ns, "web", 300*time.Millisecond)
		written.forget()
		remove(t, "ImageUpdater", ns, "web")
		awaitGone(t, "ImageUpdater", ns, "web")
		inRecordedOrder(t, written, "argocd/updater-gone-finalizer/writes.yaml", imageUpdater, "imageupdaters")
	})
}

func TestImageUpdaterWritesBackInTheRecordedOrder(t *testing.T) {
	ns := "updater-back-order"
	images := actors.NewImages()
	images.Push(webImage + ":latest")
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	play(t, actors.NewKubelet(config, actors.KubeletOptions{Registry: images}))
	apply(t, ns, fmt.Sprintf(application, ns))
	await(t, "Application", ns, "web", "healthy", healthy)
	listening, written := heard()
	play(t, actors.NewImageUpdater(listening, actors.ImageUpdaterOptions{Registry: images, Interval: time.Hour}))
	apply(t, ns, updater)
	inRecordedOrder(t, written, "argocd/argocd-writeback-kustomize/writes.yaml", imageUpdater, "imageupdaters", "applications")
}
