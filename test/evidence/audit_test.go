package evidence

import (
	"slices"
	"strings"
	"testing"
)

func TestFromAudit(t *testing.T) {
	const line = `{"stage":"ResponseComplete","verb":"VERB","user":{"username":"system:serviceaccount:argocd:controller"},"objectRef":{"resource":"applications","namespace":"argocd","name":"NAME"},"responseStatus":{"code":CODE},"requestObject":BODY}` + "\n"
	log := ""
	for _, request := range [][4]string{
		{"create", "web", "201", "{}"},
		{"patch", "web", "200", `{"status":{"health":{"status":"Healthy"},"sync":null}}`},
		{"patch", "web", "200", `{"status":{"sync":null,"health":{}}}`}, // the same again
		{"patch", "web", "200", `[{"op":"add","path":"/metadata/annotations/x","value":"y"}]`},
		{"patch", "web", "200", `{"apiVersion":"v1","kind":"X","metadata":{"name":"web","uid":"1"},"spec":{"project":"x"}}`}, // an apply
		{"patch", "web", "409", "{}"},   // refused
		{"patch", "other", "200", "{}"}, // of another app
		{"update", "web", "200", `{"spec":{}}`},
	} {
		log += strings.NewReplacer("VERB", request[0], "NAME", request[1], "CODE", request[2], "BODY", request[3]).Replace(line)
	}
	got, err := FromAudit(strings.NewReader(log+`{"stage":`), func(resource, namespace, name string) bool {
		return resource == "applications" && namespace == "argocd" && name == "web"
	})
	want := []string{
		"controller: create applications", "controller: patch applications status.health status.sync",
		"controller: patch applications metadata.annotations", "controller: patch applications spec.project", "controller: update applications",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := FromAudit(strings.NewReader("no JSON\n"), nil); err == nil {
		t.Error("a line that is none is taken")
	}
}
