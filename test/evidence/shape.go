package evidence

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// telling are the fields whose values a reader decides by. Of others only the presence counts.
var telling = []string{"phase", "phaseReason", "reason", "status", "type", "applied", "sourceType", "resourceHealthSource", "method", "syncPhase", "hookPhase", "automated"}

// argoFinalizer is set by whoever makes an Application, not by Argo CD.
const argoFinalizer = "resources-finalizer.argocd.argoproj.io"

// copied are parts of the spec that a peer repeats in the status: they differ with the object.
var copied = []string{"source", "sources", "destination", "syncPolicy"}

// keyed are the fields by which an item of a list is told from its neighbours.
var keyed = []string{"type", "kind", "alias"}

// Shape of an object as its peer leaves it: facts about its status, its finalizers and its managers, sorted. What the peer
// did not write (the spec, and the fields of managers that are not named) is left out.
func Shape(object *unstructured.Unstructured, peers ...string) []string {
	var s shape
	for _, finalizer := range object.GetFinalizers() {
		if finalizer != argoFinalizer {
			s.add("finalizer " + finalizer)
		}
	}
	for _, entry := range object.GetManagedFields() {
		if slices.Contains(peers, entry.Manager) {
			s.add(strings.TrimSpace(fmt.Sprintf("manager %s %s %s", entry.Manager, entry.Operation, entry.Subresource)))
		}
	}
	s.name = object.GetName()
	if operation, has := object.Object["operation"]; has {
		s.walk("operation", operation)
	}
	if status, has := object.Object["status"]; has {
		s.walk("status", status)
	}
	slices.Sort(s.facts)
	return slices.Compact(s.facts)
}

type shape struct {
	name  string
	facts []string
}

func (s *shape) add(fact string) { s.facts = append(s.facts, fact) }

func (s *shape) walk(path string, value any) {
	last := path[strings.LastIndexByte(path, '.')+1:]
	if slices.Contains(copied, last) {
		s.add(path)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if last == "serverRecoveryWindow" {
				key = "<server>"
			}
			s.walk(path+"."+s.general(key), inner)
		}
		if len(v) == 0 {
			s.add(path)
		}
	case []any:
		for _, item := range v {
			s.walk(path+"["+key(item)+"]", item)
		}
		if len(v) == 0 {
			s.add(path)
		}
	default:
		if slices.Contains(telling, last) {
			s.add(fmt.Sprintf("%s = %v", path, v))
		} else {
			s.add(path)
		}
	}
}

// general is a key without the name of the object: instances are keyed by it.
func (s *shape) general(key string) string {
	if s.name != "" && strings.HasPrefix(key, s.name+"-") {
		return "<name>-" + strings.TrimPrefix(key, s.name+"-")
	}
	return key
}

func key(item any) string {
	fields, is := item.(map[string]any)
	if !is {
		return ""
	}
	for _, name := range keyed {
		if value, has := fields[name].(string); has {
			return value
		}
	}
	return ""
}
