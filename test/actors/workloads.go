package actors

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

const hashLabel = "pod-template-hash"

// controllerManager is the field manager of what the deployment controller writes.
const controllerManager = "kube-controller-manager"

// playDeployments plays the deployment and replicaset controllers in small: one ReplicaSet for each template, new
// Pods first, old ones gone when the new ones are ready.
func playDeployments(p *player) error {
	return firstError(
		p.on(deployments, deployment),
		p.also(replicaSets, func(o *object) []key { return deploymentOf(o) }),
		p.also(pods, func(o *object) []key { return deploymentOf(o) }),
	)
}

// deploymentOf a ReplicaSet or Pod, by the name of the ReplicaSet: <deployment>-<hash>.
func deploymentOf(o *object) []key {
	name := o.GetName()
	if o.GetKind() == pods.name {
		name = o.GetGenerateName()
	}
	hash := o.GetLabels()[hashLabel]
	name, ok := strings.CutSuffix(strings.TrimSuffix(name, "-"), "-"+hash)
	if !ok || hash == "" {
		return nil
	}
	return []key{{deployments, o.GetNamespace(), name}}
}

func deployment(s *scene) error {
	d := s.object
	if d == nil || d.GetDeletionTimestamp() != nil {
		return nil
	}
	s = s.as(controllerManager)
	set, err := s.replicaSet(d)
	if err != nil {
		return err
	}
	ours, old := s.podsOf(d, set)
	wanted := 1
	if n, ok := field(d.Object, "spec", "replicas").(int64); ok {
		wanted = int(n)
	}
	for len(ours) < wanted {
		pod, err := s.create(pods, newPod(d, set))
		if err != nil {
			return err
		}
		ours = append(ours, pod)
	}
	extra := ours[min(wanted, len(ours)):]
	ours = ours[:min(wanted, len(ours))]
	if readyCount(ours) == len(ours) {
		extra, old = append(extra, old...), nil
	}
	for _, pod := range extra {
		if err := s.delete(pods, pod, nil); err != nil {
			return err
		}
	}
	return s.rolledOut(d, set, ours, old, wanted)
}

// replicaSet of the current template.
func (s *scene) replicaSet(d *object) (*object, error) {
	template, err := json.Marshal(field(d.Object, "spec", "template"))
	if err != nil {
		return nil, err
	}
	sum := fnv.New32a()
	sum.Write(template)
	hash := strconv.FormatUint(uint64(sum.Sum32()), 36)
	name := d.GetName() + "-" + hash
	if found := s.get(replicaSets, d.GetNamespace(), name); found != nil {
		return found, nil
	}
	o := &object{Object: map[string]any{
		"metadata": map[string]any{"name": name, "namespace": d.GetNamespace()},
		"spec":     runtime.DeepCopyJSON(mapping(d, "spec")),
	}}
	for _, other := range []string{"strategy", "revisionHistoryLimit", "progressDeadlineSeconds", "paused"} {
		unset(o, "spec", other)
	}
	for _, path := range [][]string{{"metadata", "labels"}, {"spec", "selector", "matchLabels"}, {"spec", "template", "metadata", "labels"}} {
		labels := mapping(o, path...)
		if labels == nil {
			labels = runtime.DeepCopyJSON(mapping(d, "spec", "template", "metadata", "labels"))
		}
		labels[hashLabel] = hash
		set(o, labels, path...)
	}
	ownedBy(o, deployments, d, true)
	return s.create(replicaSets, o)
}

// podsOf the ReplicaSet, and of older ones.
func (s *scene) podsOf(d, set *object) (ours, old []*object) {
	for _, pod := range s.list(pods, d.GetNamespace()) {
		of := deploymentOf(pod)
		if pod.GetDeletionTimestamp() != nil || len(of) == 0 || of[0].name != d.GetName() {
			continue
		}
		if pod.GetLabels()[hashLabel] == set.GetLabels()[hashLabel] {
			ours = append(ours, pod)
		} else {
			old = append(old, pod)
		}
	}
	return ours, old
}

func newPod(d, set *object) *object {
	o := &object{Object: map[string]any{
		"metadata": map[string]any{
			"generateName": set.GetName() + "-", "namespace": d.GetNamespace(),
			"labels": runtime.DeepCopyJSON(mapping(set, "spec", "template", "metadata", "labels")),
		},
		"spec": runtime.DeepCopyJSON(mapping(d, "spec", "template", "spec")),
	}}
	ownedBy(o, replicaSets, set, true)
	return o
}

func readyCount(all []*object) int {
	count := 0
	for _, pod := range all {
		if isCondition(pod, "Ready", "True") {
			count++
		}
	}
	return count
}

// rolledOut writes the status of the Deployment, word for word that of kube-controller-manager.
func (s *scene) rolledOut(d, set *object, ours, old []*object, wanted int) error {
	ready := readyCount(ours) + readyCount(old)
	_, err := s.patchStatus(deployments, d, func(o *object) {
		setNumber(o, "observedGeneration", int(o.GetGeneration()))
		setNumber(o, "replicas", len(ours)+len(old))
		setNumber(o, "updatedReplicas", len(ours))
		setNumber(o, "readyReplicas", ready)
		setNumber(o, "availableReplicas", ready)
		setNumber(o, "unavailableReplicas", max(wanted-ready, 0))
		available := condition{kind: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability."}
		if ready < wanted {
			available.status, available.reason, available.message = "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
		}
		progressing := condition{kind: "Progressing", status: "True", reason: "NewReplicaSetAvailable",
			message: fmt.Sprintf("ReplicaSet %q has successfully progressed.", set.GetName())}
		if readyCount(ours) < wanted || len(old) > 0 {
			progressing.reason, progressing.message = "ReplicaSetUpdated", fmt.Sprintf("ReplicaSet %q is progressing.", set.GetName())
		}
		setCondition(o, available, s.now())
		setCondition(o, progressing, s.now())
	})
	return err
}

// setNumber leaves zero out, as the API does.
func setNumber(o *object, name string, value int) {
	if value == 0 {
		unset(o, "status", name)
		return
	}
	set(o, int64(value), "status", name)
}
