package controllers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// edit changes one field of a running app, and changes it back.
type edit struct {
	field    string   // of the spec: a path of the CRD's schema
	from, to string   // specs; APP and NS stand for the names
	changes  []string // kinds of the children that are written, made or deleted
	back     []string // the same on the way back; nil: as changes
	shows    string   // what a child shows of it, and showed nothing of before
	stays    string   // why the field cannot be taken back
}

const (
	plainSpec     = `{image: "ghcr.io/codenificient/shop:latest"}`
	servedSpec    = `{image: "ghcr.io/codenificient/shop:latest", port: 3000, hosts: [APP-NS.afrotomation.com]}`
	versionSpec   = `{image: "ghcr.io/codenificient/shop:1.4.2"}`
	kustomizeSpec = `{image: "ghcr.io/codenificient/shop:latest", source: {path: apps/NS/shop, kustomize: {}}}`
	helmSpec      = `{image: "ghcr.io/codenificient/shop:latest", source: {path: apps/NS/shop, helm: {}}}`
	dedicatedSpec = `{image: "ghcr.io/codenificient/shop:latest", database: {mode: Dedicated}}`
	sharedSpec    = `{image: "ghcr.io/codenificient/shop:latest", database: {}}`
)

// with adds fields to a spec.
func with(spec, fields string) string { return strings.TrimSuffix(spec, "}") + ", " + fields + "}" }

var application, both = []string{"Application"}, []string{"Application", "ImageUpdater"}

