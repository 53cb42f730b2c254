package chart

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// stories are the folders of testdata, each with what a reader of its golden should see.
var stories = map[string]func(*testing.T, workload){
	"web-app":             webApp,
	"worker":              worker,
	"zero-replicas":       zeroReplicas,
	"digest":              pinnedByDigest,
	"tag-and-digest":      tagAndDigest,
	"database":            database,
	"database-overridden": databaseOverridden,
	"health-path":         healthPath,
	"private-image":       privateImage,
	"resources":           resources,
	"hardened":            hardened,
	"hostile":             hostile,
}

const digest = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"

func webApp(t *testing.T, w workload) {
	c := w.container()
	equal(t, "image", c.Image, "ghcr.io/acme/shop:latest")
	equal(t, "pull policy", c.ImagePullPolicy, corev1.PullAlways)
	equal(t, "replicas", *w.deployment.Spec.Replicas, 2)
	equal(t, "maxUnavailable", w.deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue(), 0)
	equal(t, "LOG_LEVEL", w.env()["LOG_LEVEL"].Value, "info")
	equal(t, "API_KEY", secretKey(t, w, "API_KEY"), "shop-keys/api-key")
	equal(t, "Service port", w.service.Spec.Ports[0].Port, 3000)
	for _, probe := range probes(c) {
		equal(t, "probed port", probe.TCPSocket.Port.String(), "http")
	}
	spread := w.pod().Spec.TopologySpreadConstraints
	equal(t, "spread constraints", len(spread), 1)
	equal(t, "spread", spread[0].WhenUnsatisfiable, corev1.ScheduleAnyway)
	equal(t, "service links", *w.pod().Spec.EnableServiceLinks, false)
}

func worker(t *testing.T, w workload) {
	c := w.container()
	equal(t, "has a Service", w.service != nil, false)
	equal(t, "ports", len(c.Ports), 0)
	equal(t, "has probes", c.StartupProbe != nil || c.ReadinessProbe != nil || c.LivenessProbe != nil, false)
	equal(t, "replicas by default", *w.deployment.Spec.Replicas, 1)
	equal(t, "spread constraints of one pod", len(w.pod().Spec.TopologySpreadConstraints), 0)
	equal(t, "pull policy of a tag that moves", c.ImagePullPolicy, corev1.PullAlways)
	equal(t, "memory by default", c.Resources.Requests.Memory().String(), "64Mi")
	equal(t, "limits by default", len(c.Resources.Limits), 0)
}

func zeroReplicas(t *testing.T, w workload) {
	equal(t, "replicas", *w.deployment.Spec.Replicas, 0)
	equal(t, "keeps its Service", w.service != nil, true)
}

func pinnedByDigest(t *testing.T, w workload) {
	equal(t, "image", w.container().Image, "registry.acme.example:5000/team/shop@"+digest)
	equal(t, "pull policy", w.container().ImagePullPolicy, corev1.PullIfNotPresent)
}

func tagAndDigest(t *testing.T, w workload) {
	equal(t, "image", w.container().Image, "ghcr.io/acme/shop:latest@"+digest)
	equal(t, "pull policy", w.container().ImagePullPolicy, corev1.PullIfNotPresent)
}

func database(t *testing.T, w workload) {
	want := map[string]string{
		"PGHOST": "host", "PGPORT": "port", "PGUSER": "username",
		"PGPASSWORD": "password", "PGDATABASE": "dbname", "DATABASE_URL": "uri",
	}
	for name, key := range want {
		equal(t, name, secretKey(t, w, name), "shop-db/"+key)
	}
	env := w.container().Env
	equal(t, "variables", len(env), 7)
	equal(t, "last, so that it can refer to the others", env[6].Name, "REPLICA_URL")
	equal(t, "pull policy of a full version", w.container().ImagePullPolicy, corev1.PullIfNotPresent)
}

