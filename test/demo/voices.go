package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/internal/foreign"
)

var deployment = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}

// voice is how a kind speaks, in the words of its controller.
type voice struct {
	peer string
	says func(*unstructured.Unstructured) string
}

var voices = map[schema.GroupVersionKind]voice{
	foreign.Application: {"Argo CD", func(o *unstructured.Unstructured) string {
		return both("sync", text(o, "sync", "status"), "health", text(o, "health", "status"))
	}},
	foreign.ImageUpdater: {"image-updater", updaterSays},
	deployment:           {"Kubernetes", podsReady},
	foreign.Ingress:      {"ingress-nginx", address},
	foreign.Cluster:      {"CloudNativePG", clusterSays},
	foreign.DatabaseRole: {"CloudNativePG", applied},
	foreign.Database:     {"CloudNativePG", applied},
	foreign.ObjectStore:  {"Barman Cloud", recoverable},
}

func text(o *unstructured.Unstructured, path ...string) string {
	s, _, _ := unstructured.NestedString(o.Object, append([]string{"status"}, path...)...)
	return s
}

func number(o *unstructured.Unstructured, path ...string) int64 {
	n, _, _ := unstructured.NestedInt64(o.Object, append([]string{"status"}, path...)...)
	return n
}

func both(a, x, b, y string) string {
	if x == "" || y == "" {
		return ""
	}
	return fmt.Sprintf("%s %s, %s %s", a, x, b, y)
}

func updaterSays(o *unstructured.Unstructured) string {
	if text(o, "lastCheckedAt") == "" {
		return ""
	}
	said := fmt.Sprintf("matches %d, looks after %d", number(o, "applicationsMatched"), number(o, "imagesManaged"))
	updates, _, _ := unstructured.NestedSlice(o.Object, "status", "recentUpdates")
	for _, u := range updates {
		fields, _ := u.(map[string]any)
		if version, _ := fields["newVersion"].(string); version != "" {
			said += ", wrote " + version[:min(len(version), 19)] + "…"
		}
	}
	return said
}

func podsReady(o *unstructured.Unstructured) string {
	wanted, _, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	return fmt.Sprintf("%d of %d ready", number(o, "readyReplicas"), wanted)
}

func address(o *unstructured.Unstructured) string {
	points, _, _ := unstructured.NestedSlice(o.Object, "status", "loadBalancer", "ingress")
	for _, p := range points {
		fields, _ := p.(map[string]any)
		if ip, _ := fields["ip"].(string); ip != "" {
			return "address " + ip
		}
	}
	return ""
}

func clusterSays(o *unstructured.Unstructured) string {
	phase := text(o, "phase")
	if phase == "" {
		return ""
	}
	said := []string{phase}
	if archiving := conditionOf(o, "ContinuousArchiving"); archiving != "" {
		said = append(said, archiving)
	}
	return strings.Join(said, "; ")
}

func conditionOf(o *unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if fields, _ := c.(map[string]any); fields["type"] == kind {
			message, _ := fields["message"].(string)
			return message
		}
	}
	return ""
}

func applied(o *unstructured.Unstructured) string {
	if yes, known, _ := unstructured.NestedBool(o.Object, "status", "applied"); known && yes {
		return "applied"
	}
	_, cause, ok := strings.Cut(text(o, "message"), "ERROR: ")
	if !ok {
		return text(o, "message")
	}
	return cause // PostgreSQL's own words
}

func recoverable(o *unstructured.Unstructured) string {
	windows, _, _ := unstructured.NestedMap(o.Object, "status", "serverRecoveryWindow")
	for _, w := range windows {
		fields, _ := w.(map[string]any)
		if from, _ := fields["firstRecoverabilityPoint"].(string); from != "" {
			return "recoverable from " + from
		}
	}
	return ""
}
