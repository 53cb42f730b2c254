package evidence

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Request that changes something, as far as its order and its effect tell: the verb, the resource with its subresource, and
// which fields are changed, to the second level.
type Request struct {
	Verb, Resource string
	Fields         []string
}

func (r Request) String() string {
	return strings.Join(append([]string{r.Verb, r.Resource}, r.Fields...), " ")
}

// recordedWrite is one entry of a recording of writes.
type recordedWrite struct {
	Component string `json:"component"`
	Verb      string `json:"verb"`
	Object    string `json:"object"`
	Code      int    `json:"code"`
	// One of these is what was sent; of a Put only what changed.
	Put           map[string]any `json:"put"`
	MergePatch    map[string]any `json:"mergePatch"`
	JSONPatch     []Operation    `json:"jsonPatch"`
	Status        map[string]any `json:"status"`
	DeleteOptions struct {
		PropagationPolicy string `json:"propagationPolicy"`
	} `json:"deleteOptions"`
}

// Operation of a JSON patch.
type Operation struct {
	Path string `json:"path"`
}

// Requests that a component was recorded to make on some resources, in order. Those that were refused are left out.
func Requests(file, component string, resources ...string) ([]string, error) {
	raw, err := fs.ReadFile(recorded, "recorded/"+file)
	if err != nil {
		return nil, err
	}
	var writes []recordedWrite
	if err := yaml.Unmarshal(raw, &writes); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var lines []string
	for _, w := range writes {
		resource, _, _ := strings.Cut(w.Object, " ")
		whole, _, _ := strings.Cut(resource, "/")
		if w.Component != component || w.Code >= 400 || !slices.Contains(resources, whole) {
			continue
		}
		lines = append(lines, Request{w.Verb, resource, w.fields()}.String())
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s holds no write of %s to %s", file, component, strings.Join(resources, ", "))
	}
	return lines, nil
}

func (w recordedWrite) fields() []string {
	switch {
	case w.Put != nil:
		return Whole(w.Put)
	case w.MergePatch != nil:
		return Fields(w.MergePatch)
	case w.JSONPatch != nil:
		return Touched(w.JSONPatch)
	case w.Status != nil:
		return Fields(map[string]any{"status": w.Status})
	case w.DeleteOptions.PropagationPolicy != "":
		return []string{w.DeleteOptions.PropagationPolicy}
	}
	return nil
}

// Fields of a change, to the second level.
func Fields(change map[string]any) []string {
	var fields []string
	for name, value := range change {
		inner, is := value.(map[string]any)
		if !is || len(inner) == 0 {
			fields = append(fields, name)
		}
		for second := range inner {
			fields = append(fields, name+"."+second)
		}
	}
	slices.Sort(fields)
	return fields
}

// Whole is Fields for an update, which sends spec and operation as a whole.
func Whole(change map[string]any) []string {
	var fields []string
	for _, field := range Fields(change) {
		if first, _, _ := strings.Cut(field, "."); first == "spec" || first == "operation" {
			field = first
		}
		fields = append(fields, field)
	}
	return slices.Compact(fields)
}

// Touched are the fields of a JSON patch, to the second level.
func Touched(patch []Operation) []string {
	var fields []string
	for _, operation := range patch {
		names := strings.Split(strings.TrimPrefix(operation.Path, "/"), "/")
		fields = append(fields, strings.Join(names[:min(2, len(names))], "."))
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// InOrder compares two sequences: what is in one only, and what comes in another order.
func InOrder(recorded, now []string) []Difference {
	// The longest common subsequence of the ends that begin at i and j.
	common := make([][]int, len(recorded)+1)
	for i := range common {
		common[i] = make([]int, len(now)+1)
	}
	for i := len(recorded) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if recorded[i] == now[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var differences []Difference
	for i, j := 0, 0; i < len(recorded) || j < len(now); {
		switch {
		case i < len(recorded) && j < len(now) && recorded[i] == now[j]:
			i, j = i+1, j+1
		case j == len(now) || i < len(recorded) && common[i+1][j] >= common[i][j+1]:
			differences = append(differences, Difference{Fact: recorded[i], Missing: true})
			i++
		default:
			differences = append(differences, Difference{Fact: now[j]})
			j++
		}
	}
	return differences
}
