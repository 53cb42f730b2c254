package actors

import (
	"reflect"
	"slices"
)

// comparison of what is rendered with what is there.
type comparison struct {
	synced    bool
	resources []any            // status.resources
	outOfSync []map[string]any // as an operation names them
	health    string
	images    []any
}

func (a *ArgoCD) compare(s *scene, app *object, r rendered) comparison {
	c := comparison{synced: true, health: "Missing"}
	for _, desired := range r.objects {
		live := s.get(workloadKind(desired), desired.GetNamespace(), desired.GetName())
		inSync := live != nil && upToDate(live, desired)
		c.add(desired, inSync)
		if live == nil {
			continue
		}
		c.health = "Healthy"
		if desired.GetKind() == deployments.name {
			c.health, c.images = deploymentHealth(live), runningImages(app, live)
		}
	}
	for _, extra := range a.extra(s, app, r) {
		c.add(extra, false)
	}
	return c
}

func (c *comparison) add(o *object, inSync bool) {
	gvk := o.GroupVersionKind()
	resource := map[string]any{"kind": gvk.Kind, "name": o.GetName(), "namespace": o.GetNamespace(), "version": gvk.Version, "status": "Synced"}
	named := map[string]any{"kind": gvk.Kind, "name": o.GetName()}
	if gvk.Group != "" {
		resource["group"], named["group"] = gvk.Group, gvk.Group
	}
	if !inSync {
		c.synced = false
		resource["status"] = "OutOfSync"
		c.outOfSync = append(c.outOfSync, named)
	}
	c.resources = append(c.resources, resource)
}

// report writes what has changed since the last report, in one merge patch; without a change, only a heartbeat.
func (a *ArgoCD) report(s *scene, app *object, r rendered, c comparison) error {
	found := s.edited(app, func(app *object) { a.found(s, app, r, c) })
	if reflect.DeepEqual(found.Object, app.Object) && !s.beat {
		return nil
	}
	if err := s.step(); err != nil {
		return err
	}
	old := app
	_, err := s.patch(applications, app, func(app *object) {
		a.found(s, app, r, c)
		if s.beat || !sameComparison(found, old) {
			set(app, s.later(text(app, "status", "reconciledAt")), "status", "reconciledAt")
		}
	})
	return err
}

// sameComparison: pods that become healthy, or go, are told without a comparison.
func sameComparison(a, b *object) bool {
	for _, field := range []string{"sync", "resources", "conditions"} {
		if !reflect.DeepEqual(a.Object["status"].(map[string]any)[field], mapping(b, "status")[field]) {
			return false
		}
	}
	return true
}

// found writes a comparison into the Application.
func (a *ArgoCD) found(s *scene, app *object, r rendered, c comparison) {
	status := "Synced"
	if !c.synced {
		status = "OutOfSync"
	}
	setProblems(app, s.now())
	a.compared(s, app, status, r.revision)
	setHealth(app, c.health, s.now())
	set(app, r.sourceType, "status", "sourceType")
	set(app, c.resources, "status", "resources")
	summary := map[string]any{}
	if len(c.images) > 0 && s.mode() != NoSummary {
		summary["images"] = c.images
	}
	if c.health != "Missing" || mapping(app, "status", "summary") != nil {
		set(app, summary, "status", "summary")
	}
}

// compared writes what every comparison writes, also a failed one, and takes a request to refresh away.
func (a *ArgoCD) compared(s *scene, app *object, status, revision string) {
	if refreshAsked(app) {
		annotations := app.GetAnnotations()
		delete(annotations, refreshAnnotation)
		app.SetAnnotations(annotations)
		set(app, s.later(text(app, "status", "reconciledAt")), "status", "reconciledAt")
	}
	if text(app, "status", "reconciledAt") == "" {
		set(app, s.now(), "status", "reconciledAt")
	}
	set(app, a.options.Namespace, "status", "controllerNamespace")
	set(app, "appTree", "status", "resourceHealthSource")
	set(app, map[string]any{
		"status": status, "revision": revision,
		"comparedTo": map[string]any{"source": field(app.Object, "spec", "source"), "destination": field(app.Object, "spec", "destination")},
	}, "status", "sync")
}

// deploymentHealth is Argo CD's check of a Deployment, but for the progress deadline.
func deploymentHealth(d *object) string {
	wanted := int64(1)
	if _, ok := field(d.Object, "spec", "replicas").(int64); ok {
		wanted = number(d, "spec", "replicas")
	}
	updated := number(d, "status", "updatedReplicas")
	switch {
	case d.GetDeletionTimestamp() != nil,
		d.GetGeneration() > number(d, "status", "observedGeneration"),
		updated < wanted,
		number(d, "status", "replicas") > updated,
		number(d, "status", "availableReplicas") < updated:
		return "Progressing"
	}
	return "Healthy"
}

// runningImages are those of the pods: the template's, during a rollout also those from before, none for no pods.
func runningImages(app, d *object) []any {
	var images []any
	replicas, updated := number(d, "status", "replicas"), number(d, "status", "updatedReplicas")
	if replicas > updated {
		images, _ = field(app.Object, "status", "summary", "images").([]any)
		images = slices.Clone(images)
	}
	if updated == 0 {
		return images
	}
	for _, container := range containers(d) {
		if !slices.Contains(images, container["image"]) {
			images = append(images, container["image"])
		}
	}
	return images
}
