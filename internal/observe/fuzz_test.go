package observe

import (
	"encoding/json"
	"sort"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// FuzzStatus takes a story, writes hostile things into the status of one of its children, moves the clock, and holds the
// result against all laws: a peer that lies, stammers or is somebody else must never make us panic, or say Ready without
// proof, or write a status that the API server refuses.
func FuzzStatus(f *testing.F) {
	all := stories(f)
	facts := make([]Facts, len(all))
	for n := range all {
		facts[n] = all[n].facts(f)
		f.Add(uint8(n), uint16(n*7), uint8(n%4), "Retrying attempt #3 at 11:34AM\n\x1b[2J\u202e", int32(n*60))
		f.Add(uint8(n), uint16(n*3), uint8((n+1)%4), all[n].name, int32(-n))
	}
	f.Fuzz(func(t *testing.T, story uint8, leaf uint16, op uint8, text string, seconds int32) {
		s, facts := all[int(story)%len(all)], facts[int(story)%len(all)]
		facts.App = facts.App.DeepCopy()
		facts.Now = facts.Now.Add(time.Duration(seconds) * time.Second)
		corrupt(&facts.Children, int(leaf), op, text)
		first := Status(facts)
		for _, broken := range laws(facts, first.Status) {
			t.Errorf("%s: %s", s.name, broken)
		}
		if first.WakeAfter < 0 {
			t.Errorf("%s: wake after %s", s.name, first.WakeAfter)
		}
		facts.App.Status = first.Status
		if second := Status(facts); !SameStatus(first.Status, second.Status) {
			t.Errorf("%s: no fixpoint", s.name)
		}
	})
}

// corrupt changes one leaf of the status of one child. What no longer decodes is left out: the caches would not have it.
func corrupt(c *Children, leaf int, op uint8, text string) {
	change(&c.Application, leaf, op, text)
	change(&c.ImageUpdater, leaf, op, text)
	change(&c.Ingress, leaf, op, text)
	change(&c.HTTPRoute, leaf, op, text)
	change(&c.Certificate, leaf, op, text)
	change(&c.Cluster, leaf, op, text)
	change(&c.ObjectStore, leaf, op, text)
	change(&c.ScheduledBackup, leaf, op, text)
	change(&c.DatabaseRole, leaf, op, text)
	change(&c.Database, leaf, op, text)
}

func change[T any](child **T, leaf int, op uint8, text string) {
	if *child == nil {
		return
	}
	o, err := runtime.DefaultUnstructuredConverter.ToUnstructured(*child)
	if err != nil {
		return
	}
	var leaves []func(any)
	for _, part := range []string{"status", "spec"} {
		collect(o[part], func(v any) { o[part] = v }, &leaves)
	}
	if len(leaves) == 0 {
		return
	}
	leaves[leaf%len(leaves)](hostile(op, text))
	raw, err := json.Marshal(o)
	if err != nil {
		return
	}
	u := &unstructured.Unstructured{}
	if json.Unmarshal(raw, &u.Object) != nil {
		return
	}
	out := new(T)
	if runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, out) == nil {
		*child = out
	}
}

func hostile(op uint8, text string) any {
	switch op % 4 {
	case 0:
		return text
	case 1:
		return nil
	case 2:
		return []any{}
	}
	return int64(len(text)) - 5
}

// collect finds every place in a value, in a fixed order, with a way to replace what is there.
func collect(v any, set func(any), out *[]func(any)) {
	*out = append(*out, set)
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			collect(v[k], func(x any) { v[k] = x }, out)
		}
	case []any:
		for i := range v {
			collect(v[i], func(x any) { v[i] = x }, out)
		}
	}
}