var edits = []edit{
	{field: "image", from: plainSpec, to: `{image: "ghcr.io/codenificient/shop:stable"}`, changes: both, shows: `codenificient/shop:stable`},
	{field: "imageUpdate.policy", from: plainSpec, to: with(plainSpec, `imageUpdate: {policy: Pinned}`), changes: []string{"ImageUpdater"}},
	{field: "imageUpdate.range", from: versionSpec, to: with(versionSpec, `imageUpdate: {range: 1.x}`), changes: []string{"ImageUpdater"}, shows: `shop:1.x`},
	{field: "imageUpdate.paused", from: plainSpec, to: with(plainSpec, `imageUpdate: {paused: true}`), changes: []string{"ImageUpdater"}, shows: `"ignoreTags":["*"]`},
	{field: "imageUpdate.forceUpdate", from: plainSpec, to: with(plainSpec, `imageUpdate: {forceUpdate: true}`), changes: []string{"ImageUpdater"}, shows: `"forceUpdate":true`},
	{field: "imageUpdate.platforms[]", from: plainSpec, to: with(plainSpec, `imageUpdate: {platforms: [linux/arm64]}`), changes: []string{"ImageUpdater"}, shows: `linux/arm64`},
	{field: "imageUpdate.pullSecret.name", from: plainSpec, to: with(plainSpec, `imageUpdate: {pullSecret: {name: ghcr-readonly}}`), changes: both, shows: `ghcr-readonly`},

	{field: "source.repoURL", from: kustomizeSpec, to: strings.Replace(kustomizeSpec, "source: {", `source: {repoURL: "https://github.com/codenificient/shop.git", `, 1),
		changes: application, shows: `codenificient/shop.git`},
	{field: "source.targetRevision", from: kustomizeSpec, to: strings.Replace(kustomizeSpec, "source: {", `source: {targetRevision: live, `, 1), changes: application, shows: `"targetRevision":"live"`},
	{field: "source.path", from: kustomizeSpec, to: strings.Replace(kustomizeSpec, "apps/NS/shop", "apps/NS/other", 1), changes: application, shows: `/other"`},
	{field: "source.kustomize.imageName", from: kustomizeSpec, to: strings.Replace(kustomizeSpec, "kustomize: {}", "kustomize: {imageName: placeholder}", 1),
		changes: []string{"ImageUpdater"}, shows: `"name":"placeholder"`},
	{field: "source.helm.values", from: helmSpec, to: strings.Replace(helmSpec, "helm: {}", `helm: {values: {greeting: {text: hello}, none: null, list: []}}`, 1),
		changes: application, shows: `"greeting":{"text":"hello"}`},
	{field: "source.helm.imageNameKey", from: helmSpec, to: strings.Replace(helmSpec, "helm: {}", `helm: {imageNameKey: web.repo}`, 1), changes: both, shows: `"web":{"repo":`},
	{field: "source.helm.imageTagKey", from: helmSpec, to: strings.Replace(helmSpec, "helm: {}", `helm: {imageTagKey: web.version}`, 1), changes: both, shows: `"web":{"version":`},
	{field: "source.serviceName", from: with(kustomizeSpec, `port: 3000, hosts: [APP-NS.afrotomation.com]`),
		to:      with(strings.Replace(kustomizeSpec, "kustomize: {}", "kustomize: {}, serviceName: front", 1), `port: 3000, hosts: [APP-NS.afrotomation.com]`),
		changes: []string{"Ingress"}, shows: `"name":"front"`},

	{field: "port", from: servedSpec, to: strings.Replace(servedSpec, "3000", "4000", 1), changes: []string{"Application", "Ingress"}, shows: `4000`},
	{field: "port", from: plainSpec, to: with(plainSpec, `port: 3000`), changes: application, shows: `"port":3000`},
	{field: "replicas", from: plainSpec, to: with(plainSpec, `replicas: 0`), changes: application, shows: `"replicas":0`},
	{field: "replicas", from: kustomizeSpec, to: with(kustomizeSpec, `replicas: 3`), changes: application, shows: `replicas: 3`},
	{field: "env[].name", from: with(plainSpec, `env: [{name: A, value: a}]`), to: with(plainSpec, `env: [{name: B, value: a}]`), changes: application, shows: `"name":"B"`},
	{field: "env[].value", from: plainSpec, to: with(plainSpec, `env: [{name: LOG_LEVEL, value: info}, {name: EMPTY}]`), changes: application, shows: `"value":"info"`},
	{field: "env[].value", from: kustomizeSpec, to: with(kustomizeSpec, `env: [{name: LOG_LEVEL, value: info}]`), changes: application, shows: `value: info`},
	{field: "env[].valueFrom.secretKeyRef.name", from: plainSpec, to: with(plainSpec, `env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: api, key: token}}}]`),
		changes: application, shows: `"name":"api"`},
	{field: "env[].valueFrom.secretKeyRef.key", from: with(plainSpec, `env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: api, key: token}}}]`),
		to: with(plainSpec, `env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: api, key: other}}}]`), changes: application, shows: `"key":"other"`},
	{field: "resources.requests.cpu", from: plainSpec, to: with(plainSpec, `resources: {requests: {cpu: 250m}}`), changes: application, shows: `"cpu":"250m"`},
	{field: "resources.requests.memory", from: plainSpec, to: with(plainSpec, `resources: {requests: {memory: 300Mi}}`), changes: application, shows: `"memory":"300Mi"`},
	{field: "resources.limits.cpu", from: plainSpec, to: with(plainSpec, `resources: {limits: {cpu: 2}}`), changes: application, shows: `"limits":{"cpu":"2"}`},
	{field: "resources.limits.memory", from: plainSpec, to: with(plainSpec, `resources: {limits: {memory: 512Mi}}`), changes: application, shows: `"limits":{"memory":"512Mi"}`},
	{field: "runAsUser", from: plainSpec, to: with(plainSpec, `runAsUser: 1000`), changes: application, shows: `"runAsUser":1000`},
	{field: "health.path", from: with(plainSpec, `port: 3000`), to: with(plainSpec, `port: 3000, health: {path: /healthz}`), changes: application, shows: `"path":"/healthz"`},

	{field: "hosts[]", from: servedSpec, to: strings.Replace(servedSpec, "hosts: [", "hosts: [APP2-NS.afrotomation.com, ", 1),
		changes: []string{"AfroHostClaim", "Ingress"}, shows: `2-NS.afrotomation.com`},
	{field: "hosts[]", from: with(servedSpec, `tls: {mode: PerHost}`), to: with(strings.Replace(servedSpec, "hosts: [", "hosts: [APP2-NS.afrotomation.com, ", 1), `tls: {mode: PerHost}`),
		changes: []string{"AfroHostClaim", "Certificate", "Ingress"}, shows: `2-NS.afrotomation.com`},
	{field: "paths[]", from: servedSpec, to: with(servedSpec, `paths: [/api]`), changes: []string{"Ingress"}, shows: `"path":"/api"`},
	{field: "exposure.visibility", from: servedSpec, to: `{image: "ghcr.io/codenificient/shop:latest", port: 3000, hosts: [APP-NS], exposure: {visibility: Tailnet}}`,
		changes: []string{"AfroHostClaim", "AfroHostClaim", "Ingress"}, shows: `"ingressClassName":"tailscale"`},
	{field: "exposure.streaming.idleTimeout", from: servedSpec, to: with(servedSpec, `exposure: {streaming: {idleTimeout: 1h}}`), changes: []string{"Ingress"},
		shows: `"nginx.ingress.kubernetes.io/proxy-read-timeout":"3600"`},
	{field: "exposure.maxBodySize", from: servedSpec, to: with(servedSpec, `exposure: {maxBodySize: 10Mi}`), changes: []string{"Ingress"},
		shows: `"nginx.ingress.kubernetes.io/proxy-body-size":"10240k"`},
	{field: "exposure.rateLimit.requestsPerSecond", from: servedSpec, to: with(servedSpec, `exposure: {rateLimit: {requestsPerSecond: 20}}`), changes: []string{"Ingress"},
		shows: `"nginx.ingress.kubernetes.io/limit-rps":"20"`},
	{field: "tls.mode", from: servedSpec, to: with(servedSpec, `tls: {mode: PerHost}`), changes: []string{"Certificate", "Ingress"}, shows: `"secretName":"APP-tls"`},
	{field: "tls.mode", from: servedSpec, to: with(servedSpec, `tls: {mode: "Off"}`), changes: []string{"Ingress"}, shows: `"nginx.ingress.kubernetes.io/ssl-redirect":"false"`},

	// What holds data stays when it is no longer asked for.
	{field: "database", from: plainSpec, to: sharedSpec, changes: []string{"Application", "Database", "DatabaseRole", "Secret", "Secret"}, back: []string{"Application", "Secret"},
		shows: `"secretName":"APP-db"`},
	{field: "database.mode", from: plainSpec, to: dedicatedSpec, back: []string{"Application", "Secret"}, shows: `"secretName":"APP-db"`,
		changes: []string{"Application", "Cluster", "ObjectStore", "ScheduledBackup", "Secret", "Secret"}},
	{field: "database.extensions[]", from: sharedSpec, to: strings.Replace(sharedSpec, "{}", "{extensions: [pgcrypto]}", 1), changes: []string{"Database"}, shows: `"name":"pgcrypto"`},
	{field: "database.extensions[]", from: dedicatedSpec, to: strings.Replace(dedicatedSpec, "Dedicated", "Dedicated, extensions: [pgcrypto]", 1), changes: []string{"Database"},
		back: []string{}, shows: `"name":"pgcrypto"`},
	{field: "database.instances", from: dedicatedSpec, to: strings.Replace(dedicatedSpec, "Dedicated", "Dedicated, instances: 3", 1), changes: []string{"Cluster"}, shows: `"instances":3`},
	{field: "database.storage", from: strings.Replace(dedicatedSpec, "Dedicated", "Dedicated, storage: 6Gi", 1), to: strings.Replace(dedicatedSpec, "Dedicated", "Dedicated, storage: 7Gi", 1),
		changes: []string{"Cluster"}, shows: `"size":"7Gi"`, stays: "a volume cannot shrink; restore into a new app to move to a smaller one"},
	{field: "database.onDelete", from: sharedSpec, to: strings.Replace(sharedSpec, "{}", "{onDelete: Delete}", 1)},
	{field: "backup.schedule", from: dedicatedSpec, to: with(dedicatedSpec, `backup: {schedule: Hourly}`), changes: []string{"ScheduledBackup"}, shows: ` * * * *"`},
	{field: "backup.retention", from: dedicatedSpec, to: with(dedicatedSpec, `backup: {retention: 90d}`), changes: []string{"ObjectStore"}, shows: `"retentionPolicy":"90d"`},
	{field: "backup.drill", from: sharedSpec, to: with(sharedSpec, `backup: {drill: Weekly}`)},
	{field: "onDelete", from: plainSpec, to: with(plainSpec, `onDelete: Orphan`), changes: application},
}

