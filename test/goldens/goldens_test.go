package goldens

import (
	"maps"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// TestServer puts the goldens, and then faults that must be found, before one API server.
func TestServer(t *testing.T) {
	s := startServer(t)
	t.Run("accepts every golden, and a second time without a write", func(t *testing.T) {
		all := corpus(t)
		for _, failure := range s.check(t.Context(), all, nil) {
			t.Error(failure)
		}
		t.Logf("%d objects in %d waves", len(all), len(waves(all)))
	})
	t.Run("accepts a right object", func(t *testing.T) {
		if failures := s.check(t.Context(), parsed(t, store), nil); len(failures) != 0 {
			t.Error(failures)
		}
	})
	t.Run("refuses what the CRDs refuse", s.findsFaults)
	t.Run("sees a second writer", s.seesSecondWriter)
}

const store = `apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: {name: b2, namespace: faults, finalizers: [example.com/kept]}
spec: {configuration: {destinationPath: s3://bucket/path, data: {compression: gzip}}}
`

func (s *server) findsFaults(t *testing.T) {
	for name, fault := range map[string]struct{ yaml, want string }{
		"unknown field":     {strings.Replace(store, "destinationPath", "destination", 1), "field not declared in schema"},
		"value out of enum": {strings.Replace(store, "gzip", "zip", 1), "Unsupported value"},
		"no namespace":      {strings.Replace(store, ", namespace: faults", "", 1), "it has no namespace"},
		"unknown kind":      {strings.Replace(store, "ObjectStore", "ObjectStores", 1), "no matches for kind"},
		"bad owner":         {strings.Replace(store, "finalizers: [", `ownerReferences: [{apiVersion: v1, kind: Secret, name: x, uid: ""}], finalizers: [`, 1), "metadata.ownerReferences[0].uid: Required value"},
	} {
		failures := s.check(t.Context(), parsed(t, fault.yaml), nil)
		if len(failures) != 1 || !strings.Contains(failures[0].Error(), fault.want) {
			t.Errorf("%s: got %v, want one failure with %q", name, failures, fault.want)
		} else if !strings.HasPrefix(failures[0].Error(), "story faults: ObjectStore") {
			t.Errorf("%s: %q does not begin with story, kind and name", name, failures[0])
		}
	}
}

func (s *server) seesSecondWriter(t *testing.T) {
	failures := s.check(t.Context(), parsed(t, store), func(wave []golden) {
		resource, err := s.resource(wave[0])
		if err != nil {
			t.Fatal(err)
		}
		_, err = resource.Patch(t.Context(), wave[0].GetName(), types.MergePatchType,
			[]byte(`{"metadata":{"labels":{"by":"another"}}}`), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
	})
	if len(failures) != 1 || !strings.Contains(failures[0].Error(), "applying it again wrote: resourceVersion") ||
		!strings.Contains(failures[0].Error(), ".metadata.labels: <nil> became map[by:another]") {
		t.Errorf("got %v, want the changed resourceVersion and label", failures)
	}
}

func parsed(t *testing.T, data string) []golden {
	t.Helper()
	goldens, err := parse("faults", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return goldens
}

func sortedKeys(a, b map[string]any) []string {
	keys := slices.Collect(maps.Keys(a))
	for key := range b {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
