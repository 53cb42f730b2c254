package actors

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/client-go/rest"
)

// Modes of Kubelet.
const (
	// ImagePullBackOff cannot pull.
	ImagePullBackOff Mode = "ImagePullBackOff"
	// CrashLoop starts containers that exit at once.
	CrashLoop Mode = "CrashLoop"
	// NotReady starts containers whose readiness probe fails.
	NotReady Mode = "NotReady"
)

// KubeletOptions are the node of the played kubelet.
type KubeletOptions struct {
	// Registry that tags are resolved in when a container starts. Default: one that has every image.
	Registry Registry
	// Deployments plays the deployment controller too, for a control plane without one: ReplicaSets, Pods and the
	// status of Deployments.
	Deployments bool
}

// Kubelet starts every Pod, on no node. A container keeps the image that it was started with.
type Kubelet struct {
	role
	options KubeletOptions
}

// NewKubelet makes a kubelet that does not run yet.
func NewKubelet(config *rest.Config, o KubeletOptions) *Kubelet {
	o.Registry = registryOrAny(o.Registry)
	k := &Kubelet{options: o}
	k.role = newRole(config, "kubelet", "kubelet", ImagePullBackOff, CrashLoop, NotReady)
	k.cast = k.play
	return k
}

func (k *Kubelet) play(p *player) error {
	if registry, ok := k.options.Registry.(notifies); ok {
		p.whenever(registry.whenChanged, false, pods)
	}
	if k.options.Deployments {
		if err := playDeployments(p); err != nil {
			return err
		}
	}
	return p.on(pods, k.pod)
}

// pod gets the status that its containers would have.
func (k *Kubelet) pod(s *scene) error {
	pod := s.object
	if pod == nil || pod.GetDeletionTimestamp() != nil || text(pod, "spec", "nodeName") != "" {
		return nil
	}
	started := map[string]map[string]any{}
	for _, status := range items(pod, "status", "containerStatuses") {
		started[first(status["name"])] = status
	}
	var statuses []any
	ready := true
	for _, container := range items(pod, "spec", "containers") {
		status := k.container(s, container, started[first(container["name"])])
		ready = ready && status["ready"] == true
		statuses = append(statuses, status)
	}
	_, err := s.answer(pods, pod, func(o *object) { setPodStatus(s, o, statuses, ready) })
	return err
}

// container as it is now, with what is known of it from before.
func (k *Kubelet) container(s *scene, container, before map[string]any) map[string]any {
	image := first(container["image"])
	status := map[string]any{
		"name": container["name"], "image": image, "imageID": "", "ready": false, "started": false,
		"restartCount": int64(0), "lastState": map[string]any{},
	}
	imageID := first(before["imageID"])
	if imageID == "" {
		var err error
		if imageID, err = k.pull(s, image); err != nil {
			message := fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %v", image, err)
			status["state"] = map[string]any{"waiting": map[string]any{"reason": "ImagePullBackOff", "message": message}}
			return status
		}
	}
	status["imageID"] = imageID
	status["containerID"] = "containerd://" + strings.Repeat("0", 64)
	if s.mode() == CrashLoop {
		crashed(s, status)
		return status
	}
	startedAt := first(field(before, "state", "running", "startedAt"), s.now())
	status["state"] = map[string]any{"running": map[string]any{"startedAt": startedAt}}
	status["started"] = true
	status["ready"] = s.mode() != NotReady
	return status
}

// pull returns repository@digest, as containerd does.
func (k *Kubelet) pull(s *scene, image string) (string, error) {
	repository, tag, digest := splitImage(image)
	if s.mode() == ImagePullBackOff {
		return "", fmt.Errorf("failed to pull and unpack image %q: failed to resolve reference %q: %w", image, image, ErrNoImage)
	}
	if digest != "" {
		return repository + "@" + digest, nil
	}
	digest, err := k.options.Registry.Digest(s.ctx, repository+":"+first(tag, "latest"))
	if errors.Is(err, ErrNoImage) {
		err = fmt.Errorf("failed to pull and unpack image %q: failed to resolve reference %q: %s: not found", image, image, image)
	}
	return repository + "@" + digest, err
}

func crashed(s *scene, status map[string]any) {
	status["restartCount"] = int64(5)
	status["lastState"] = map[string]any{"terminated": map[string]any{
		"exitCode": int64(1), "reason": "Error", "containerID": status["containerID"],
	}}
	status["state"] = map[string]any{"waiting": map[string]any{
		"reason": "CrashLoopBackOff",
		"message": fmt.Sprintf("back-off 2m40s restarting failed container=%s pod=%s_%s(%s)",
			status["name"], s.object.GetName(), s.object.GetNamespace(), s.object.GetUID()),
	}}
}

func setPodStatus(s *scene, o *object, statuses []any, ready bool) {
	now := s.now()
	set(o, "Running", "status", "phase")
	for _, status := range statuses {
		if field(status.(map[string]any), "imageID") == "" {
			set(o, "Pending", "status", "phase")
		}
	}
	set(o, statuses, "status", "containerStatuses")
	set(o, "192.0.2.1", "status", "hostIP")
	set(o, "192.0.2.9", "status", "podIP")
	set(o, []any{map[string]any{"ip": "192.0.2.9"}}, "status", "podIPs")
	set(o, first(text(o, "status", "startTime"), now), "status", "startTime")
	for _, kind := range []string{"PodScheduled", "Initialized"} {
		setPodCondition(o, kind, "True", "", "", now)
	}
	status, reason, message := "True", "", ""
	if !ready {
		status, reason, message = "False", "ContainersNotReady", "containers with unready status: ["+unready(statuses)+"]"
	}
	for _, kind := range []string{"ContainersReady", "Ready"} {
		setPodCondition(o, kind, status, reason, message, now)
	}
}

func unready(statuses []any) string {
	var names []string
	for _, status := range statuses {
		if field(status.(map[string]any), "ready") != true {
			names = append(names, first(field(status.(map[string]any), "name")))
		}
	}
	return strings.Join(names, " ")
}

// setPodCondition leaves reason and message out where they are empty: a Pod's condition may lack them.
func setPodCondition(o *object, kind, status, reason, message, now string) {
	setCondition(o, condition{kind: kind, status: status, reason: reason, message: message}, now)
	c := getCondition(o, kind)
	for _, name := range []string{"reason", "message"} {
		if c[name] == "" {
			delete(c, name)
		}
	}
}