// editPlatform grants what the edits ask for.
var editPlatform = strings.NewReplacer(
	"{host: ghcr.io}", "{host: ghcr.io, pullSecrets: [{name: ghcr}, {name: ghcr-readonly}]}",
	"repositories: [", "sources: [\"https://github.com/codenificient/shop.git\"]\n    repositories: [",
).Replace(platformYAML)

// Each field of the spec is edited: exactly the children that are about it are written, once, they show it, and nothing
// of it is left when it is taken back. Each row has an app of its own, and all go from step to step together.
func TestEdits(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	w.apply(editPlatform)
	op := startOperator(t)
	w.cleanAtEnd()
	var all []*editRun
	for n, e := range edits {
		all = append(all, &editRun{world: w, op: op, edit: e, app: fmt.Sprintf("edit%02d", n)})
	}
	step := func(begin, end func(*editRun)) {
		for _, e := range all {
			e.in(t, begin)
		}
		for _, e := range all {
			e.in(t, end)
		}
	}
	step((*editRun).create, (*editRun).created)
	step((*editRun).editIt, (*editRun).edited)
	step((*editRun).takeBack, (*editRun).takenBack)
}

// editRun is one row at work.
type editRun struct {
	*world
	op  *operator
	app string
	edit

	mark          int
	plan          *expand.Plan
	before, after map[expand.Key]map[string]any
}

