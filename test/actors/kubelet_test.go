package actors_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/controlplane"
)

const pod = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: "registry.example.com/apps/web:latest"}]}
`

var podReady = both(is("Running", "status", "phase"), func(o *unstructured.Unstructured) bool { return conditionOf(o, "Ready")["status"] == "True" })

func TestKubeletStartsPods(t *testing.T) {
	ns := stageIn(t, "kubelet-right")
	images := actors.NewImages()
	play(t, actors.NewKubelet(config, actors.KubeletOptions{Registry: images}))
	apply(t, ns, pod)
	o := await(t, "Pod", ns, "web", "backing off", condition("Ready", "False", "ContainersNotReady"))
	holds(t, o, `status: {phase: Pending, containerStatuses: [{ready: false, imageID: "", state: {waiting: {reason: ImagePullBackOff}}}]}`)
	digest := images.Push(webImage + ":latest")
	o = await(t, "Pod", ns, "web", "ready", podReady)
	holds(t, o, fmt.Sprintf(`
status:
  containerStatuses: [{name: web, ready: true, started: true, restartCount: 0, image: "%[1]s:latest", imageID: "%[1]s@%[2]s", state: {running: {startedAt: "*"}}}]
  conditions: ["*", "*", {type: ContainersReady, status: "True"}, {type: Ready, status: "True"}]
`, webImage, digest))
	images.Push(webImage + ":latest")
	stays(t, "Pod", ns, "web", 200*time.Millisecond) // a container keeps the image it was started with
	remove(t, "Pod", ns, "web")
	awaitGone(t, "Pod", ns, "web")
}

func TestKubeletGoesWrong(t *testing.T) {
	for m, want := range map[actors.Mode]string{
		actors.ImagePullBackOff: `{phase: Pending, containerStatuses: [{ready: false, imageID: "", state: {waiting: {reason: ImagePullBackOff, message: "*"}}}]}`,
		actors.CrashLoop:        `{phase: Running, containerStatuses: [{ready: false, restartCount: 5, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}`,
		actors.NotReady:         `{phase: Running, containerStatuses: [{ready: false, started: true, state: {running: {startedAt: "*"}}}]}`,
	} {
		t.Run(string(m), func(t *testing.T) {
			ns := stageIn(t, "kubelet-"+strings.ToLower(string(m)))
			k := actors.NewKubelet(config, actors.KubeletOptions{})
			behave(t, k, mode(m))
			play(t, k)
			apply(t, ns, pod)
			o := await(t, "Pod", ns, "web", "unready", condition("Ready", "False", "ContainersNotReady"))
			holds(t, o, "status: "+want)
			if c := conditionOf(o, "Ready"); c["message"] != "containers with unready status: [web]" {
				t.Errorf("Ready says %q", c["message"])
			}
			behave(t, k, mode(""))
			await(t, "Pod", ns, "web", "ready", podReady)
		})
	}
}

// bare replaces the control plane by one without controllers for the rest of the test.
func bare(t *testing.T) {
	t.Helper()
	plane, err := controlplane.Start(t.Context(), controlplane.Options{})
	if err != nil {
		t.Fatal(err)
	}
	beforeConfig, beforeClient := config, client
	config = plane.Config()
	if client, err = dynamic.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		config, client = beforeConfig, beforeClient
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestKubeletPlaysDeployments(t *testing.T) {
	bare(t)
	ns := stageIn(t, "kubelet-deployments")
	images := actors.NewImages()
	first := images.Push(webImage + ":1")
	k := actors.NewKubelet(config, actors.KubeletOptions{Registry: images, Deployments: true})
	play(t, k)
	deployment := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "registry.example.com/apps/web:1"}]}}
`
	apply(t, ns, deployment)
	await(t, "Deployment", ns, "web", "available", both(is(int64(2), "status", "availableReplicas"), condition("Available", "True", "MinimumReplicasAvailable")))
	ids := func() string {
		pods, err := of("Pod", ns).List(context.Background(), listAll)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for i := range pods.Items {
			list, _, _ := unstructured.NestedSlice(pods.Items[i].Object, "status", "containerStatuses")
			for _, status := range list {
				found = append(found, fmt.Sprint(status.(map[string]any)["imageID"]))
			}
		}
		return strings.Join(found, " ")
	}
	if want := fmt.Sprintf("%[1]s@%[2]s %[1]s@%[2]s", webImage, first); ids() != want {
		t.Errorf("pods run %s, want %s", ids(), want)
	}
	second := images.Push(webImage + ":2")
	behave(t, k, mode(actors.NotReady))
	apply(t, ns, strings.Replace(deployment, "web:1", "web:2", 1))
	rolling := await(t, "Deployment", ns, "web", "rolling", both(is(int64(4), "status", "replicas"), condition("Progressing", "True", "ReplicaSetUpdated")))
	holds(t, rolling, "status: {updatedReplicas: 2, observedGeneration: 2}")
	behave(t, k, mode(""))
	await(t, "Deployment", ns, "web", "rolled out", both(is(int64(2), "status", "replicas"), condition("Progressing", "True", "NewReplicaSetAvailable")))
	if want := fmt.Sprintf("%[1]s@%[2]s %[1]s@%[2]s", webImage, second); ids() != want {
		t.Errorf("pods run %s, want %s", ids(), want)
	}
	edit(t, "Deployment", ns, "web", "spec: {replicas: 0}")
	await(t, "Deployment", ns, "web", "empty", both(is(nil, "status", "replicas"), is(int64(3), "status", "observedGeneration")))
}
