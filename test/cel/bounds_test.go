package cel

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// wholePlatform sets every field of an AfroPlatform.
const wholePlatform = "testdata/platform.yaml"

// TestEveryBoundOfThePlatform breaks each bound of the AfroPlatform's CRD, one at a time, in an AfroPlatform that sets every
// field: what the API server refuses, afroctl and the controller refuse too, and name the field. What CEL cannot say has
// stories of its own.
func TestEveryBoundOfThePlatform(t *testing.T) {
	whole := object(t, wholePlatform)
	if err := ask(t, whole); err != nil {
		t.Fatalf("%s: %v", wholePlatform, err)
	}
	if _, err := judge(t, whole); err != nil {
		t.Fatalf("%s: %v", wholePlatform, err)
	}
	broken := 0
	breakEvery(t, crdFiles[1], whole, func(what string, u *unstructured.Unstructured) {
		broken++
		verdict := ask(t, u)
		if verdict == nil {
			t.Errorf("%s: the API server takes it", what)
			return
		}
		readable, err := judge(t, u)
		if err == nil {
			t.Errorf("%s: only the API server refuses: %s", what, oneLine(verdict.Error()))
		}
		field, _, _ := strings.Cut(what, " ")
		if readable && err != nil && !strings.Contains(err.Error(), strings.TrimSuffix(field, "[0]")) && !strings.Contains(err.Error(), parent(field)) {
			t.Errorf("%s: the refusal names another field: %v", what, err)
		}
	})
	if broken < 150 {
		t.Errorf("%d bounds: is it the right schema?", broken)
	}
}

// TestNamesOfThePlatform: registries and prefixes keep the grammar of image references, or no image could lie below them.
func TestNamesOfThePlatform(t *testing.T) {
	for name, taken := range map[string]bool{
		"ghcr.io": true, "ghcr.io/a-b/c__d/e--f.g": true, "registry:5000/a": true, "registry": true,
		"ghcr..io": false, "ghcr-.io/a": false, "ghcr.io/a..b": false, "ghcr.io/a.-b": false, "ghcr.io/a___b": false, "ghcr.io/a/": false,
	} {
		u := object(t, wholePlatform)
		host, _, _ := strings.Cut(name, "/")
		spec := u.Object["spec"].(map[string]any)
		spec["registries"] = []any{map[string]any{"host": host}}
		for _, tenant := range spec["tenants"].([]any) {
			tenant.(map[string]any)["repositories"] = []any{name}
		}
		if verdict := ask(t, u); (verdict == nil) != taken {
			t.Errorf("%s: the API server: %v", name, verdict)
		}
		if _, err := judge(t, u); (err == nil) != taken {
			t.Errorf("%s: in Go: %v", name, err)
		}
	}
}

// parent of a field: a rule about several fields names what holds them.
func parent(field string) string { return field[:max(0, strings.LastIndexAny(field, ".["))] }

// judge asks the rules in Go. An object that cannot be read at all is refused before them.
func judge(t *testing.T, u *unstructured.Unstructured) (readable bool, err error) {
	t.Helper()
	raw, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	p := &v1alpha1.AfroPlatform{}
	if err := yaml.UnmarshalStrict(raw, p); err != nil {
		return false, err
	}
	return true, platform.ValidatePlatform(p)
}

// breakEvery visits a copy of the object for each bound of its spec's schema, with that bound broken.
func breakEvery(t *testing.T, file string, whole *unstructured.Unstructured, visit func(what string, u *unstructured.Unstructured)) {
	t.Helper()
	byPath := map[string]apiextensionsv1.JSONSchemaProps{}
	schemas(t, file, func(path string, s apiextensionsv1.JSONSchemaProps) { byPath[path] = s })
	var walk func(s apiextensionsv1.JSONSchemaProps, value any, path string, set func(any) *unstructured.Unstructured)
	walk = func(s apiextensionsv1.JSONSchemaProps, value any, path string, set func(any) *unstructured.Unstructured) {
		for _, v := range violations(s, value) {
			visit(fmt.Sprintf("%s = %s", path, v.how), set(v.value))
		}
		switch value := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
				child, there := value[name]
				if !there {
					if !strings.HasSuffix(path, "amespaceSelector") && !exclusive[name] {
						t.Errorf("%s.%s is not set in %s", path, name, wholePlatform)
					}
					continue
				}
				walk(s.Properties[name], child, path+"."+name, func(v any) *unstructured.Unstructured {
					changed := maps.Clone(value)
					changed[name] = v
					return set(changed)
				})
			}
			for _, name := range s.Required {
				changed := maps.Clone(value)
				delete(changed, name)
				visit(fmt.Sprintf("%s.%s = left out", path, name), set(changed))
			}
		case []any:
			walk(*s.Items.Schema, value[0], path+"[0]", func(v any) *unstructured.Unstructured {
				changed := slices.Clone(value)
				changed[0] = v
				return set(changed)
			})
		}
	}
	walk(byPath[".spec"], whole.Object["spec"], "spec", func(v any) *unstructured.Unstructured {
		u := whole.DeepCopy()
		u.Object["spec"] = runtime.DeepCopyJSONValue(v)
		return u
	})
}

// exclusive are fields that stand in another item than the first one, because they exclude another.
var exclusive = map[string]bool{"namespaceSelector": true}

type violation struct {
	how   string
	value any
}

// violations of the bounds of one schema, from a value that keeps them.
func violations(s apiextensionsv1.JSONSchemaProps, value any) (out []violation) {
	add := func(how string, v any) { out = append(out, violation{how, v}) }
	if s.MaxLength != nil {
		add("too long", strings.Repeat("a", int(*s.MaxLength)+1))
	}
	if s.MinLength != nil && *s.MinLength > 0 {
		add("too short", strings.Repeat("a", int(*s.MinLength)-1))
	}
	if s.Pattern != "" && s.Type == "string" {
		add("of another form", "!no such\nform")
	}
	for _, rule := range s.XValidations {
		if strings.Contains(rule.Rule, "self.matches(") {
			add("against "+rule.Rule, "!no such\nform")
		}
	}
	if len(s.Enum) > 0 {
		add("another word", "Bogus")
	}
	if s.Minimum != nil {
		add("too small", int64(*s.Minimum)-1)
	}
	if s.Maximum != nil {
		add("too large", int64(*s.Maximum)+1)
	}
	items, isList := value.([]any)
	if !isList {
		return out
	}
	if s.MaxItems != nil {
		many := make([]any, *s.MaxItems+1)
		for i := range many {
			many[i] = items[0]
		}
		add("too many", many)
	}
	if s.MinItems != nil {
		add("too few", []any{})
	}
	if s.XListType != nil && *s.XListType != "atomic" {
		add("one twice", append([]any{items[0]}, items...))
	}
	return out
}