// in runs a step as a subtest.
func (e *editRun) in(t *testing.T, step func(*editRun)) {
	t.Run(e.app+"-"+e.field, func(t *testing.T) {
		w := *e.world
		e.world, w.t = &w, t
		step(e)
	})
}

func (e *editRun) create() {
	raw, err := json.Marshal(map[string]any{"apiVersion": v1alpha1.GroupVersion.String(), "kind": "AfroApp",
		"metadata": map[string]any{"name": e.app, "namespace": e.ns}, "spec": e.spec(e.from)})
	must(e.t, err)
	e.apply(string(raw))
}

func (e *editRun) created() {
	e.observed()
	e.before, e.plan = e.live(), e.world.plan(e.app)
}

func (e *editRun) editIt() {
	e.mark = e.op.mark()
	must(e.t, e.put(e.to))
}

func (e *editRun) edited() {
	e.changed(e.changes)
	e.after = e.live()
	e.mustShow()
}

func (e *editRun) takeBack() {
	e.mark = e.op.mark()
	switch err := e.put(e.from); {
	case e.stays == "":
		must(e.t, err)
	case !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), e.stays):
		e.t.Errorf("the way back is not refused: %v", err)
	}
}

func (e *editRun) takenBack() {
	if e.stays != "" {
		return
	}
	if e.back == nil {
		e.back = e.changes
	}
	e.changed(e.back)
	now := e.live()
	for key := range e.after {
		if e.before[key] == nil && isData(kindOf(key), e.object(key)) {
			delete(now, key) // it came with the edit, and stays
		}
	}
	if d := cmp.Diff(e.before, now); d != "" {
		e.t.Errorf("after the way back this is left (+) or missing (-):\n%s", d)
	}
}

func (e *editRun) spec(text string) (out map[string]any) {
	e.t.Helper()
	must(e.t, yaml.Unmarshal([]byte(strings.NewReplacer("APP", e.app, "NS", e.ns).Replace(text)), &out))
	return out
}

// put replaces the whole spec, as an editor does.
func (e *editRun) put(spec string) error {
	patch, err := json.Marshal([]any{map[string]any{"op": "replace", "path": "/spec", "value": e.spec(spec)}})
	must(e.t, err)
	return admin.Patch(e.ctx, e.world.app(e.app), client.RawPatch(types.JSONPatchType, patch))
}

// observed waits until the status speaks of the spec as it is.
func (e *editRun) observed() {
	e.t.Helper()
	eventually(e.t, func() error {
		app := e.world.app(e.app)
		if app.Status.ObservedGeneration != app.Generation {
			return fmt.Errorf("status speaks of generation %d, not %d", app.Status.ObservedGeneration, app.Generation)
		}
		if status, reason := condition(app, v1alpha1.ConditionApplied); status != "True" {
			return fmt.Errorf("Applied is %s %s: %+v", status, reason, app.Status.StuckAt)
		}
		return nil
	})
}

