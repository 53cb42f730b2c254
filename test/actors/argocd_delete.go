package actors

import (
	"fmt"
	"slices"
)

// finalize removes the workload of an Application that is being deleted, then its finalizer. Without the project
// it blocks, and says so.
func (a *ArgoCD) finalize(s *scene, app *object) error {
	if !hasFinalizer(app, resourcesFinalizer) {
		return nil
	}
	if a.project(s, app) == nil {
		return a.blocked(s, app)
	}
	workload := a.tracked(s, app)
	if len(workload) > 0 {
		return a.removeWorkload(s, app, workload)
	}
	return a.inTurn(s, app,
		func(app *object) { _ = outOfSync(app, false) },
		func(app *object) {
			if outOfSync(app, true) {
				setHealth(app, "Missing", s.now())
			}
		},
		func(app *object) {
			set(app, withoutFinalizers(app, resourcesFinalizer), "metadata", "finalizers")
		})
}

// blocked writes the conditions one after the other, as they were recorded.
func (a *ArgoCD) blocked(s *scene, app *object) error {
	name := text(app, "spec", "project")
	missing := projectMissing(name)
	deletion := problem{"DeletionError", fmt.Sprintf("error getting app project %q: appproject.argoproj.io %q not found", name, name)}
	if hasProblem(app, deletion) {
		return nil
	}
	return a.inTurn(s, app,
		func(app *object) { setProblems(app, s.now(), missing) },
		func(app *object) { setProblems(app, s.now(), deletion, missing) })
}

func hasProblem(app *object, p problem) bool {
	for _, c := range items(app, "status", "conditions") {
		if c["type"] == p.kind && c["message"] == p.message {
			return true
		}
	}
	return false
}

// removeWorkload deletes what is not yet being deleted; the watch tells when it is gone.
func (a *ArgoCD) removeWorkload(s *scene, app *object, workload []*object) error {
	if err := a.inTurn(s, app, func(app *object) { setProblems(app, s.now(), deletionProblems(app)...) }); err != nil {
		return err
	}
	for _, o := range slices.Backward(workload) { // as recorded: the Deployment before the Service
		if o.GetDeletionTimestamp() != nil {
			continue
		}
		propagation := &foreground
		if o.GetKind() != deployments.name {
			propagation = nil
		}
		if err := s.delete(workloadKind(o), o, propagation); err != nil {
			return err
		}
	}
	return a.inTurn(s, app,
		func(app *object) { setHealth(app, "Progressing", s.now()) },
		func(app *object) {
			if mapping(app, "status", "summary") != nil {
				unset(app, "status", "summary", "images")
			}
		})
}

// inTurn writes changes one after the other, as they were recorded.
func (a *ArgoCD) inTurn(s *scene, app *object, changes ...change) error {
	for _, by := range changes {
		if len(mergeDiff(app.Object, s.edited(app, by).Object)) == 0 {
			continue
		}
		if err := s.step(); err != nil {
			return err
		}
		var err error
		if app, err = s.patch(applications, app, by); err != nil {
			return err
		}
	}
	return nil
}

// deletionProblems stay when the project is back; the others do not.
func deletionProblems(app *object) []problem {
	var problems []problem
	for _, c := range items(app, "status", "conditions") {
		if c["type"] == "DeletionError" {
			problems = append(problems, problem{"DeletionError", c["message"].(string)})
		}
	}
	return problems
}

// outOfSync is the status when objects have gone: the Deployment, which waits for its pods, is the last of them. It says whether
// there was any.
func outOfSync(app *object, deploymentToo bool) bool {
	resources := items(app, "status", "resources")
	for _, resource := range resources {
		if deploymentToo || resource["kind"] != deployments.name {
			resource["status"] = "OutOfSync"
		}
	}
	if len(resources) == 0 {
		return false
	}
	set(app, anyList(resources), "status", "resources")
	set(app, "OutOfSync", "status", "sync", "status")
	return true
}
