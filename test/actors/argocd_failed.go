package actors

import (
	"fmt"
	"strings"
	"time"
)

// failed ends an attempt. The phase stays Running while retries are left, and the health is that of what was
// applied before the failure: Healthy.
func (a *ArgoCD) failed(s *scene, app *object, state map[string]any, r rendered, results []any, failures []string) error {
	if err := s.step(); err != nil {
		return err
	}
	message := "one or more synchronization tasks completed unsuccessfully, reason: " + strings.Join(failures, ",")
	retries := integer(state["retryCount"])
	if retries < retryLimit {
		retries++
		at := time.Now().UTC().Add(a.options.RetryBackoff << (retries - 1))
		message += fmt.Sprintf(". Retrying attempt #%d at %s.", retries, at.Format(time.Kitchen))
		state = a.ended(s, state, r, results, "Running", message)
	} else {
		state = a.ended(s, state, r, results, "Failed", fmt.Sprintf("%s (retried %d times).", message, retries))
	}
	state["retryCount"] = retries
	app, err := a.patchState(s, app, state)
	if err != nil {
		return err
	}
	s.again(a.options.RetryBackoff << (retries - 1))
	return a.report(s, app, r, a.compare(s, app, r))
}

// comparisonError is what every failure to render looks like: the name of the branch as the revision, sync
// Unknown, health Healthy.
func (a *ArgoCD) comparisonError(s *scene, app *object, cause error) error {
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.patch(applications, app, func(app *object) {
		branch := text(app, "spec", "source", "targetRevision")
		if branch == "" {
			branch = "HEAD"
		}
		setProblems(app, s.now(), problem{"ComparisonError",
			"Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = " + cause.Error()})
		a.compared(s, app, "Unknown", branch)
		setHealth(app, "Healthy", s.now())
		if s.beat {
			set(app, s.later(text(app, "status", "reconciledAt")), "status", "reconciledAt")
		}
	})
	return err
}