// changed holds the writes since the mark against the children that the edit is about.
func (e *editRun) changed(kinds []string) {
	t := e.t
	t.Helper()
	e.observed()
	was, plan := e.plan, e.world.plan(e.app)
	e.plan = plan
	if got := differing(was, plan); !slices.Equal(got, kinds) && len(got)+len(kinds) > 0 {
		t.Errorf("the intents of %v change, want %v", got, kinds)
	}
	children, statuses := e.writes(was, plan)
	if !slices.Equal(children, kinds) && len(children)+len(kinds) > 0 {
		t.Errorf("%v were written, want %v", children, kinds)
	}
	if statuses != 1 {
		t.Errorf("%d status writes, want 1", statuses)
	}
	for _, i := range plan.Intents {
		if !held(i, e.object(i.Key())) {
			t.Errorf("%s is not as planned", i.Key())
		}
	}
}

// writes are the kinds of the children that were written since the mark, one by one. A read is an error.
func (e *editRun) writes(plans ...*expand.Plan) (children []string, statuses int) {
	for _, s := range e.op.since(e.mark) {
		switch kind, mine := e.about(s, plans...); {
		case !mine:
		case !s.write():
			e.t.Errorf("a read: %s", s)
		case s.method == http.MethodDelete && s.code == http.StatusNotFound:
			e.t.Logf("deleted again, because the cache still showed it: %s", s)
		case kind == "status":
			statuses++
		default:
			children = append(children, kind)
		}
	}
	slices.Sort(children)
	return children, statuses
}

// differing are the kinds of the intents that two plans do not have in common, and that an app may take away.
func differing(a, b *expand.Plan) []string {
	out := []string{}
	hashes := func(p *expand.Plan) map[expand.Key]string {
		m := map[expand.Key]string{}
		for _, i := range p.Intents {
			m[i.Key()] = i.Hash()
		}
		return m
	}
	x, y := hashes(a), hashes(b)
	for _, i := range b.Intents {
		if x[i.Key()] != y[i.Key()] {
			out = append(out, i.Key().Kind)
		}
	}
	for _, i := range a.Intents {
		if !b.Has(i.Key()) && !i.Data() {
			out = append(out, i.Key().Kind)
		}
	}
	slices.Sort(out)
	return out
}

// about tells whether a request is about the app or a child of it, and about which kind.
func (e *editRun) about(s sent, plans ...*expand.Plan) (kind string, mine bool) {
	if own := "/namespaces/" + e.ns + "/afroapps/" + e.app; strings.HasSuffix(s.path, own) {
		return "AfroApp", true
	} else if strings.HasSuffix(s.path, own+"/status") {
		return "status", true
	}
	for _, p := range plans {
		for _, i := range p.Intents {
			suffix := "/" + kindOf(i.Key()).Resource + "/" + i.Key().Name
			if ns := i.Key().Namespace; ns != "" {
				suffix = "/namespaces/" + ns + suffix
			}
			if strings.HasSuffix(s.path, suffix) {
				return i.Key().Kind, true
			}
		}
	}
	return "", false
}

// live are the children as they are, without what changes with every write, and new with every object.
func (e *editRun) live() map[expand.Key]map[string]any {
	e.t.Helper()
	out := map[expand.Key]map[string]any{}
	for _, k := range foreign.Children {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
		must(e.t, admin.List(e.ctx, list, client.MatchingLabels{expand.LabelOwnerUID: string(e.world.app(e.app).UID)}))
		for _, o := range list.Items {
			o.SetManagedFields(nil)
			o.SetResourceVersion("")
			o.SetUID("")
			o.SetGeneration(0)
			unstructured.RemoveNestedField(o.Object, "metadata", "creationTimestamp")
			out[expand.Key{Kind: k.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}] = o.Object
		}
	}
	return out
}

// object is as the API server has it; empty when it is not there.
func (e *editRun) object(k expand.Key) *unstructured.Unstructured {
	e.t.Helper()
	live, err := e.get(k)
	if apierrors.IsNotFound(err) {
		return &unstructured.Unstructured{Object: map[string]any{}}
	}
	must(e.t, err)
	return live
}

