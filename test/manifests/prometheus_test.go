package manifests

import (
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The metrics that the manager exposes, and those of controller-runtime that alerts may use.
var metrics = map[string]bool{
	"afroapp_image_oldest_stale_seconds": true, "afroapp_image_unseen_apps": true, "afroapp_registry_last_success_timestamp_seconds": true,
	"afroapp_registry_probe_interval_seconds": true,
	"afroapp_stuck_apps":                      true, "afroapp_oldest_stuck_seconds": true, "afroapp_apps": true,
	"controller_runtime_reconcile_errors_total": true, "leader_election_master_status": true,
}

var metricName = regexp.MustCompile(`\b(?:afroapp|controller_runtime|leader_election)_[a-z_]+`)

// An alert on a metric that nobody exposes never fires.
func TestAlertsUseMetricsThatExist(t *testing.T) {
	groups, _, err := unstructured.NestedSlice(find(build(t, "prometheus"), "PrometheusRule", "afroapp").Object, "spec", "groups")
	if err != nil || len(groups) == 0 {
		t.Fatalf("no groups of rules (%v)", err)
	}
	for _, group := range groups {
		rules, _, _ := unstructured.NestedSlice(group.(map[string]any), "rules")
		for _, rule := range rules {
			checkAlert(t, rule.(map[string]any))
		}
	}
}

func checkAlert(t *testing.T, rule map[string]any) {
	t.Helper()
	used := metricName.FindAllString(rule["expr"].(string), -1)
	if len(used) == 0 {
		t.Errorf("%s uses none of our metrics", rule["alert"])
	}
	for _, name := range used {
		if !metrics[name] {
			t.Errorf("%s uses %s, which nobody exposes", rule["alert"], name)
		}
	}
	for _, text := range []string{"summary", "description"} {
		if value, _, _ := unstructured.NestedString(rule, "annotations", text); value == "" {
			t.Errorf("%s has no %s", rule["alert"], text)
		}
	}
	if severity, _, _ := unstructured.NestedString(rule, "labels", "severity"); severity != "warning" && severity != "critical" {
		t.Errorf("%s has severity %q", rule["alert"], severity)
	}
}
