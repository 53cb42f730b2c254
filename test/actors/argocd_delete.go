package actors

import "fmt"

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
	if err := s.step(); err != nil {
		return err
	}
	app, err := s.patch(applications, app, func(app *object) { gone(app, s.now()) })
	if err != nil {
		return err
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err = s.patch(applications, app, func(app *object) {
		set(app, withoutFinalizers(app, resourcesFinalizer), "metadata", "finalizers")
	})
	return err
}

// blocked writes the conditions one after the other, as they were recorded.
func (a *ArgoCD) blocked(s *scene, app *object) error {
	name := text(app, "spec", "project")
	missing := projectMissing(name)
	deletion := problem{"DeletionError", fmt.Sprintf("error getting app project %q: appproject.argoproj.io %q not found", name, name)}
	if hasProblem(app, deletion) {
		return nil
	}
	for _, problems := range [][]problem{{missing}, {deletion, missing}} {
		if err := s.step(); err != nil {
			return err
		}
		var err error
		app, err = s.patch(applications, app, func(app *object) { setProblems(app, s.now(), problems...) })
		if err != nil {
			return err
		}
	}
	return nil
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
	if err := s.step(); err != nil {
		return err
	}
	for _, o := range workload {
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
	_, err := s.patch(applications, app, func(app *object) {
		setHealth(app, "Progressing", s.now())
		if mapping(app, "status", "summary") != nil {
			unset(app, "status", "summary", "images")
		}
		setProblems(app, s.now(), deletionProblems(app)...)
	})
	return err
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

// gone is the status after the last object.
func gone(app *object, now string) {
	resources := items(app, "status", "resources")
	if len(resources) == 0 {
		return
	}
	for _, resource := range resources {
		resource["status"] = "OutOfSync"
	}
	set(app, anyList(resources), "status", "resources")
	set(app, "OutOfSync", "status", "sync", "status")
	setHealth(app, "Missing", now)
}
