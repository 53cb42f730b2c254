package faults

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/watch"

	"github.com/afrotomation/afroapp/internal/fixtures"
)

func change(t *testing.T, kind string, what watch.EventType, document string) Change {
	t.Helper()
	objects, err := fixtures.Decode([]byte(document))
	if err != nil || len(objects) != 1 {
		t.Fatal(objects, err)
	}
	return Change{Kind: kind, Type: what, Object: objects[0]}
}

// Two runs that came to the same end read the same; one that holds on to what is gone does not.
func TestDump(t *testing.T) {
	run := func(first, second, owner, when string) string {
		app := func(uid string) Change {
			return change(t, "AfroApp", watch.Added, "{metadata: {namespace: shop, name: web, uid: "+uid+", resourceVersion: \"7\"}, status: {since: \""+when+"\"}}")
		}
		claim := change(t, "AfroHostClaim", watch.Added, "{metadata: {name: shop.example.com, uid: c, labels: {owner: "+owner+"}}}")
		text, err := Dump([]Change{app(second), claim}, []Change{app(first), claim, app(second)})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	one := run("uid-a", "uid-b", "uid-b", "2026-11-30T10:00:00Z")
	if other := run("uid-x", "uid-y", "uid-y", "2027-01-01T00:00:00Z"); other != one {
		t.Errorf("the same end:\n%s", Difference(one, other))
	}
	stale := Difference(one, run("uid-x", "uid-y", "uid-x", "2027-01-01T00:00:00Z"))
	if !strings.Contains(stale, "+     owner: <uid 1 of AfroApp shop/web>") {
		t.Errorf("an owner of before is not told apart:\n%s", stale)
	}
}

// Each oracle can fail.
func TestOracles(t *testing.T) {
	golden := &Run{End: "end"}
	database := "{metadata: {namespace: databases, name: d, uid: d, annotations: {platform.afrotomation.com/owner: AfroApp/shop/web}}, spec: {databaseReclaimPolicy: POLICY}}"
	kept := strings.Replace(database, "POLICY", "retain", 1)
	for id, run := range map[string]*Run{
		"O1":  {End: "another"},
		"O2":  {End: "end", Changes: []Change{change(t, "Ingress", watch.Added, "{metadata: {name: web, uid: i}}")}},
		"O3":  {End: "end", AtRest: []Call{{Method: "PATCH", Path: "/x", Code: 200}}},
		"O6":  {End: "end", Changes: []Change{change(t, "Database", watch.Deleted, kept)}},
		"O7":  {End: "end", Changes: []Change{change(t, "Ingress", watch.Modified, "{metadata: {name: web, uid: i, managedFields: [{manager: afroapp}]}}")}},
		"O9":  {End: "end", Changes: []Change{change(t, "AfroApp", watch.Modified, "{metadata: {name: web, uid: a, generation: 1}, status: {observedGeneration: 2}}")}},
		"O11": {End: "end", Panics: 1},
		"O12": {End: "end", Calls: []Call{{Method: "DELETE", Path: "/x", Code: 403}}},
	} {
		if wrong := strings.Join(Judge(golden, run), "\n"); !strings.Contains(wrong, id+" (") {
			t.Errorf("%s does not see it: %q", id, wrong)
		}
	}
	risk := &Run{End: "end", Changes: []Change{change(t, "Database", watch.Modified, strings.Replace(database, "POLICY", "delete", 1))}}
	if len(keepsData(golden, risk)) == 0 {
		t.Error("a reclaim policy that drops the database is not seen")
	}
	risk.Allowed = []string{"Database databases/d"}
	if wrong := keepsData(golden, risk); len(wrong) > 0 {
		t.Errorf("with both keys it is allowed: %q", wrong)
	}
	if wrong := Judge(golden, golden); len(wrong) > 0 {
		t.Errorf("the run without faults: %q", wrong)
	}
}
