package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// Run is what was recorded of one telling of a story.
type Run struct {
	End     string // Dump of what there is when all has come to rest
	Changes []Change
	Calls   []Call // of every process of the operator
	Allowed []string
	Panics  int
	// AtRest are the writes of a process that was started when all had come to rest.
	AtRest []Call
}

// Oracle says what is wrong with a run, by a promise that holds in every one; golden is the run in which nothing failed.
type Oracle struct {
	ID, Promise string
	Judge       func(golden, run *Run) []string
}

// Oracles are those of the project's test plan (docs/reliability.md), by their numbers.
var Oracles = []Oracle{
	{"O1", "the end is the one of a run without faults", func(golden, run *Run) []string {
		if d := Difference(golden.End, run.End); d != "" {
			return []string{d}
		}
		return nil
	}},
	{"O2", "nothing is created, deleted or changed more often than without faults", sameWork},
	{"O3", "another process at rest writes nothing", func(_, run *Run) []string {
		var wrong []string
		for _, c := range run.AtRest {
			wrong = append(wrong, fmt.Sprintf("%s %s: %d", c.Method, c.Path, c.Code))
		}
		return wrong
	}},
	{"O6", "no data is deleted or put at risk without its two keys", keepsData},
	{"O7", "what the operator writes is its own", ownsWhatItWrites},
	{"O9", "observedGeneration never goes back, and is never ahead", truthful},
	{"O11", "nothing panics", func(_, run *Run) []string {
		if run.Panics > 0 {
			return []string{fmt.Sprintf("%d panics", run.Panics)}
		}
		return nil
	}},
	{"O12", "nothing is asked for that the roles do not grant", func(_, run *Run) []string {
		var wrong []string
		for _, c := range run.Calls {
			if c.Code == 403 {
				wrong = append(wrong, c.Method+" "+c.Path)
			}
		}
		return wrong
	}},
}

// Judge a run by every oracle.
func Judge(golden, run *Run) []string {
	var wrong []string
	for _, o := range Oracles {
		for _, line := range o.Judge(golden, run) {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s", o.ID, o.Promise, line))
		}
	}
	return wrong
}

// work that was done on one object.
type work struct{ created, deleted, changed int }

func workOf(run *Run) map[string]work {
	all := map[string]work{}
	for _, c := range run.Changes {
		w := all[c.Key()]
		switch c.Type {
		case watch.Added:
			w.created++
		case watch.Deleted:
			w.deleted++
		case watch.Modified:
			if !equality.Semantic.DeepEqual(wish(c.Before), wish(c.Object)) {
				w.changed++
			}
		}
		all[c.Key()] = w
	}
	return all
}

// wish is an object without what tells how far it is.
func wish(object *unstructured.Unstructured) map[string]any {
	if object == nil {
		return nil
	}
	o := object.DeepCopy()
	for _, field := range []string{"resourceVersion", "generation", "managedFields"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(o.Object, "status")
	return o.Object
}

func sameWork(golden, run *Run) []string {
	want, got := workOf(golden), workOf(run)
	keys := slices.Sorted(maps.Keys(want))
	for key := range got {
		if _, known := want[key]; !known {
			keys = append(keys, key)
		}
	}
	var wrong []string
	for _, key := range keys {
		w, g := want[key], got[key]
		if g.created != w.created || g.deleted != w.deleted || g.changed > w.changed {
			wrong = append(wrong, fmt.Sprintf("%s was created %d, deleted %d, changed %d times; without faults %d, %d, %d",
				key, g.created, g.deleted, g.changed, w.created, w.deleted, w.changed))
		}
	}
	return wrong
}

// atRisk are fields of data that must not come to a value, or must not change at all.
var atRisk = []struct {
	kind   string
	field  []string
	become string // the value that loses data; empty: any other than before
}{
	{foreign.Database.Kind, []string{"spec", "databaseReclaimPolicy"}, "delete"},
	{foreign.DatabaseRole.Kind, []string{"spec", "databaseRoleReclaimPolicy"}, "delete"},
	{foreign.Database.Kind, []string{"spec", "ensure"}, "absent"},
	{foreign.DatabaseRole.Kind, []string{"spec", "ensure"}, "absent"},
	{foreign.Database.Kind, []string{"spec", "name"}, ""},
	{foreign.ObjectStore.Kind, []string{"spec", "configuration", "destinationPath"}, ""},
	{foreign.Cluster.Kind, []string{"spec", "plugins"}, ""},
	{foreign.Cluster.Kind, []string{"spec", "bootstrap"}, ""},
	{foreign.Cluster.Kind, []string{"spec", "storage"}, ""},
}

func isData(c Change) bool {
	return slices.ContainsFunc(foreign.Children, func(k foreign.Kind) bool { return k.Kind == c.Kind && k.Data }) ||
		c.Object.GetLabels()[expand.LabelData] == "true"
}

func keepsData(_, run *Run) []string {
	var wrong []string
	for _, c := range run.Changes {
		if !isData(c) || slices.Contains(run.Allowed, c.Key()) {
			continue
		}
		if c.Type == watch.Deleted || c.Object.GetDeletionTimestamp() != nil {
			wrong = append(wrong, c.Key()+" was deleted")
		}
		if len(c.Object.GetOwnerReferences()) > 0 {
			wrong = append(wrong, c.Key()+" has an owner, and would be collected with it")
		}
		for _, risk := range atRisk {
			if risk.kind != c.Kind {
				continue
			}
			is, _, _ := unstructured.NestedFieldNoCopy(c.Object.Object, risk.field...)
			lost := risk.become != "" && is == risk.become
			if risk.become == "" && c.Before != nil {
				was, _, _ := unstructured.NestedFieldNoCopy(c.Before.Object, risk.field...)
				lost = !equality.Semantic.DeepEqual(was, is)
			}
			if lost {
				wrong = append(wrong, fmt.Sprintf("%s: %s became %v", c.Key(), strings.Join(risk.field, "."), is))
			}
		}
	}
	return wrong
}

// ownsWhatItWrites looks at whose fields are whose: our manager is on nothing that does not carry our marks.
func ownsWhatItWrites(_, run *Run) []string {
	var wrong []string
	for _, c := range run.Changes {
		if c.Kind == "AfroApp" || c.Kind == "AfroPlatform" {
			continue
		}
		for _, m := range c.Object.GetManagedFields() {
			if m.Manager == string(apply.FieldOwner) && c.Object.GetAnnotations()[expand.AnnotationOwner] == "" {
				wrong = append(wrong, c.Key()+" was written, and is not ours")
			}
		}
	}
	return wrong
}

func truthful(_, run *Run) []string {
	var wrong []string
	observed := func(o *unstructured.Unstructured) int64 {
		if o == nil {
			return 0
		}
		n, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
		return n
	}
	for _, c := range run.Changes {
		if c.Kind != "AfroApp" || c.Type == watch.Deleted {
			continue
		}
		if now := observed(c.Object); now < observed(c.Before) || now > c.Object.GetGeneration() {
			wrong = append(wrong, fmt.Sprintf("%s: observedGeneration %d after %d, generation %d", c.Key(), now, observed(c.Before), c.Object.GetGeneration()))
		}
	}
	return wrong
}
