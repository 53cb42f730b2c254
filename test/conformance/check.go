package conformance

import (
	"errors"
	"fmt"

	argocd "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
)

const argocdVersion = "argoproj.io/v1alpha1"

// result is what a check of a corpus found.
type result struct {
	applications, projects int
	failures               []error // one per object, with story and name
}

// check decodes and validates every Application and AppProject among the objects. Any other kind of
// Argo CD's group is a failure: nobody said how to check it. So is a corpus without Application.
func check(objects []object) result {
	var r result
	applications := map[string][]*argocd.Application{}
	projects := map[string]map[string]*argocd.AppProject{}
	for _, o := range objects {
		if o.apiVersion != argocdVersion {
			continue
		}
		var err error
		switch o.kind {
		case "Application":
			app := &argocd.Application{}
			err = errors.Join(decode(o.json, app), validateApplication(app))
			applications[o.story] = append(applications[o.story], app)
			r.applications++
		case "AppProject":
			project := &argocd.AppProject{}
			err = errors.Join(decode(o.json, project), project.ValidateProject())
			if projects[o.story] == nil {
				projects[o.story] = map[string]*argocd.AppProject{}
			}
			projects[o.story][project.Name] = project
			r.projects++
		default:
			err = errors.New("no check for this kind")
		}
		r.fail(o.String(), err)
	}
	if r.applications == 0 {
		r.fail("the golden files", errors.New("they hold no Application: nothing was checked"))
	}
	for story, apps := range applications {
		for _, app := range apps {
			if project := projects[story][app.Spec.Project]; project != nil {
				r.fail(fmt.Sprintf("story %s: Application %s", story, app.Name), validateMembership(app, project))
			}
		}
	}
	return r
}

func (r *result) fail(who string, err error) {
	if err != nil {
		r.failures = append(r.failures, fmt.Errorf("%s: %w", who, err))
	}
}
