package schema

import (
	"maps"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/platform"
)

const good = `{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: web, namespace: team-a}, spec: {image: "ghcr.io/acme/web:latest", port: 3000, hosts: [web.example.com]}}`

// What a Go type cannot tell apart is told of the file itself, with what to do.
func TestAfroApp(t *testing.T) {
	for _, c := range []struct{ name, change, want string }{
		{"right", `{}`, ``},
		{"number without quotes", `{env: [{name: A, value: 1.5}]}`, "spec.env[0].value: a number that is not whole; write it in quotes"},
		{"nothing behind an object", `{database: null}`, "spec.database: nothing stands behind it, and the API server would drop it; write {}, or remove it"},
		{"nothing behind a value", `{port: null}`, "spec.port: nothing stands behind it, and the API server would drop it; give it a value, or remove it"},
		{"empty text", `{health: {path: ""}}`, "spec.health.path: "},
		{"out of bounds", `{port: 70000}`, "spec.port: "},
		{"missing", `{image: null}`, "spec.image: "},
		{"rule over two fields", `{hosts: [], tls: {mode: PerHost}}`, "spec.tls: without hosts there is nothing to certify; add spec.hosts, or remove spec.tls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields := decode(t, good)
			maps.Copy(fields["spec"].(map[string]any), decode(t, "{apiVersion: v1, kind: Change, spec: "+c.change+"}")["spec"].(map[string]any))
			got := said(AfroApp(fields))
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("want %q\ngot  %q", c.want, got)
			}
		})
	}
}

func TestAfroPlatformNamesTheField(t *testing.T) {
	got := said(AfroPlatform(decode(t, `{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroPlatform, metadata: {name: default}, spec: {}}`)))
	if !strings.Contains(got, "spec.registries: required") {
		t.Errorf("got %q", got)
	}
}

// Rest keeps what was not said: a refusal at a field covers those above and below it, and no neighbour whose name begins alike.
func TestRest(t *testing.T) {
	at := func(fields ...string) (out platform.Refusals) {
		for _, f := range fields {
			out = append(out, platform.Refusal{Field: f, Reason: "Invalid"})
		}
		return out
	}
	rest := Rest(at("spec.port", "spec.ports", "spec.env", "spec.env[0].name", "spec.tls"), at("spec.port", "spec.env[0]"))
	var fields []string
	for _, r := range rest {
		fields = append(fields, r.Field)
	}
	if got := strings.Join(fields, " "); got != "spec.ports spec.tls" {
		t.Errorf("got %q", got)
	}
}

func said(rs platform.Refusals) string {
	var lines []string
	for _, r := range rs {
		lines = append(lines, r.Field+": "+r.Cause+"; "+r.Remedy)
	}
	return strings.Join(lines, "\n")
}

// decode reads as afroctl does: whole numbers stay whole.
func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	objs, err := fixtures.Decode([]byte(text))
	if err != nil || len(objs) != 1 {
		t.Fatal(objs, err)
	}
	return objs[0].Object
}
