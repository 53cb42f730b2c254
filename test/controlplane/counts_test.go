package controlplane

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

const exposition = `# HELP apiserver_request_total Counter of apiserver requests.
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="apps",resource="deployments",scope="resource",subresource="",verb="APPLY",version="v1"} 3
apiserver_request_total{code="200",component="apiserver",dry_run="All",group="apps",resource="deployments",scope="resource",subresource="",verb="APPLY",version="v1"} 2
apiserver_request_total{code="200",component="apiserver",dry_run="",group="apps",resource="deployments",scope="resource",subresource="status",verb="PATCH",version="v1"} 1
`

func TestParseRequests(t *testing.T) {
	got, err := parseRequests(strings.NewReader(exposition))
	if err != nil {
		t.Fatal(err)
	}
	want := Requests{
		{Verb: "APPLY", Group: "apps", Resource: "deployments", Code: "200"}:                        5,
		{Verb: "PATCH", Group: "apps", Resource: "deployments", Subresource: "status", Code: "200"}: 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	earlier := Requests{{Verb: "APPLY", Group: "apps", Resource: "deployments", Code: "200"}: 5}
	if added := got.Since(earlier); len(added) != 1 || added.Sum(func(Request) bool { return true }) != 1 {
		t.Errorf("added since: %v", added)
	}
}

func TestMetricsWithoutTheCounterAreAnError(t *testing.T) {
	for _, text := range []string{"", "up 1\n", "not metrics at all {"} {
		if got, err := parseRequests(strings.NewReader(text)); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestReadAudit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.log")
	write(t, file, `{"auditID":"1","stage":"ResponseStarted","verb":"watch","user":{"username":"a"}}
{"auditID":"2","stage":"ResponseComplete","verb":"create","user":{"username":"b"},"responseStatus":{"code":201},"objectRef":{"apiGroup":"apps","resource":"deployments"}}
{"auditID":"1","stage":"ResponseComplete","verb":"watch","user":{"username":"a"}}
{"auditID":"3","stage":"Resp`)
	entries, err := ReadAudit(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].Stage != "ResponseComplete" || entries[1].ObjectRef.Resource != "deployments" ||
		entries[1].User.Username != "b" || entries[1].ResponseStatus.Code != 201 {
		t.Errorf("got %+v", entries)
	}
	write(t, file, "{}\nnonsense\n")
	if _, err := ReadAudit(file); err == nil {
		t.Error("nonsense was read")
	}
}
