package cel

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// mutation changes one field of the full example.
type mutation struct {
	path  string // with dots; a number is a place in a list
	value string // YAML; empty removes the field
	want  string // part of what the API server says
}

// TestMutationsAreRefused changes the full example in one place at a time. The API server refuses it in the words of the
// table, and the controller refuses it as invalid.
func TestMutationsAreRefused(t *testing.T) {
	if len(mutations) < 80 {
		t.Errorf("%d rows", len(mutations))
	}
	for _, m := range mutations {
		u := mutated(t, "full", m)
		verdict := ask(t, u)
		if verdict == nil {
			t.Errorf("%s: %s: the API server takes it", m.path, m.value)
			continue
		}
		if m.want == "" || !strings.Contains(oneLine(verdict.Error()), m.want) {
			t.Errorf("%s: %s: want %q, got\n%v", m.path, m.value, m.want, verdict)
		}
		if _, broken, _ := resolve(t, u); len(broken) == 0 {
			t.Errorf("%s: %s: the controller would take it", m.path, m.value)
		}
	}
}

func mutated(t *testing.T, story string, m mutation) *unstructured.Unstructured {
	t.Helper()
	u := object(t, filepath.Join(corpus, story, "app.yaml"))
	var value any
	if err := yaml.Unmarshal([]byte(m.value), &value); err != nil {
		t.Fatalf("%s: %v", m.value, err)
	}
	steps := strings.Split(m.path, ".")
	var at any = u.Object
	for _, s := range steps[:len(steps)-1] {
		at = step(t, at, s)
	}
	last := steps[len(steps)-1]
	switch at := at.(type) {
	case map[string]any:
		at[last] = value
		if m.value == "" {
			delete(at, last)
		}
	case []any:
		at[index(t, last, len(at))] = value
	default:
		t.Fatalf("%s leads nowhere", m.path)
	}
	return u
}

func step(t *testing.T, at any, s string) any {
	t.Helper()
	switch at := at.(type) {
	case map[string]any:
		if next, ok := at[s]; ok {
			return next
		}
	case []any:
		return at[index(t, s, len(at))]
	}
	t.Fatalf("%s leads nowhere", s)
	return nil
}

func index(t *testing.T, s string, length int) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil || n >= length {
		t.Fatalf("%s is no place in a list of %d", s, length)
	}
	return n
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
