package chart

import (
	"strings"
	"testing"
)

// TestRefusals gives one wrong value at a time; each must stop the rendering and be named in the error.
func TestRefusals(t *testing.T) {
	const image = "image: {repository: ghcr.io/acme/shop, tag: latest}\n"
	cases := map[string]struct{ values, names string }{
		"no image":                 {"port: 3000", "image"},
		"no tag":                   {"image: {repository: ghcr.io/acme/shop}", "tag"},
		"empty tag":                {`image: {repository: ghcr.io/acme/shop, tag: ""}`, "/image/tag"},
		"tag as a number":          {"image: {repository: ghcr.io/acme/shop, tag: 20261031}", "/image/tag"},
		"digest cut short":         {"image: {repository: ghcr.io/acme/shop, tag: 'latest@sha256:abc'}", "/image/tag"},
		"tag with a second line":   {`image: {repository: ghcr.io/acme/shop, tag: "latest\n"}`, "/image/tag"},
		"tag in the repository":    {"image: {repository: 'ghcr.io/acme/shop:latest', tag: latest}", "/image/repository"},
		"unknown key":              {image + "replicaCount: 2", "replicaCount"},
		"unknown key of a key":     {image + "health: {path: /, port: 3000}\nport: 3000", "/health"},
		"global of a parent":       {image + "global: {}", "global"},
		"port 0":                   {image + "port: 0", "/port"},
		"port too high":            {image + "port: 65536", "/port"},
		"port as text":             {image + `port: "3000"`, "/port"},
		"replicas two":             {image + `replicas: "two"`, "/replicas"},
		"replicas negative":        {image + "replicas: -1", "/replicas"},
		"replicas in halves":       {image + "replicas: 1.5", "/replicas"},
		"replicas null":            {image + "replicas: null", "replicas"},
		"health without a port":    {image + "health: {path: /}", "port"},
		"health path as a URL":     {image + "port: 1\nhealth: {path: 'http://169.254.169.254/'}", "/health/path"},
		"env value as a number":    {image + "env: [{name: A, value: 1}]", "/env/0/value"},
		"env with two origins":     {image + "env: [{name: A, value: b, valueFrom: {secretKeyRef: {name: s, key: k}}}]", "/env/0"},
		"env from a ConfigMap":     {image + "env: [{name: A, valueFrom: {configMapKeyRef: {name: s, key: k}}}]", "configMapKeyRef"},
		"env name with a blank":    {image + "env: [{name: 'A B', value: c}]", "/env/0/name"},
		"env twice":                {image + "env: [{name: A, value: b}, {name: A, value: c}]", "env: A is set twice"},
		"secret of elsewhere":      {image + "database: {secretName: other/shop-db}", "/database/secretName"},
		"pull secret twice":        {image + "imagePullSecrets: [a, a]", "/imagePullSecrets"},
		"pull secret as object":    {image + "imagePullSecrets: [{name: a}]", "/imagePullSecrets/0"},
		"negative CPU":             {image + "resources: {limits: {cpu: '-1'}}", "/resources/limits/cpu"},
		"unknown resource":         {image + "resources: {limits: {gpu: 1}}", "gpu"},
		"root":                     {image + "runAsUser: 0", "/runAsUser"},
		"name no Service can have": {image + "nameOverride: 2shop", "/nameOverride"},
		"read-only as text":        {image + `readOnlyRootFilesystem: "false"`, "/readOnlyRootFilesystem"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text, err := render(values(t, c.values))
			if err == nil {
				t.Fatalf("rendered:\n%s", text)
			}
			if !strings.Contains(err.Error(), c.names) {
				t.Errorf("the error does not name %q: %v", c.names, err)
			}
		})
	}
}

// TestReleaseNameIsTheDefaultName also holds that a release name which cannot name a Service is refused before the
// API server sees half of the objects.
func TestReleaseNameIsTheDefaultName(t *testing.T) {
	vals := values(t, "image: {repository: ghcr.io/acme/shop, tag: latest}\nport: 3000")
	for _, name := range []string{"shop", "true", "null", "y", strings.Repeat("a", 63)} {
		text, err := renderAs(name, vals)
		if err != nil {
			t.Fatalf("release %q: %v", name, err)
		}
		checkInvariants(t, name, decode(t, text))
	}
	for _, name := range []string{"shop.v2", "2shop", "shop-", strings.Repeat("a", 64)} {
		if _, err := renderAs(name, vals); err == nil || !strings.Contains(err.Error(), "cannot name a Service") {
			t.Errorf("release %q: error %v, want a refusal", name, err)
		}
	}
}
