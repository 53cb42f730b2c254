package cel

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestWhatGoCannotSee are the rows where the API server refuses a way of writing that a Go type does not tell from another:
// an empty text from none, a number from its text. The controller never meets them, and would read them as they were meant;
// afroctl refuses them in a file, by the CRD that it carries.
func TestWhatGoCannotSee(t *testing.T) {
	for _, row := range []struct{ mutation, same mutation }{
		{mutation{path: "spec.tls.mode", value: `""`}, mutation{path: "spec.tls", value: `{}`}},
		{mutation{path: "spec.imageUpdate.policy", value: `""`}, mutation{path: "spec.imageUpdate.policy"}},
		{mutation{path: "spec.imageUpdate.range", value: `""`}, mutation{path: "spec.imageUpdate.range"}},
		{mutation{path: "spec.source.repoURL", value: `""`}, mutation{path: "spec.source.repoURL"}},
		{mutation{path: "spec.source.targetRevision", value: `""`}, mutation{path: "spec.source.targetRevision"}},
		{mutation{path: "spec.source.serviceName", value: `""`}, mutation{path: "spec.source.serviceName"}},
		{mutation{path: "spec.source.kustomize.imageName", value: `""`}, mutation{path: "spec.source.kustomize.imageName"}},
		{mutation{path: "spec.exposure.visibility", value: `""`}, mutation{path: "spec.exposure.visibility"}},
		{mutation{path: "spec.database.mode", value: `""`}, mutation{path: "spec.database.mode"}},
		{mutation{path: "spec.database.onDelete", value: `""`}, mutation{path: "spec.database.onDelete"}},
		{mutation{path: "spec.backup.schedule", value: `""`}, mutation{path: "spec.backup.schedule"}},
		{mutation{path: "spec.backup.retention", value: `""`}, mutation{path: "spec.backup.retention"}},
		{mutation{path: "spec.backup.drill", value: `""`}, mutation{path: "spec.backup.drill"}},
		{mutation{path: "spec.onDelete", value: `""`}, mutation{path: "spec.onDelete"}},
		{mutation{path: "spec.resources.requests.cpu", value: `0.5`}, mutation{path: "spec.resources.requests.cpu", value: `500m`}},
		{mutation{path: "spec.env", value: `[{name: A, value: "", valueFrom: {secretKeyRef: {name: s, key: k}}}]`},
			mutation{path: "spec.env", value: `[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]`}},
	} {
		m, same := mutated(t, "full", row.mutation), mutated(t, "full", row.same)
		if ask(t, m) == nil {
			t.Errorf("%s: %s: the API server takes it: this row belongs to no table", row.mutation.path, row.mutation.value)
		}
		if got := inFile(m); len(got) != 1 || !strings.HasPrefix(got[0].Field, row.mutation.path) {
			t.Errorf("%s: %s: in a file: %v", row.mutation.path, row.mutation.value, got)
		}
		if err := ask(t, same); err != nil {
			t.Errorf("%s: %s: %v", row.same.path, row.same.value, err)
		}
		got, _, err := resolve(t, m)
		want, _, wantErr := resolve(t, same)
		if err != nil || wantErr != nil {
			t.Errorf("%s: %s: %v, %v", row.mutation.path, row.mutation.value, err, wantErr)
			continue
		}
		// A quantity remembers how it was written.
		if r := got.Delivery.Workload.Resources; r != nil && r.Requests != nil && r.Requests.CPU.Equal(*want.Delivery.Workload.Resources.Requests.CPU) {
			got.Delivery.Workload.Resources, want.Delivery.Workload.Resources = nil, nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s does not mean what it is said to mean", row.mutation.path, row.mutation.value)
		}
	}
}

// TestTransitions: what may grow may not shrink.
func TestTransitions(t *testing.T) {
	app := mutated(t, "full", mutation{path: "spec.database", value: `{mode: Dedicated, storage: 10Gi}`})
	checkShrink(t, app, "a volume cannot shrink; restore into a new app to move to a smaller one", "spec", "database", "storage")
	p := object(t, filepath.Join(corpus, "platform-managed-shape", "platform.yaml"))
	checkShrink(t, p, "a volume cannot shrink; set it back", "spec", "database", "shared", "managed", "storage")
}
