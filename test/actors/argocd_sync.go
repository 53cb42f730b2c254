package actors

import (
	"maps"
	"reflect"
	"time"
)

// retryLimit of an automated sync, whether or not the Application asks for one.
const retryLimit = 5

// compareAndSync is one refresh: compare, start an operation if that is asked for, report.
func (a *ArgoCD) compareAndSync(s *scene, app *object) error {
	if mapping(app, "operation") != nil {
		return a.operate(s, app)
	}
	r, err := a.render(s, app, mapping(app, "spec", "source"))
	if err != nil {
		return a.comparisonError(s, app, err)
	}
	c := a.compare(s, app, r)
	operation, wait := nextOperation(app, r, c)
	if wait > 0 {
		s.again(wait)
	}
	if operation == nil {
		return a.report(s, app, r, c)
	}
	if app, err = a.start(s, app, operation, r, c); err != nil {
		return err
	}
	return a.operate(s, app)
}

// nextOperation is nil if nothing is to be synced now; wait says when to look again.
func nextOperation(app *object, r rendered, c comparison) (operation map[string]any, wait time.Duration) {
	automated, ok := field(app.Object, "spec", "syncPolicy", "automated").(map[string]any)
	if c.synced || !ok || automated["enabled"] == false {
		return nil, 0
	}
	source := mapping(app, "spec", "source")
	sync := map[string]any{"revision": r.revision, "source": source}
	if automated["prune"] == true {
		sync["prune"] = true
	}
	last := mapping(app, "status", "operationState")
	if field(last, "operation", "sync", "revision") == r.revision && reflect.DeepEqual(field(last, "operation", "sync", "source"), any(source)) {
		if automated["selfHeal"] != true || last["phase"] != "Succeeded" {
			return nil, 0 // tried already; a commit or an edit of the source starts the next
		}
		attempts := integer(field(last, "operation", "sync", "autoHealAttemptsCount"))
		if wait := healWait(last, attempts); wait > 0 {
			return nil, wait
		}
		sync["resources"], sync["autoHealAttemptsCount"] = anyList(c.outOfSync), attempts%5+1
	}
	return map[string]any{
		"sync": sync, "initiatedBy": map[string]any{"automated": true}, "retry": map[string]any{"limit": int64(retryLimit)},
	}, 0
}

// healWait keeps two writers of one field from an endless race: 2 s after the first heal, then three times as long each.
func healWait(last map[string]any, attempts int64) time.Duration {
	if attempts == 0 {
		return 0
	}
	wait := 2 * time.Second
	for range attempts - 1 {
		wait *= 3
	}
	return until(last, wait)
}

// until the time has passed since the operation ended.
func until(state map[string]any, wait time.Duration) time.Duration {
	text, _ := state["finishedAt"].(string)
	finished, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return time.Until(finished.Add(wait))
}

// start writes what the application-controller writes first: the operation, by PUT, which drops the state of the
// operation before and leaves the empty parts of a typed client; then what it found.
func (a *ArgoCD) start(s *scene, app *object, operation map[string]any, r rendered, c comparison) (*object, error) {
	if err := s.step(); err != nil {
		return nil, err
	}
	app, err := s.put(applications, app, func(app *object) {
		set(app, operation, "operation")
		unset(app, "status", "operationState")
		if mapping(app, "status", "sourceHydrator") == nil {
			set(app, map[string]any{}, "status", "sourceHydrator")
		}
	})
	if err != nil {
		return nil, err
	}
	if err := s.step(); err != nil {
		return nil, err
	}
	return s.patch(applications, app, func(app *object) { a.found(s, app, r, c) })
}

