package actors

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// object is one of any kind.
type object = unstructured.Unstructured

// Fields of objects. A field that is missing or of another type reads as the zero value.

func field(object map[string]any, path ...string) any {
	var value any = object
	for _, name := range path {
		parent, _ := value.(map[string]any)
		value = parent[name]
	}
	return value
}

func text(o *object, path ...string) string {
	value, _ := field(o.Object, path...).(string)
	return value
}

func number(o *object, path ...string) int64 {
	return integer(field(o.Object, path...))
}

func truth(o *object, path ...string) bool {
	value, _ := field(o.Object, path...).(bool)
	return value
}

func mapping(o *object, path ...string) map[string]any {
	value, _ := field(o.Object, path...).(map[string]any)
	return value
}

func items(o *object, path ...string) []map[string]any {
	return entries(field(o.Object, path...))
}

func texts(value any) []string {
	list, _ := value.([]any)
	var found []string
	for _, entry := range list {
		if s, ok := entry.(string); ok {
			found = append(found, s)
		}
	}
	return found
}

func entries(value any) []map[string]any {
	list, _ := value.([]any)
	var found []map[string]any
	for _, entry := range list {
		if m, ok := entry.(map[string]any); ok {
			found = append(found, m)
		}
	}
	return found
}

// integer reads what JSON and YAML make of a whole number.
func integer(value any) int64 {
	switch n := value.(type) {
	case int64:
		return n
	case int:
		return int64(n)
	case float64:
		return int64(n)
	}
	return 0
}

// anyList is a list as unstructured objects hold it.
func anyList[T any](values []T) []any {
	found := make([]any, 0, len(values))
	for _, value := range values {
		found = append(found, value)
	}
	return found
}

// set makes the maps on the way.
func set(o *object, value any, path ...string) {
	setIn(o.Object, value, path...)
}

func setIn(parent map[string]any, value any, path ...string) {
	last := len(path) - 1
	for _, name := range path[:last] {
		child, ok := parent[name].(map[string]any)
		if !ok {
			child = map[string]any{}
			parent[name] = child
		}
		parent = child
	}
	parent[path[last]] = value
}

func unset(o *object, path ...string) {
	unstructured.RemoveNestedField(o.Object, path...)
}

// withoutFinalizers whose name begins so.
func withoutFinalizers(o *object, prefix string) []any {
	rest := []any{}
	for _, finalizer := range o.GetFinalizers() {
		if !strings.HasPrefix(finalizer, prefix) {
			rest = append(rest, finalizer)
		}
	}
	return rest
}

func hasFinalizer(o *object, prefix string) bool {
	return len(withoutFinalizers(o, prefix)) < len(o.GetFinalizers())
}
