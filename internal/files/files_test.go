package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const app = `apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: web, namespace: shop}
spec: {image: "ghcr.io/acme/web:latest"}
`

// load reads one stream from standard input.
func load(stream string, o Options) *Set {
	o.Stdin = strings.NewReader(stream)
	return Load([]string{"-"}, o)
}

func problems(s *Set) []string {
	var out []string
	for _, p := range s.Problems {
		out = append(out, p.String())
	}
	return out
}

func names(s *Set) (out []string) {
	for _, a := range s.Apps {
		out = append(out, a.Namespace+"/"+a.Name)
	}
	return out
}

func compare(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func named(name string) string { return strings.Replace(app, "name: web", "name: "+name, 1) }

// A parser that is given two documents reads the first, and says nothing of the second.
func TestEveryDocumentOfAStreamIsRead(t *testing.T) {
	indented := strings.ReplaceAll(app, "spec: {image: \"ghcr.io/acme/web:latest\"}", "spec:\n  image: ghcr.io/acme/web:latest\n  env: [{name: A, value: '----'}]")
	streams := map[string]string{
		"a marker":              named("a") + "---\n" + named("b"),
		"a comment behind it":   named("a") + "--- # the second\n" + named("b"),
		"a document behind it":  named("a") + "--- {apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: b, namespace: shop}, spec: {image: 'ghcr.io/acme/b:1'}}\n",
		"carriage returns":      strings.ReplaceAll(named("a")+"---\n"+named("b"), "\n", "\r\n"),
		"an end marker":         named("a") + "...\n" + named("b"),
		"a byte order mark":     "\ufeff---\n" + named("a") + "---\n" + named("b"),
		"empty documents":       "---\n---\n" + named("a") + "---\n\n---\n# nothing\n---\n" + named("b") + "---\n",
		"four dashes in a text": strings.Replace(indented, "name: web", "name: a", 1) + "---\n" + named("b"),
		"JSON":                  `{"apiVersion":"platform.afrotomation.com/v1alpha1","kind":"AfroApp","metadata":{"name":"a","namespace":"shop"},"spec":{"image":"x.io/a:1"}}` + "\n\t" + `{"apiVersion":"platform.afrotomation.com/v1alpha1","kind":"AfroApp","metadata":{"name":"b","namespace":"shop"},"spec":{"image":"x.io/b:1"}}`,
		"JSON with tabs":        "{\n\t\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n\t" + `{"apiVersion":"platform.afrotomation.com/v1alpha1","kind":"AfroApp","metadata":{"name":"b","namespace":"shop"},"spec":{"image":"x.io/b:1"}}, {"apiVersion":"platform.afrotomation.com/v1alpha1","kind":"AfroApp","metadata":{"name":"a","namespace":"shop"},"spec":{"image":"x.io/a:1"}}]}`,
		"a List":                "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: b, namespace: shop}, spec: {image: 'x.io/b:1'}}\n- {apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: a, namespace: shop}, spec: {image: 'x.io/a:1'}}\n",
		"a typed list":          "apiVersion: platform.afrotomation.com/v1alpha1\nkind: AfroAppList\nitems:\n- {apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: b, namespace: shop}, spec: {image: 'x.io/b:1'}}\n- {apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: a, namespace: shop}, spec: {image: 'x.io/a:1'}}\n",
		"flow style":            "{apiVersion: v1, kind: List, items: [{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: b, namespace: shop}, spec: {image: 'x.io/b:1'}}]}\n---\n" + named("a"),
	}
	for name, stream := range streams {
		t.Run(name, func(t *testing.T) {
			s := load(stream, Options{})
			compare(t, []string(nil), problems(s))
			compare(t, []string{"shop/a", "shop/b"}, names(s))
		})
	}
}

// What a typo makes of an object of ours is a problem, not silence.
func TestProblemsNameFileAndField(t *testing.T) {
	cases := map[string]struct {
		stream string
		want   []string
	}{
		"misspelt field":        {strings.Replace(app, "image:", "imgae:", 1), []string{"-: afroapp/web: spec.imgae: unknown field; remove it, or mend its spelling"}},
		"misspelt in a list":    {withSpec("env: [{name: A, value: x}, {name: B, valeu: x}]"), []string{"-: afroapp/web: spec.env[1].valeu: unknown field; remove it, or mend its spelling"}},
		"misspelt object":       {withSpec("exposre: {streaming: {idleTimeout: 1h}, maxBodySize: 1Mi}"), []string{"-: afroapp/web: spec.exposre: unknown field; remove it, or mend its spelling"}},
		"wrong case":            {withSpec("Port: 3000"), []string{"-: afroapp/web: spec.Port: unknown field; remove it, or mend its spelling"}},
		"metadata":              {strings.Replace(app, "namespace: shop", "namespace: shop, label: {a: b}", 1), []string{"-: afroapp/web: metadata.label: unknown field; remove it, or mend its spelling"}},
		"beside spec":           {app + "hosts: [a.example.com]\n", []string{"-: afroapp/web: hosts: unknown field; remove it, or mend its spelling"}},
		"a number in quotes":    {withSpec("port: '3000'"), []string{"-: afroapp/web: spec.port: is a string where a whole number is needed; mend it"}},
		"a number with a point": {withSpec("replicas: 1.5"), []string{"-: afroapp/web: spec.replicas: is a number where a whole number is needed; mend it"}},
		"a number as a string":  {withSpec("env: [{name: A, value: 1}]"), []string{"-: afroapp/web: spec.env[0].value: is a number where a string (in quotes) is needed; mend it"}},
		"an object as a list":   {withSpec("env: {A: x}"), []string{"-: afroapp/web: spec.env: is an object where a list is needed; mend it"}},
		"a string as an object": {withSpec("database: shared"), []string{"-: afroapp/web: spec.database: is a string where an object is needed; mend it"}},
		"a string as a list":    {withSpec("hosts: a.example.com"), []string{"-: afroapp/web: spec.hosts: is a string where a list is needed; mend it"}},
		"a bare word":           {withSpec("imageUpdate: {paused: 'yes'}"), []string{"-: afroapp/web: spec.imageUpdate.paused: is a string where true or false is needed; mend it"}},
		"two wrong amounts": {
			withSpec("resources: {requests: {cpu: lots, memory: 64Mi}, limits: {memory: 1 GB}}"),
			[]string{
				"-: afroapp/web: spec.resources.limits.memory: not an amount; write for example 250m or 128Mi",
				"-: afroapp/web: spec.resources.requests.cpu: not an amount; write for example 250m or 128Mi",
			},
		},
		"an unquoted annotation": {
			strings.Replace(app, "namespace: shop", "namespace: shop, annotations: {platform.afrotomation.com/paused: true}", 1),
			[]string{"-: afroapp/web: metadata.annotations.platform.afrotomation.com/paused: is true or false where a string (in quotes) is needed; mend it"},
		},
		"a key twice":         {app + "spec: {}\n", []string{`-: line 5: key "spec" already set in map; mend it`}},
		"a key twice in JSON": {`{"apiVersion":"v1","kind":"AfroApp","kind":"Namespace"}`, []string{`-: line 1: duplicate field "kind"; remove one of them`}},
		"the line of the file": {
			app + "---\n" + app + "---\na: b\n  c: d\n",
			[]string{
				"-: afroapp/web: metadata.name: shop/web is also in -; remove one of them",
				"-: line 12: mapping values are not allowed in this context; mend it",
			},
		},
		"another version": {strings.Replace(app, "v1alpha1", "v1", 1), []string{`-: afroapp/web: apiVersion: "platform.afrotomation.com/v1" is not known; write platform.afrotomation.com/v1alpha1`}},
		"no version":      {strings.Replace(app, "apiVersion:", "# ", 1), []string{`-: afroapp/web: apiVersion: "" is not known; write platform.afrotomation.com/v1alpha1`}},
		"another kind":    {strings.Replace(app, "kind: AfroApp", "kind: AfroAp", 1), []string{"-: afroap/web: kind: not one of AfroApp, AfroPlatform, AfroHostClaim; mend its spelling"}},
		"no namespace":    {strings.Replace(app, ", namespace: shop", "", 1), []string{"-: afroapp/web: metadata.namespace: missing; write it, or name it with --namespace"}},
		"no name":         {strings.Replace(app, "name: web, ", "", 1), nil}, // Resolve refuses it
		"a hostile namespace": {
			strings.Replace(app, "namespace: shop", "namespace: ../argocd", 1),
			[]string{"-: afroapp/web: metadata.namespace: not the name of a namespace; use lower-case letters, digits and '-', at most 63"},
		},
		"two platforms": {
			"{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroPlatform, metadata: {name: default}}\n---\n{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroPlatform, metadata: {name: b}}\n",
			[]string{"-: afroplatform/b: metadata.name: an AfroPlatform is also in -, and a cluster has one; remove one of them"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { compare(t, c.want, problems(load(c.stream, Options{}))) })
	}
}

func withSpec(fields string) string {
	return strings.Replace(app, "spec: {image: \"ghcr.io/acme/web:latest\"}", "spec:\n  image: ghcr.io/acme/web:latest\n  "+fields, 1)
}

func TestOtherKindsArePassedOver(t *testing.T) {
	s := load("replicas: 2\n---\njust text\n---\n- a\n- list\n---\napiVersion: v1\nkind: ConfigMap\ndata: {unknown: 1}\n---\n"+
		"apiVersion: example.com/v1\nkind: AfroBeat\n---\napiVersion: platform.afrotomation.com/v1alpha1\nkind: AfroHostClaim\nmetadata: {name: a.example.com}\n---\n"+app, Options{})
	compare(t, []string(nil), problems(s))
	compare(t, []string{"shop/web"}, names(s))
}

func TestLenientPassesOverWhatANewerOperatorWrote(t *testing.T) {
	s := load(app+"status: {fromTheFuture: {a: 1}}\n---\n"+strings.Replace(named("b"), ", namespace: shop", "", 1), Options{Lenient: true})
	compare(t, []string(nil), problems(s))
	compare(t, []string{"/b", "shop/web"}, names(s))
	s = load(withSpec("replicas: two"), Options{Lenient: true})
	compare(t, []string{"-: afroapp/web: spec.replicas: is a string where a whole number is needed; mend it"}, problems(s))
}

func TestNamespaceOfAppsThatNameNone(t *testing.T) {
	s := load(strings.Replace(app, ", namespace: shop", "", 1)+"---\n"+named("b"), Options{Namespace: "other"})
	compare(t, []string(nil), problems(s))
	compare(t, []string{"other/web", "shop/b"}, names(s))
}

func TestFactsOfTheCluster(t *testing.T) {
	s := load(`apiVersion: v1
kind: Namespace
metadata: {name: shop, uid: 1234, labels: {team: a}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: web-db, namespace: shop}
spec:
  plugins:
  - {name: other, parameters: {serverName: wrong}}
  - {name: barman-cloud.cloudnative-pg.io, parameters: {serverName: web-db-1}}
---
apiVersion: cluster.x-k8s.io/v1
kind: Cluster
metadata: {name: foreign, namespace: shop}
spec: {plugins: [{name: barman-cloud.cloudnative-pg.io, parameters: {serverName: wrong}}]}
`, Options{})
	compare(t, []string(nil), problems(s))
	ns := s.Namespace("shop")
	compare(t, "", string(ns.UID)) // 1234 is a number in YAML, and no UID
	compare(t, map[string]string{"team": "a", "kubernetes.io/metadata.name": "shop"}, ns.Labels)
	compare(t, map[string]string{"kubernetes.io/metadata.name": "absent"}, s.Namespace("absent").Labels)
	compare(t, "web-db-1", s.ServerName("shop", "web-db"))
	compare(t, "", s.ServerName("shop", "foreign"))
}

func TestFoldersAndFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"b.yaml": named("b"), "sub/a.yml": named("a"), "sub/c.json": `{"apiVersion":"platform.afrotomation.com/v1alpha1","kind":"AfroApp","metadata":{"name":"c","namespace":"shop"}}`,
		".github/x.yaml": named("hidden"), "notes.txt": named("text"), "given.txt": named("given"),
		"charts/web/Chart.yaml": "name: web", "charts/web/templates/deployment.yaml": "name: {{ .Release.Name }}",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	s := Load([]string{".", "sub/a.yml", "./b.yaml", "given.txt", "absent"}, Options{})
	compare(t, []string{"absent: cannot be read: no such file or directory; mend the path, or its permissions"}, problems(s))
	compare(t, []string{"shop/a", "shop/b", "shop/c", "shop/given"}, names(s))
	compare(t, "sub/a.yml", s.Apps[0].File)
}

func TestBrokenPlatformIsNotAMissingOne(t *testing.T) {
	s := load("{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroPlatform, metadata: {name: default}, spec: {infar: {}}}", Options{})
	if s.Platform != nil || !s.BrokenPlatform {
		t.Errorf("platform %v, broken %v", s.Platform, s.BrokenPlatform)
	}
	compare(t, []string{"-: afroplatform/default: spec.infar: unknown field; remove it, or mend its spelling"}, problems(s))
}

// FuzzLoad: whatever a file holds, it is read without a panic, and every problem is one line.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{app, app + "---\n" + app, withSpec("env: [{name: A, valeu: x}]"), withSpec("port: '1'"), "{", "{}{}", "--- |\n a\n...\n", "kind: List\nitems: [1, {kind: AfroApp}]", "\ufeff", "a: &a [*a]", `{kind: AfroApp, metadata: {name: "a\n\e[31m"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		for _, p := range problems(load(string(stream), Options{})) {
			if strings.ContainsAny(p, "\n\x1b") {
				t.Errorf("more than one line: %q", p)
			}
		}
	})
}
