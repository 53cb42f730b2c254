package cel

import (
	"fmt"
	"strings"
)

// list is a YAML list of n items.
func list(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

var mutations = []mutation{
	// spec.image
	{"spec.image", ``, "spec.image: Required value"},
	{"spec.image", `""`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `nginx:latest`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/shop`, "no tag and no digest, so nothing can be followed"},
	{"spec.image", `"ghcr.io/acme/shop:"`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `GHCR.io/acme/shop:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/Acme/shop:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `"ghcr.io/acme/shop:1,evil=x/y:1"`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `"ghcr.io/acme/shop:a b"`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `"ghcr.io/acme/shop:1\n"`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/shop@sha256:beef`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/../shop:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/a..b:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/a.-b:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/a___b:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr..io/acme/shop:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr-.io/acme/shop:1`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/` + strings.Repeat("a", 243) + `:1`, "registry and repository have more than 255 characters; choose a shorter"},
	{"spec.image", `ghcr.io/acme/` + strings.Repeat("a", 520) + `:1`, "spec.image: Too long: may not be more than 512"},
	{"spec.image", `7`, "spec.image in body must be of type string"},
	{"spec.image", `"ghcr.io:123456/acme/shop:1"`, "not an image reference; write registry/repository:tag"},
	{"spec.image", `ghcr.io/acme/shop:1@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a`, "imageUpdate.policy: Rolling follows a tag, but the image is fixed by a digest; remove the digest"},

	// spec.imageUpdate
	{"spec.imageUpdate.policy", `Latest`, "spec.imageUpdate.policy: Unsupported value"},
	{"spec.imageUpdate.policy", `rolling`, "spec.imageUpdate.policy: Unsupported value"},
	{"spec.imageUpdate.policy", `Semver`, "range: missing; policy Semver needs the range"},
	{"spec.imageUpdate.range", `1.x`, "range: only policy Semver follows a range; remove it"},
	{"spec.imageUpdate", `{range: "1.x; rm"}`, "spec.imageUpdate.range in body should match"},
	{"spec.imageUpdate", `{range: "` + strings.Repeat("1.2.3 || ", 8) + `1.2.3"}`, "spec.imageUpdate.range: Too long: may not be more than 64"},
	{"spec.imageUpdate.platforms", `[linux]`, "not a platform; write os/arch"},
	{"spec.imageUpdate.platforms", `[Linux/amd64]`, "not a platform; write os/arch"},
	{"spec.imageUpdate.platforms", `[linux/amd64, linux/amd64]`, "spec.imageUpdate.platforms[1]: Duplicate value"},
	{"spec.imageUpdate.platforms", `[a/b, c/d, e/f, g/h, i/j]`, "spec.imageUpdate.platforms: Too many: 5: must have at most 4 items"},
	{"spec.imageUpdate.platforms", `["linux/` + strings.Repeat("a", 40) + `"]`, "spec.imageUpdate.platforms[0]: Too long: may not be more than 32"},
	{"spec.imageUpdate.platforms", `[""]`, "not a platform; write os/arch"},
	{"spec.imageUpdate.pullSecret", `{}`, "spec.imageUpdate.pullSecret.name: Required value"},
	{"spec.imageUpdate.pullSecret.name", `""`, "spec.imageUpdate.pullSecret.name in body should be at least 1"},
	{"spec.imageUpdate.pullSecret.name", `Ghcr`, "spec.imageUpdate.pullSecret.name in body should match"},
	{"spec.imageUpdate.pullSecret.name", `other/ghcr`, "spec.imageUpdate.pullSecret.name in body should match"},
	{"spec.imageUpdate.pullSecret.name", strings.Repeat("a", 254), "spec.imageUpdate.pullSecret.name: Too long: may not be more than 253"},
	{"spec.imageUpdate.paused", `"yes"`, "spec.imageUpdate.paused in body must be of type boolean"},
	{"spec.imageUpdate.interval", `1m`, "unknown field \"spec.imageUpdate.interval\""},

	// spec.source
	{"spec.source", `{path: apps/clickrise}`, "exactly one of kustomize and helm is needed: image-updater cannot write into plain manifests; set one"},
	{"spec.source", `{path: apps/clickrise, kustomize: {}, helm: {}}`, "exactly one of kustomize and helm is needed: image-updater cannot write into plain manifests; set one"},
	{"spec.source.path", ``, "spec.source.path: Required value"},
	{"spec.source.path", `""`, "not a folder in the repository; write a relative path"},
	{"spec.source.path", `/etc`, "not a folder in the repository; write a relative path"},
	{"spec.source.path", `apps/../../etc`, "not a folder in the repository; write a relative path"},
	{"spec.source.path", `"apps/clickrise\n"`, "not a folder in the repository; write a relative path"},
	{"spec.source.path", `apps/` + strings.Repeat("a", 260), "spec.source.path: Too long: may not be more than 256"},
	{"spec.source.repoURL", `file:///etc`, "not a repository URL; use https://"},
	{"spec.source.repoURL", `https://user@github.com/a/b.git`, "not a repository URL; use https://"},
	{"spec.source.repoURL", `http://github.com/a/b.git`, "not a repository URL; use https://"},
	{"spec.source.repoURL", `https://github.com/a/../b.git`, "not a repository URL; use https://"},
	{"spec.source.repoURL", `https://github.com/` + strings.Repeat("a", 520), "spec.source.repoURL: Too long: may not be more than 512"},
	{"spec.source.targetRevision", `"-x"`, "spec.source.targetRevision in body should match"},
	{"spec.source.targetRevision", `"a b"`, "spec.source.targetRevision in body should match"},
	{"spec.source.targetRevision", `refs/pull/7/head`, "a reference, and refs/ leads to pull requests of strangers too; name a branch or tag"},
	{"spec.source.targetRevision", strings.Repeat("a", 129), "spec.source.targetRevision: Too long: may not be more than 128"},
	{"spec.source.serviceName", `Shop`, "spec.source.serviceName in body should match"},
	{"spec.source.serviceName", `9shop`, "spec.source.serviceName in body should match"},
	{"spec.source.serviceName", strings.Repeat("a", 64), "spec.source.serviceName: Too long: may not be more than 63"},
	{"spec.source.kustomize.imageName", `"a=b"`, "not an image name; write it as it stands"},
	{"spec.source.kustomize.imageName", strings.Repeat("a", 513), "spec.source.kustomize.imageName: Too long: may not be more than 512"},
	{"spec.source", `{path: apps/clickrise, helm: {}}`, "source.helm: replicas, env, resources, health and runAsUser of your own chart belong into source.helm.values; move them there"},
	{"spec.source", `{path: apps/clickrise, helm: {values: [a]}}`, "spec.source.helm.values in body must be of type object"},
	{"spec.source", `{path: apps/clickrise, helm: {imageTagKey: ".tag"}}`, "spec.source.helm.imageTagKey in body should match"},
	{"spec.source", `{path: apps/clickrise, helm: {imageNameKey: "image..name"}}`, "spec.source.helm.imageNameKey in body should match"},

	// spec.port
	{"spec.port", `0`, "spec.port in body should be greater than or equal to 1"},
	{"spec.port", `65536`, "spec.port in body should be less than or equal to 65535"},
	{"spec.port", `"http"`, "spec.port in body must be of type integer"},
	{"spec.port", ``, "port: missing, but hosts are given; set spec.port"},
	{"spec.port", ``, "health: needs a port to ask; set spec.port"},

	// spec.replicas
	{"spec.replicas", `-1`, "spec.replicas in body should be greater than or equal to 0"},
	{"spec.replicas", `101`, "spec.replicas in body should be less than or equal to 100"},

	// spec.runAsUser
	{"spec.runAsUser", `0`, "spec.runAsUser in body should be greater than or equal to 1"},
	{"spec.runAsUser", `2147483648`, "spec.runAsUser in body should be less than or equal to 2147483647"},
	{"spec.runAsUser", `node`, "spec.runAsUser in body must be of type integer"},

	// spec.env
	{"spec.env.0.name", `"A=B"`, "spec.env[0].name in body should match"},
	{"spec.env.0.name", `9A`, "spec.env[0].name in body should match"},
	{"spec.env.0.name", `""`, "spec.env[0].name in body should be at least 1"},
	{"spec.env.0.name", strings.Repeat("A", 129), "spec.env[0].name: Too long: may not be more than 128"},
	{"spec.env.0.value", `"` + strings.Repeat("x", 8193) + `"`, "spec.env[0].value: Too long: may not be more than 8192"},
	{"spec.env", `[{name: A, value: "1"}, {name: A, value: "2"}]`, "spec.env[1]: Duplicate value"},
	{"spec.env", `[{name: A, value: x, valueFrom: {secretKeyRef: {name: s, key: k}}}]`, "a value and a valueFrom are given; remove one of them"},
	{"spec.env", `[{name: A, valueFrom: {}}]`, "spec.env[0].valueFrom.secretKeyRef: Required value"},
	{"spec.env", `[{name: A, valueFrom: {secretKeyRef: {name: S, key: k}}}]`, "spec.env[0].valueFrom.secretKeyRef.name in body should match"},
	{"spec.env", `[{name: A, valueFrom: {secretKeyRef: {name: s, key: "../k"}}}]`, "spec.env[0].valueFrom.secretKeyRef.key in body should match"},
	{"spec.env", `[{name: A, valueFrom: {configMapKeyRef: {name: s, key: k}}}]`, "unknown field \"spec.env[0].valueFrom.configMapKeyRef\""},
	{"spec.env", list(101, "{name: A%d}"), "spec.env: Too many: 101: must have at most 100 items"},

	// spec.resources
	{"spec.resources.requests.cpu", `much`, "spec.resources.requests.cpu in body should match"},
	{"spec.resources.limits", `{gpu: 1}`, "unknown field \"spec.resources.limits.gpu\""},

	// spec.health
	{"spec.health.path", `healthz`, "spec.health.path in body should match"},
	{"spec.health.path", `"/health?x=1"`, "spec.health.path in body should match"},
	{"spec.health", `{}`, "spec.health.path: Required value"},
	{"spec.health.path", `/` + strings.Repeat("a", 256), "spec.health.path: Too long: may not be more than 256"},

	// spec.hosts
	{"spec.hosts.0", `"*.afrotomation.com"`, "not a host name; use lower-case letters"},
	{"spec.hosts.0", `Shop.afrotomation.com`, "not a host name; use lower-case letters"},
	{"spec.hosts.0", `shop.afrotomation.com.`, "not a host name; use lower-case letters"},
	{"spec.hosts.0", `"shop.afrotomation.com:80"`, "not a host name; use lower-case letters"},
	{"spec.hosts.0", `""`, "not a host name; use lower-case letters"},
	{"spec.hosts.0", strings.Repeat("a", 64) + `.com`, "not a host name; use lower-case letters"},
	{"spec.hosts.0", strings.Repeat("aaaaaaaaaa.", 24), "spec.hosts[0]: Too long: may not be more than 253"},
	{"spec.hosts", `[a.afrotomation.com, a.afrotomation.com]`, "spec.hosts[1]: Duplicate value"},
	{"spec.hosts", list(11, "h%d.afrotomation.com"), "spec.hosts: Too many: 11: must have at most 10 items"},
	{"spec.hosts", `[]`, "paths: without hosts nothing is routed; add spec.hosts"},
	{"spec.hosts", `[]`, "exposure: without hosts nothing is exposed; add spec.hosts"},
	{"spec.hosts", ``, "tls: without hosts there is nothing to certify; add spec.hosts"},
	{"spec.hosts", ``, "paths: without hosts nothing is routed; add spec.hosts"},

	// spec.paths
	{"spec.paths.0", `api`, "not a path prefix; start with"},
	{"spec.paths.0", `"/a b"`, "not a path prefix; start with"},
	{"spec.paths.0", `"/a\n"`, "not a path prefix; start with"},
	{"spec.paths.0", `/.well-known/acme-challenge/x`, "this path is reserved for certificate challenges; choose another"},
	{"spec.paths.0", `/` + strings.Repeat("a", 256), "spec.paths[0]: Too long: may not be more than 256"},
	{"spec.paths", `[]`, "spec.paths in body should have at least 1"},
	{"spec.paths", `[/a, /a]`, "spec.paths[1]: Duplicate value"},
	{"spec.paths", `[/a, /a/]`, "two paths differ in the '/' at their end only, and are the same prefix; remove one"},
	{"spec.paths", `[/, /a/, /b, /a]`, "two paths differ in the '/' at their end only, and are the same prefix; remove one"},
	{"spec.paths", list(11, "/%d"), "spec.paths: Too many: 11: must have at most 10 items"},

	// spec.exposure
	{"spec.exposure.visibility", `Private`, "spec.exposure.visibility: Unsupported value"},
	{"spec.exposure.streaming", `{}`, "spec.exposure.streaming.idleTimeout: Required value"},
	{"spec.exposure.streaming.idleTimeout", `"3600"`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.streaming.idleTimeout", `0s`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.streaming.idleTimeout", `25h`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.streaming.idleTimeout", `1.5h`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.streaming.idleTimeout", `-1h`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.streaming.idleTimeout", `""`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.streaming.idleTimeout", `500ms`, "not between 1s and 24h; write for example 1h"},
	{"spec.exposure.rateLimit", `{}`, "spec.exposure.rateLimit.requestsPerSecond: Required value"},
	{"spec.exposure.rateLimit.requestsPerSecond", `0`, "spec.exposure.rateLimit.requestsPerSecond in body should be greater than or equal to 1"},
	{"spec.exposure.rateLimit.requestsPerSecond", `10001`, "spec.exposure.rateLimit.requestsPerSecond in body should be less than or equal to 10000"},
	{"spec.exposure.maxBodySize", `huge`, "spec.exposure.maxBodySize in body should match"},

	// spec.tls
	{"spec.tls.mode", `SelfSigned`, "spec.tls.mode: Unsupported value"},

	// spec.database
	{"spec.database.mode", `Own`, "spec.database.mode: Unsupported value"},
	{"spec.database.extensions", `["pg crypto"]`, "not an extension name; write it as CREATE EXTENSION takes it"},
	{"spec.database.extensions", `[PGCRYPTO]`, "not an extension name; write it as CREATE EXTENSION takes it"},
	{"spec.database.extensions", `[""]`, "not an extension name; write it as CREATE EXTENSION takes it"},
	{"spec.database.extensions", `[pgcrypto, pgcrypto]`, "spec.database.extensions[1]: Duplicate value"},
	{"spec.database.extensions", `[` + strings.Repeat("a", 64) + `]`, "spec.database.extensions[0]: Too long: may not be more than 63"},
	{"spec.database.extensions", list(21, "e%d"), "spec.database.extensions: Too many: 21: must have at most 20 items"},
	{"spec.database.instances", `2`, "instances and storage belong to mode Dedicated; set mode: Dedicated"},
	{"spec.database.storage", `5Gi`, "instances and storage belong to mode Dedicated; set mode: Dedicated"},
	{"spec.database", `{mode: Dedicated, instances: 0}`, "spec.database.instances in body should be greater than or equal to 1"},
	{"spec.database", `{mode: Dedicated, instances: 10}`, "spec.database.instances in body should be less than or equal to 9"},
	{"spec.database", `{mode: Dedicated, storage: 512Mi}`, "smaller than 1Gi, and PostgreSQL needs room for its WAL; ask for at least 1Gi"},
	{"spec.database.onDelete", `Drop`, "spec.database.onDelete: Unsupported value"},
	{"spec.database", ``, "backup: there is no database to back up; add spec.database"},

	// spec.backup
	{"spec.backup.schedule", `"0 2 * * *"`, "spec.backup.schedule: Unsupported value"},
	{"spec.backup.schedule", `daily`, "spec.backup.schedule: Unsupported value"},
	{"spec.backup.retention", `"14"`, "spec.backup.retention in body should match"},
	{"spec.backup.retention", `0d`, "spec.backup.retention in body should match"},
	{"spec.backup.retention", `14 days`, "spec.backup.retention: Too long: may not be more than 5"},
	{"spec.backup.retention", `99999d`, "spec.backup.retention: Too long: may not be more than 5"},
	{"spec.backup.drill", `Daily`, "spec.backup.drill: Unsupported value"},

	// spec.onDelete
	{"spec.onDelete", `Delete`, "spec.onDelete: Unsupported value"},

	// metadata.name
	{"metadata.name", strings.Repeat("a", 41), "metadata.name: longer than 40 characters"},
	{"metadata.name", `kubernetes`, "metadata.name: kubernetes is the Service of the API server"},
	{"metadata.name", `web-db-rw`, "metadata.name: ends as the Services of a dedicated database do (-db-rw, -db-ro, -db-r)"},
	{"metadata.name", `web-db-ro`, "would take over the one of another app; choose another name"},
	{"metadata.name", `web-db-r`, "would take over the one of another app; choose another name"},
	{"metadata.name", `Click_Rise`, "a lowercase RFC 1123 subdomain"},

	// spec.project
	{"spec.project", `default`, "unknown field \"spec.project\""},
}
