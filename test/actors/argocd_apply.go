package actors

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration"

// apply makes the workload what was rendered, client-side as Argo CD does, and prunes. It returns the results as
// syncResult holds them, and the messages of what failed.
func (a *ArgoCD) apply(s *scene, app *object, r rendered) (results []any, failures []string) {
	if err := s.step(); err != nil {
		return nil, []string{err.Error()}
	}
	for _, o := range r.objects {
		message, err := a.permittedAndApplied(s, app, o)
		result := syncResult(o, message, err)
		if err != nil {
			failures = append(failures, err.Error())
		}
		results = append(results, result)
	}
	if truth(app, "operation", "sync", "prune") {
		for _, extra := range a.extra(s, app, r) {
			err := s.delete(workloadKind(extra), extra, nil)
			results = append(results, syncResult(extra, "pruned", err))
		}
	}
	for _, result := range results {
		if len(failures) > 0 && result.(map[string]any)["hookPhase"] == "Running" {
			result.(map[string]any)["hookPhase"] = "Succeeded"
		}
	}
	return results, failures
}

func (a *ArgoCD) permittedAndApplied(s *scene, app, o *object) (string, error) {
	gvk := o.GroupVersionKind()
	if project := a.project(s, app); project == nil || !resourcePermitted(project, gvk.Group, gvk.Kind) {
		return "", fmt.Errorf("resource %s:%s is not permitted in project %s", gvk.Group, gvk.Kind, text(app, "spec", "project"))
	}
	verb, err := applyOne(s.as(workloadManager), o)
	return fmt.Sprintf("%s/%s %s", strings.ToLower(gvk.GroupKind().String()), o.GetName(), verb), err
}

// resourcePermitted by the lists of the project: what is black is not, and what is not white is not where there is
// a white list.
func resourcePermitted(project *object, group, kind string) bool {
	listed := func(list string) bool {
		for _, entry := range items(project, "spec", list) {
			g, _ := entry["group"].(string)
			k, _ := entry["kind"].(string)
			if globMatches(g, group, "") && globMatches(k, kind, "") {
				return true
			}
		}
		return false
	}
	_, limited := field(project.Object, "spec", "namespaceResourceWhitelist").([]any)
	return !listed("namespaceResourceBlacklist") && (!limited || listed("namespaceResourceWhitelist"))
}

func syncResult(o *object, message string, err error) map[string]any {
	gvk := o.GroupVersionKind()
	result := map[string]any{
		"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind, "namespace": o.GetNamespace(), "name": o.GetName(),
		"status": "Synced", "message": message, "hookPhase": "Running", "syncPhase": "Sync",
	}
	if message == "pruned" {
		result["status"] = "Pruned"
	}
	if err != nil {
		result["status"], result["message"], result["hookPhase"] = "SyncFailed", err.Error(), "Failed"
	}
	var images []any
	for _, container := range containers(o) {
		images = append(images, container["image"])
	}
	if images != nil {
		result["images"] = images
	}
	return result
}

// extra are workload objects of the Application that it no longer renders.
func (a *ArgoCD) extra(s *scene, app *object, r rendered) []*object {
	var extra []*object
	for _, live := range a.tracked(s, app) {
		if live.GetDeletionTimestamp() == nil && !contains(r.objects, live) {
			extra = append(extra, live)
		}
	}
	return extra
}

// tracked objects that are there, in the namespace of the destination.
func (a *ArgoCD) tracked(s *scene, app *object) []*object {
	_, namespace := destination(app)
	var found []*object
	for _, resource := range items(app, "status", "resources") {
		name, _ := resource["name"].(string)
		for _, k := range []kind{services, deployments} {
			live := s.get(k, namespace, name)
			if live == nil || resource["kind"] != k.name {
				continue
			}
			if instance, ok := trackingInstance(live); ok && instance == a.instance(app) && len(live.GetOwnerReferences()) == 0 {
				found = append(found, live)
			}
		}
	}
	return found
}

func contains(objects []*object, o *object) bool {
	for _, other := range objects {
		if other.GetKind() == o.GetKind() && other.GetName() == o.GetName() && other.GetNamespace() == o.GetNamespace() {
			return true
		}
	}
	return false
}

func workloadKind(o *object) kind {
	if o.GetKind() == deployments.name {
		return deployments
	}
	return services
}

var foreground = metav1.DeletePropagationForeground
