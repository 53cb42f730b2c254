package faults

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/foreign"
)

// Dump writes objects so that two runs that came to the same end read the same: what differs with every run (UIDs, versions,
// times, what is derived from a UID) has a name in its place. The history says of what, also where it is gone.
func Dump(objects, history []Change) (string, error) {
	names := symbols(history)
	var documents []string
	for _, o := range objects {
		raw, err := yaml.Marshal(canonical(o.Object).Object)
		if err != nil {
			return "", err
		}
		documents = append(documents, "# "+o.Key()+"\n"+names.Replace(moments.ReplaceAllString(string(raw), "<time>")))
	}
	slices.Sort(documents)
	return strings.Join(documents, "---\n"), nil
}

var moments = regexp.MustCompile(`"?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"?`)

// symbols for what is made anew with each object. One that came again has a number, so that it is not taken for the first.
func symbols(history []Change) *strings.Replacer {
	var pairs []string
	known, lives := map[types.UID]bool{}, map[string]int{}
	for _, o := range history {
		uid := o.Object.GetUID()
		if known[uid] {
			continue
		}
		known[uid] = true
		lives[o.Key()]++
		pairs = append(pairs, string(uid), fmt.Sprintf("<uid %d of %s>", lives[o.Key()], o.Key()))
		if o.Kind != foreign.Cluster.Kind {
			continue
		}
		plugins, _, _ := unstructured.NestedSlice(o.Object.Object, "spec", "plugins") // ours is a list, or not there
		for _, p := range plugins {
			plugin, _ := p.(map[string]any)
			if server, _, _ := unstructured.NestedString(plugin, "parameters", "serverName"); server != "" {
				pairs = append(pairs, server, fmt.Sprintf("<archive %d of %s>", lives[o.Key()], o.Key()))
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// canonical is an object without versions, and with whose fields are whose instead of when.
func canonical(object *unstructured.Unstructured) *unstructured.Unstructured {
	o := object.DeepCopy()
	o.SetResourceVersion("")
	unstructured.RemoveNestedField(o.Object, "metadata", "creationTimestamp")
	var managers []any
	for _, m := range o.GetManagedFields() {
		managers = append(managers, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", m.Manager, m.Operation, m.Subresource, m.FieldsV1.GetRawString())))
	}
	slices.SortFunc(managers, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	unstructured.RemoveNestedField(o.Object, "metadata", "managedFields")
	if len(managers) > 0 {
		o.Object["managers"] = managers
	}
	hideHashes(o.Object)
	return o
}

// hideHashes of intents in the ledger: an intent holds the UID of its owner.
func hideHashes(object map[string]any) {
	rows, _, _ := unstructured.NestedSlice(object, "status", "children")
	for _, r := range rows {
		if row, is := r.(map[string]any); is && row["hash"] != nil {
			row["hash"] = "<hash>"
		}
	}
	if len(rows) > 0 {
		_ = unstructured.SetNestedSlice(object, rows, "status", "children") // it was read from there
	}
}

// Difference of two dumps, by lines; empty when they are the same.
func Difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out []string
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(b) == 0 || len(a) > 0 && !slices.Contains(b, a[0]):
			out, a = append(out, "- "+a[0]), a[1:]
		default:
			out, b = append(out, "+ "+b[0]), b[1:]
		}
		if len(out) > 40 {
			return strings.Join(append(out, "…"), "\n")
		}
	}
	return strings.Join(out, "\n")
}