// operate goes on with the operation that the Application carries.
func (a *ArgoCD) operate(s *scene, app *object) error {
	state := mapping(app, "status", "operationState")
	if wait := a.untilRetry(state); wait > 0 {
		s.again(wait)
		return nil
	}
	if state["phase"] != "Running" {
		if err := s.step(); err != nil {
			return err
		}
		var err error
		state = map[string]any{"operation": field(app.Object, "operation"), "phase": "Running", "startedAt": s.now()}
		if app, err = a.patchState(s, app, state); err != nil {
			return err
		}
	}
	r, err := a.render(s, app, mapping(app, "operation", "sync", "source"))
	if err != nil {
		return a.failed(s, app, state, r, nil, []string{err.Error()})
	}
	results, failures := a.apply(s, app, r)
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if len(failures) > 0 {
		return a.failed(s, app, state, r, results, failures)
	}
	return a.succeeded(s, app, state, r, results)
}

func (a *ArgoCD) untilRetry(state map[string]any) time.Duration {
	retries := integer(state["retryCount"])
	if retries == 0 || state["phase"] != "Running" {
		return 0
	}
	return until(state, a.options.RetryBackoff<<(retries-1))
}

// patchState adds the state of the operation and, when it has ended, takes the operation away in the same patch.
func (a *ArgoCD) patchState(s *scene, app *object, state map[string]any) (*object, error) {
	patch := []map[string]any{{"op": "add", "path": "/status/operationState", "value": state}}
	if state["phase"] != "Running" {
		patch = append(patch, map[string]any{"op": "add", "path": "/operation", "value": nil})
	}
	return s.jsonPatch(applications, app, patch...)
}

func (a *ArgoCD) succeeded(s *scene, app *object, state map[string]any, r rendered, results []any) error {
	first := text(app, "status", "health", "status") == "Missing"
	var err error
	if field(state, "operation", "sync", "resources") == nil {
		if err := s.step(); err != nil {
			return err
		}
		if app, err = s.patch(applications, app, func(app *object) { addHistory(app, state, r, s.now()) }); err != nil {
			return err
		}
	}
	if err := s.step(); err != nil {
		return err
	}
	state = a.ended(s, state, r, results, "Succeeded", "successfully synced (all tasks run)")
	delete(state, "retryCount")
	if app, err = a.patchState(s, app, state); err != nil {
		return err
	}
	if first {
		if app, err = a.healthyTooSoon(s, app); err != nil {
			return err
		}
	}
	return a.report(s, app, r, a.compare(s, app, r))
}

// healthyTooSoon is a state of a tenth of a second in every first sync: Healthy, with the Deployment still OutOfSync.
func (a *ArgoCD) healthyTooSoon(s *scene, app *object) (*object, error) {
	if err := s.step(); err != nil {
		return nil, err
	}
	return s.patch(applications, app, func(app *object) {
		setHealth(app, "Healthy", s.now())
		resources := items(app, "status", "resources")
		for _, resource := range resources {
			if resource["kind"] != deployments.name {
				resource["status"] = "Synced"
			}
		}
		set(app, anyList(resources), "status", "resources")
	})
}

// ended is the state at the end of an attempt.
func (a *ArgoCD) ended(s *scene, state map[string]any, r rendered, results []any, phase, message string) map[string]any {
	state = maps.Clone(state)
	state["phase"], state["message"], state["finishedAt"] = phase, message, s.now()
	result := map[string]any{"revision": r.revision, "source": field(state, "operation", "sync", "source")}
	if results != nil {
		result["resources"] = results
	}
	state["syncResult"] = result
	return state
}

// addHistory sends the whole list each time, at most ten entries.
func addHistory(app *object, state map[string]any, r rendered, now string) {
	history, _ := field(app.Object, "status", "history").([]any)
	id := int64(0)
	if len(history) > 0 {
		id = integer(history[len(history)-1].(map[string]any)["id"]) + 1
	}
	history = append(history, map[string]any{
		"id": id, "revision": r.revision, "deployStartedAt": state["startedAt"], "deployedAt": now,
		"source": field(state, "operation", "sync", "source"), "initiatedBy": map[string]any{"automated": true},
	})
	set(app, history[max(0, len(history)-10):], "status", "history")
}