func (e *editRun) mustShow() {
	e.t.Helper()
	if e.shows == "" {
		return
	}
	what := strings.NewReplacer("APP", e.app, "NS", e.ns).Replace(e.shows)
	if n := occurrences(e.t, e.before, what); n > 0 {
		e.t.Errorf("%d children show %s before the edit", n, what)
	}
	if occurrences(e.t, e.after, what) == 0 {
		e.t.Errorf("no child shows %s", what)
	}
}

func occurrences(t *testing.T, objects map[expand.Key]map[string]any, what string) (n int) {
	t.Helper()
	for _, o := range objects {
		raw, err := json.Marshal(o)
		must(t, err)
		if strings.Contains(string(raw), what) {
			n++
		}
	}
	return n
}

// Every field of the spec has an edit.
func TestEveryFieldIsEdited(t *testing.T) {
	raw, err := os.ReadFile("../config/crd/bases/platform.afrotomation.com_afroapps.yaml")
	must(t, err)
	crd := &apiextensionsv1.CustomResourceDefinition{}
	must(t, yaml.UnmarshalStrict(raw, crd))
	edited := map[string]bool{}
	for _, e := range edits {
		edited[e.field] = true
	}
	fields := leaves("", crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"])
	for _, f := range fields {
		if !edited[f] {
			t.Errorf("no edit of spec.%s", f)
		}
		delete(edited, f)
	}
	delete(edited, "database") // the whole facet
	for f := range edited {
		t.Errorf("spec.%s is edited, and is no field", f)
	}
	if len(fields) < 40 {
		t.Errorf("%d fields: is that the spec?", len(fields))
	}
}

// leaves are the paths of a schema that have nothing below them.
func leaves(path string, s apiextensionsv1.JSONSchemaProps) (out []string) {
	for name, p := range s.Properties {
		out = append(out, leaves(strings.TrimPrefix(path+"."+name, "."), p)...)
	}
	if s.Items != nil {
		out = append(out, leaves(path+"[]", *s.Items.Schema)...)
	}
	if len(out) == 0 {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}

// What cannot change is refused, says why, and changes nothing.
func TestWhatCannotChange(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	for app, patch := range map[string]string{"shared": `{"spec":{"database":{"mode":"Dedicated"}}}`, "own": `{"spec":{"database":{"mode":"Shared","extensions":null}}}`} {
		t.Run(app, func(t *testing.T) { w.mayNotChangeMode(t, op, app, patch) })
	}
	t.Run("storage", func(t *testing.T) {
		must(t, w.merge("own", `{"spec":{"database":{"storage":"10Gi"}}}`))
		if err := w.merge("own", `{"spec":{"database":{"storage":"6Gi"}}}`); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "a volume cannot shrink") {
			t.Errorf("a smaller volume is not refused: %v", err)
		}
	})
}

func (w *world) merge(app, patch string) error {
	return admin.Patch(w.ctx, w.app(app), client.RawPatch(types.MergePatchType, []byte(patch)))
}

func (w *world) mayNotChangeMode(t *testing.T, op *operator, app, patch string) {
	w.settled(app)
	op.quiet(t)
	was := w.app(app).Status.Database.Mode
	before := w.plan(app)
	mark := op.mark()
	must(t, w.merge(app, patch))
	want := fmt.Sprintf("spec.database.mode: the data of this app is in mode %s; set it back; to move the data, restore it into a new app", was)
	eventually(t, func() error {
		for _, c := range w.app(app).Status.Conditions {
			if c.Type == v1alpha1.ConditionAccepted && c.Status == "False" && c.Reason == v1alpha1.ReasonImmutable && c.Message == want {
				return nil
			}
		}
		return fmt.Errorf("not refused with %q: %+v", want, w.app(app).Status.Conditions)
	})
	op.quiet(t)
	for _, s := range op.writes(mark) {
		if !isAppStatus(s) && !touchesPlatform(s) {
			t.Errorf("a write for what is refused: %s", s)
		}
	}
	must(t, w.merge(app, fmt.Sprintf(`{"spec":{"database":{"mode":%q}}}`, was)))
	w.settled(app)
	for _, i := range before.Intents {
		if live, err := w.get(i.Key()); err != nil || i.Data() && i.Key().Kind != "Database" && !held(i, live) {
			t.Errorf("%s is not as before: %v", i.Key(), err)
		}
	}
}