func databaseOverridden(t *testing.T, w workload) {
	equal(t, "variables", len(w.container().Env), 6)
	equal(t, "DATABASE_URL", w.env()["DATABASE_URL"].Value, "postgres://$(PGHOST):6432/shop")
	equal(t, "PGPORT", secretKey(t, w, "PGPORT"), "pooler/port")
	equal(t, "PGHOST is set to nothing", w.env()["PGHOST"], corev1.EnvVar{Name: "PGHOST"})
	equal(t, "PGUSER", secretKey(t, w, "PGUSER"), "shop-db/username")
}

func healthPath(t *testing.T, w workload) {
	for _, probe := range probes(w.container()) {
		equal(t, "path", probe.HTTPGet.Path, "/api/v1/health_check~1")
		equal(t, "probed port", probe.HTTPGet.Port.String(), "http")
		equal(t, "TCP probe too", probe.TCPSocket != nil, false)
	}
	equal(t, "container port", w.container().Ports[0].ContainerPort, 65535)
}

func privateImage(t *testing.T, w workload) {
	secrets := w.pod().Spec.ImagePullSecrets
	equal(t, "pull Secrets", len(secrets), 2)
	equal(t, "first", secrets[0].Name, "ghcr")
	equal(t, "second", secrets[1].Name, "ghcr.mirror")
	equal(t, "image", w.container().Image, "ghcr.io/acme/shop:20261031")
}

func resources(t *testing.T, w workload) {
	r := w.container().Resources
	equal(t, "CPU request", r.Requests.Cpu().String(), "250m")
	equal(t, "memory request, from the default", r.Requests.Memory().String(), "64Mi")
	equal(t, "CPU limit", r.Limits.Cpu().String(), "2")
	equal(t, "memory limit", r.Limits.Memory().Value(), 1_000_000_000)
}

func hardened(t *testing.T, w workload) {
	equal(t, "user", *w.pod().Spec.SecurityContext.RunAsUser, 1000)
	equal(t, "read-only root", *w.container().SecurityContext.ReadOnlyRootFilesystem, true)
	equal(t, "writable", w.container().VolumeMounts[0].MountPath, "/tmp")
}

func hostile(t *testing.T, w workload) {
	want := []corev1.EnvVar{
		{Name: "TEMPLATE", Value: `{{ .Release.Name }}{{ fail "evaluated" }}`},
		{Name: "QUOTES", Value: "\"'`\\\" }, - name: X"},
		{Name: "LINES", Value: "a\n---\nkind: Secret\n  privileged: true\n\t\n"},
		{Name: "NO_VALUE", Value: "before <no value> after"},
		{Name: "UNPRINTABLE", Value: "\x7f\u0085\u2028\ufeff\u00a0\U000E0001\x01"},
		{Name: "LOOKS_LIKE", Value: "0o17"},
		{Name: "BOOLEAN", Value: "no"},
		{Name: "NULLISH", Value: "null"},
		{Name: "EMPTY"},
		{Name: "NOTHING"},
		{Name: "y", Value: "- &a *a !!binary |"},
		{Name: "SPACES", Value: "  two before, two behind  "},
	}
	got := w.container().Env
	equal(t, "variables", len(got), len(want))
	for i := range want {
		equal(t, want[i].Name, got[i], want[i])
	}
}

// equal stops the story at the first difference, because the next line may rest on it.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %#v, want %#v", what, got, want)
	}
}

func probes(c corev1.Container) []*corev1.Probe {
	return []*corev1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe}
}

// secretKey is the Secret and the key that a variable is taken from. Example: shop-db/host.
func secretKey(t *testing.T, w workload, name string) string {
	t.Helper()
	from := w.env()[name].ValueFrom
	if from == nil || from.SecretKeyRef == nil || w.env()[name].Value != "" {
		t.Fatalf("%s does not come from a Secret alone: %+v", name, w.env()[name])
	}
	return from.SecretKeyRef.Name + "/" + from.SecretKeyRef.Key
}
