package actors

import (
	"fmt"
	"regexp"
	"strings"
)

const inCluster = "https://kubernetes.default.svc"

// problem is a condition of an Application. It has no status: it is there or not.
type problem struct{ kind, message string }

// refusal says why nothing is compared at all.
func (a *ArgoCD) refusal(s *scene, app *object) []problem {
	name := text(app, "spec", "project")
	project := a.project(s, app)
	if project == nil {
		return []problem{projectMissing(name)}
	}
	if s.mode() == NotPermitted || !a.mayBeUsedFrom(project, app.GetNamespace()) {
		return []problem{{"UnknownError", fmt.Sprintf("application '%s' in namespace '%s' is not permitted to use project '%s'",
			app.GetName(), app.GetNamespace(), name)}}
	}
	var problems []problem
	if repo := text(app, "spec", "source", "repoURL"); !permitted(texts(field(project.Object, "spec", "sourceRepos")), repo, "/") {
		problems = append(problems, problem{"InvalidSpecError", fmt.Sprintf("application repo %s is not permitted in project '%s'", repo, name)})
	}
	server, namespace := destination(app)
	if server != inCluster {
		return append(problems, problem{"InvalidSpecError", fmt.Sprintf(
			"error getting cluster by server %q: rpc error: code = NotFound desc = cluster %q not found", server, server)})
	}
	if !destinationPermitted(project, server, namespace) {
		problems = append(problems, problem{"InvalidSpecError", fmt.Sprintf(
			"application destination server '%s' and namespace '%s' do not match any of the allowed destinations in project '%s'", server, namespace, name)})
	}
	return problems
}

// project of the Application, or nil.
func (a *ArgoCD) project(s *scene, app *object) *object {
	if s.mode() == ProjectMissing {
		return nil
	}
	project := s.get(appProjects, a.options.Namespace, text(app, "spec", "project"))
	if project == nil || project.GetDeletionTimestamp() != nil {
		return nil
	}
	return project
}

func projectMissing(name string) problem {
	return problem{"InvalidSpecError", fmt.Sprintf("Application referencing project %s which does not exist", name)}
}

func (a *ArgoCD) mayBeUsedFrom(project *object, namespace string) bool {
	return namespace == a.options.Namespace || permitted(texts(field(project.Object, "spec", "sourceNamespaces")), namespace, "")
}

func destination(app *object) (server, namespace string) {
	server = text(app, "spec", "destination", "server")
	if server == "" && text(app, "spec", "destination", "name") == "in-cluster" {
		server = inCluster
	}
	return server, text(app, "spec", "destination", "namespace")
}

func destinationPermitted(project *object, server, namespace string) bool {
	for _, allowed := range items(project, "spec", "destinations") {
		allowedServer, _ := allowed["server"].(string)
		if allowedServer == "" && allowed["name"] == "in-cluster" {
			allowedServer = inCluster
		}
		allowedNamespace, _ := allowed["namespace"].(string)
		if permitted([]string{allowedServer}, server, "") && permitted([]string{allowedNamespace}, namespace, "") {
			return true
		}
	}
	return false
}

// permitted says whether one of the patterns matches, and none that begins with "!" does. A lone "*" matches
// everything; in others it stops at the separator.
func permitted(patterns []string, value, separator string) bool {
	found := false
	for _, pattern := range patterns {
		rest, denied := strings.CutPrefix(pattern, "!")
		switch {
		case !globMatches(rest, value, separator):
		case denied:
			return false
		default:
			found = true
		}
	}
	return found
}

func globMatches(pattern, value, separator string) bool {
	if pattern == "*" {
		return true
	}
	star := ".*"
	if separator != "" {
		star = "[^" + regexp.QuoteMeta(separator) + "]*"
	}
	expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, star) + "$"
	return regexp.MustCompile(expression).MatchString(value)
}

// refuse writes the conditions and nothing else: a refused Application has no sourceType and no heartbeat.
func (a *ArgoCD) refuse(s *scene, app *object, problems []problem) error {
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.patch(applications, app, func(app *object) {
		setProblems(app, s.now(), problems...)
		set(app, "Unknown", "status", "sync", "status")
		setHealth(app, "Unknown", s.now())
	})
	return err
}

// setProblems replaces the conditions; one that stays keeps its time.
func setProblems(app *object, now string, problems ...problem) {
	if len(problems) == 0 {
		unset(app, "status", "conditions")
		return
	}
	var conditions []any
	for _, p := range problems {
		since := any(now)
		for _, old := range items(app, "status", "conditions") {
			if old["type"] == p.kind && old["message"] == p.message {
				since = old["lastTransitionTime"]
			}
		}
		conditions = append(conditions, map[string]any{"type": p.kind, "message": p.message, "lastTransitionTime": since})
	}
	set(app, conditions, "status", "conditions")
}

func setHealth(app *object, health, now string) {
	if text(app, "status", "health", "status") != health {
		set(app, map[string]any{"status": health, "lastTransitionTime": now}, "status", "health")
	}
}
