package goldens

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
)

// waves splits the goldens so that no wave has two objects of one kind and name: stories share names, and
// what one story's object left behind must not meet the next one's. Equal objects are tried once. Where
// stories differ, the second and later variants go into namespaces of their own, which the server's
// judgement does not depend on; only what has no namespace has to wait for a wave of its own. A wave for
// every variant took two minutes instead of seconds.
func waves(all []golden) [][]golden {
	waves := [][]golden{nil}
	variants := map[string][]*golden{}
	for _, g := range all {
		key := strings.Join([]string{g.GetAPIVersion(), g.GetKind(), g.GetNamespace(), g.GetName()}, "\n")
		same := slices.IndexFunc(variants[key], func(v *golden) bool { return string(v.json) == string(g.json) })
		if same >= 0 {
			variants[key][same].stories = append(variants[key][same].stories, g.stories...)
			continue
		}
		variants[key] = append(variants[key], &g)
	}
	for _, each := range variants {
		for i, g := range each {
			if namespace := g.GetNamespace(); namespace != "" {
				waves[0] = append(waves[0], g.movedTo(namespace, i))
				continue
			}
			if i == len(waves) {
				waves = append(waves, nil)
			}
			waves[i] = append(waves[i], *g)
		}
	}
	return waves
}

// movedTo is the golden in the namespace of its variant, the first as it stands.
func (g golden) movedTo(namespace string, variant int) golden {
	if variant == 0 {
		return g
	}
	g.Unstructured = g.DeepCopy()
	g.SetNamespace(variantNamespace(namespace, variant))
	return g
}

// variantNamespace is short whatever the namespace's own length: some stories use all 63 characters.
func variantNamespace(namespace string, variant int) string {
	hash := fnv.New32a()
	hash.Write([]byte(namespace))
	return fmt.Sprintf("variant-%d-%08x", variant, hash.Sum32())
}

func TestWaves(t *testing.T) {
	var all []golden
	for story, data := range map[string]string{
		"a": "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: shop}\n",
		"b": "apiVersion: v1\nkind: Secret\nmetadata: {namespace: shop, name: x}\n",
		"c": "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: shop}\ntype: Opaque\n",
		"d": "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: other}\n",
		"e": "apiVersion: v1\nkind: Node\nmetadata: {name: x}\n",
		"f": "apiVersion: v1\nkind: Node\nmetadata: {name: x}\nspec: {unschedulable: true}\n",
	} {
		goldens, err := parse(story, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, goldens...)
	}
	got := waves(all)
	if len(got) != 2 || len(got[0]) != 4 || len(got[1]) != 1 {
		t.Fatalf("got %v, want waves of four objects and of one", got)
	}
	places, stories := map[string]bool{}, 0
	for _, g := range got[0] {
		places[g.GetKind()+" "+g.GetNamespace()] = true
	}
	for _, g := range slices.Concat(got...) {
		stories += len(g.stories)
	}
	if stories != 6 {
		t.Errorf("%d stories are named, want 6: %v", stories, got)
	}
	for _, place := range []string{"Secret shop", "Secret " + variantNamespace("shop", 1), "Secret other", "Node "} {
		if !places[place] {
			t.Errorf("nothing at %q: %v", place, places)
		}
	}
}
