package actors

// condition is one of a list under status.conditions, in the order of Kubernetes' own type.
type condition struct {
	kind, status, reason, message string
	generation                    int64 // observedGeneration; 0: the system does not write it
}

// setCondition keeps its place in the list, and its transition time while its status stays.
func setCondition(o *object, c condition, now string) {
	conditions, _ := field(o.Object, "status", "conditions").([]any)
	set(o, setConditionIn(conditions, c, now), "status", "conditions")
}

func setConditionIn(conditions []any, c condition, now string) []any {
	next := map[string]any{"type": c.kind, "status": c.status, "reason": c.reason, "message": c.message, "lastTransitionTime": now}
	if c.generation != 0 {
		next["observedGeneration"] = c.generation
	}
	for i, entry := range conditions {
		old, _ := entry.(map[string]any)
		if old["type"] != c.kind {
			continue
		}
		if old["status"] == c.status {
			next["lastTransitionTime"] = old["lastTransitionTime"]
		}
		conditions[i] = next
		return conditions
	}
	return append(conditions, next)
}

func getCondition(o *object, kind string) map[string]any {
	for _, c := range items(o, "status", "conditions") {
		if c["type"] == kind {
			return c
		}
	}
	return nil
}

func isCondition(o *object, kind, status string) bool {
	return getCondition(o, kind)["status"] == status
}

func removeCondition(o *object, kind string) {
	var rest []any
	for _, c := range items(o, "status", "conditions") {
		if c["type"] != kind {
			rest = append(rest, c)
		}
	}
	set(o, rest, "status", "conditions")
}
