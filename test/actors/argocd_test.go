package actors_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/actors"
)

const (
	project = `
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: tenant-a}
spec:
  clusterResourceWhitelist: []
  destinations: [{namespace: %[1]s, server: "https://kubernetes.default.svc"}]
  sourceRepos: ["https://git.example.com/infra.git"]
`
	application = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  destination: {namespace: %[1]s, server: "https://kubernetes.default.svc"}
  project: tenant-a
  source:
    repoURL: https://git.example.com/infra.git
    path: charts/afroapp-workload
    targetRevision: main
    helm: {releaseName: web, valuesObject: {image: {repository: registry.example.com/apps/web, tag: latest}, port: 3000, replicas: 1}}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
`
)

// argoStage has Argo CD, its project and one Application in a namespace.
func argoStage(t *testing.T, namespace string, o actors.ArgoCDOptions) *actors.ArgoCD {
	t.Helper()
	stageIn(t, namespace)
	o.Namespace = namespace
	argocd := actors.NewArgoCD(config, o)
	apply(t, namespace, fmt.Sprintf(project, namespace))
	return argocd
}

// argoStep is what an observer sees of an Application.
func argoStep(o *unstructured.Unstructured) string {
	images, _, _ := unstructured.NestedStringSlice(o.Object, "status", "summary", "images")
	history, _, _ := unstructured.NestedSlice(o.Object, "status", "history")
	operation := "-"
	if get(o, "operation") != nil {
		operation = "operation"
	}
	return fmt.Sprint(operation, " ", get(o, "status", "operationState", "phase"), " ", get(o, "status", "sync", "status"), " ",
		get(o, "status", "health", "status"), " history=", len(history), " images=", len(images))
}

func TestArgoCDFirstSync(t *testing.T) {
	ns := "argo-first"
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	tape := record(t, "Application", ns, "web")
	apply(t, ns, fmt.Sprintf(application, ns))
	tape.until(t, argoStep, "- Succeeded Synced Progressing history=1 images=1")
	play(t, actors.NewKubelet(config, actors.KubeletOptions{}))
	steps := tape.until(t, argoStep, "- Succeeded Synced Healthy history=1 images=1")
	app := fetch(t, "Application", ns, "web")
	want := []string{ // as recorded, but for the status of the Service
		"- <nil> <nil> <nil> history=0 images=0",
		"operation <nil> <nil> <nil> history=0 images=0",
		"operation <nil> OutOfSync Missing history=0 images=0",
		"operation Running OutOfSync Missing history=0 images=0",
		"operation Running OutOfSync Missing history=1 images=0",
		"- Succeeded OutOfSync Missing history=1 images=0",
		"- Succeeded OutOfSync Healthy history=1 images=0",
	}
	sameSteps(t, steps[:len(want)], want)
	holds(t, app, fmt.Sprintf(`
status:
  controllerNamespace: %[1]s
  resourceHealthSource: appTree
  sourceType: Helm
  reconciledAt: "*"
  summary: {images: ["registry.example.com/apps/web:latest"]}
  resources:
  - {kind: Service, name: web, namespace: %[1]s, status: Synced, version: v1}
  - {group: apps, kind: Deployment, name: web, namespace: %[1]s, status: Synced, version: v1}
  history: [{id: 0, deployedAt: "*", deployStartedAt: "*", revision: "*", source: {path: charts/afroapp-workload}, initiatedBy: {automated: true}}]
  operationState:
    phase: Succeeded
    message: successfully synced (all tasks run)
    operation: {initiatedBy: {automated: true}, retry: {limit: 5}, sync: {prune: true, revision: "*", source: {path: charts/afroapp-workload}}}
    syncResult:
      resources:
      - {group: "", version: v1, kind: Service, namespace: %[1]s, name: web, status: Synced, message: service/web created, hookPhase: Running, syncPhase: Sync}
      - {group: apps, version: v1, kind: Deployment, namespace: %[1]s, name: web, status: Synced, message: deployment.apps/web created,
         hookPhase: Running, syncPhase: Sync, images: ["registry.example.com/apps/web:latest"]}
  sync: {comparedTo: {source: {path: charts/afroapp-workload}, destination: {namespace: %[1]s}}}
`, ns))
	managedBy(t, app, "argocd-application-controller Update", "afroapp Apply")
	asRecorded(t, app, "argocd/argocd-writeback-helm/1-before.application.yaml")
	deployment := fetch(t, "Deployment", ns, "web")
	managedBy(t, deployment, "argocd-controller Update")
	holds(t, deployment, fmt.Sprintf(`
metadata: {annotations: {argocd.argoproj.io/tracking-id: "web:apps/Deployment:%[1]s/web", kubectl.kubernetes.io/last-applied-configuration: "*"}}
spec: {replicas: 1, template: {spec: {containers: [{name: web, image: "registry.example.com/apps/web:latest", ports: [{containerPort: 3000}]}]}}}
`, ns))
	holds(t, fetch(t, "Service", ns, "web"), fmt.Sprintf(`
metadata: {annotations: {argocd.argoproj.io/tracking-id: "web:/Service:%s/web"}}
spec: {ports: [{port: 3000, targetPort: http}]}
`, ns))
	stays(t, "Application", ns, "web", 300*time.Millisecond)
}

var healthy = both(is("Healthy", "status", "health", "status"), is("Synced", "status", "sync", "status"))

func TestArgoCDSyncsAnEditAndHeals(t *testing.T) {
	ns := "argo-edit"
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	play(t, actors.NewKubelet(config, actors.KubeletOptions{}))
	apply(t, ns, fmt.Sprintf(application, ns))
	await(t, "Application", ns, "web", "healthy", healthy)

	t.Run("a parameter goes before the values", func(t *testing.T) {
		edit(t, "Application", ns, "web", `spec: {source: {helm: {parameters: [{name: image.tag, value: "latest@sha256:aa", forceString: true}]}}}`)
		await(t, "Deployment", ns, "web", "on the new image", func(o *unstructured.Unstructured) bool {
			return strings.Contains(dump(o), "image: registry.example.com/apps/web:latest@sha256:aa")
		})
		app := await(t, "Application", ns, "web", "healthy with the new image", both(healthy, func(o *unstructured.Unstructured) bool {
			return strings.Contains(fmt.Sprint(get(o, "status", "summary", "images")), "sha256:aa")
		}))
		holds(t, app, `
status:
  history: [{id: 0}, {id: 1, source: {helm: {parameters: [{name: image.tag, value: "latest@sha256:aa", forceString: true}]}}}]
  operationState: {syncResult: {resources: [{message: service/web unchanged}, {message: deployment.apps/web configured}]}}
`)
	})
	t.Run("an edit of the Deployment is healed", func(t *testing.T) {
		edit(t, "Deployment", ns, "web", `spec: {replicas: 2}`)
		await(t, "Deployment", ns, "web", "healed", both(is(int64(1), "spec", "replicas"), is(int64(1), "status", "replicas")))
		app := await(t, "Application", ns, "web", "healthy again", both(healthy, is(int64(1), "status", "operationState", "operation", "sync", "autoHealAttemptsCount")))
		holds(t, app, `
status:
  history: [{id: 0}, {id: 1}]
  operationState: {operation: {sync: {resources: [{group: apps, kind: Deployment, name: web}]}}}
`)
	})
	t.Run("a Service that is no longer rendered is pruned", func(t *testing.T) {
		edit(t, "Application", ns, "web", `spec: {source: {helm: {valuesObject: {port: null}}}}`)
		awaitGone(t, "Service", ns, "web")
		await(t, "Application", ns, "web", "without the Service", both(healthy, func(o *unstructured.Unstructured) bool {
			resources, _, _ := unstructured.NestedSlice(o.Object, "status", "resources")
			return len(resources) == 1
		}))
	})
}

func TestArgoCDRefuses(t *testing.T) {
	ns, other := "argo-refuses", "argo-refuses-other"
	stageIn(t, other)
	argocd := argoStage(t, ns, actors.ArgoCDOptions{})
	play(t, argocd)
	for name, c := range map[string]struct{ namespace, patch, kind, message string }{
		"project missing": {ns, `{project: nope}`, "InvalidSpecError", "Application referencing project nope which does not exist"},
		"repository": {ns, `{source: {repoURL: https://git.example.com/other.git}}`, "InvalidSpecError",
			"application repo https://git.example.com/other.git is not permitted in project 'tenant-a'"},
		"destination": {ns, `{destination: {namespace: kube-system}}`, "InvalidSpecError",
			"application destination server 'https://kubernetes.default.svc' and namespace 'kube-system' do not match any of the allowed destinations in project 'tenant-a'"},
		"cluster": {ns, `{destination: {server: "https://192.0.2.3:6443"}}`, "InvalidSpecError",
			`error getting cluster by server "https://192.0.2.3:6443": rpc error: code = NotFound desc = cluster "https://192.0.2.3:6443" not found`},
		"namespace": {other, `{}`, "UnknownError", "application 'web' in namespace 'argo-refuses-other' is not permitted to use project 'tenant-a'"},
	} {
		t.Run(name, func(t *testing.T) {
			o := decode(t, fmt.Sprintf(application, ns))
			o.SetFinalizers(nil)
			merge(t, o, c.patch)
			create(t, c.namespace, o)
			app := await(t, "Application", c.namespace, "web", "refused", is("Unknown", "status", "health", "status"))
			holds(t, app, fmt.Sprintf(`status: {sync: {status: Unknown}, conditions: [{type: %s, message: %q, lastTransitionTime: "*"}]}`, c.kind, c.message))
			if file := map[string]string{"project missing": "project-missing", "namespace": "foreign-project-refused"}[name]; file != "" {
				asRecorded(t, app, "argocd/"+file+"/application.yaml")
			}
			for _, absent := range []string{"sourceType", "controllerNamespace", "reconciledAt", "resources"} {
				if get(app, "status", absent) != nil {
					t.Errorf("status.%s is written for a refused Application", absent)
				}
			}
			stays(t, "Application", c.namespace, "web", 200*time.Millisecond)
			remove(t, "Application", c.namespace, "web")
		})
	}
	if fetch(t, "Deployment", ns, "web") != nil {
		t.Error("a refused Application was synced")
	}
	t.Run("modes, and back", func(t *testing.T) {
		apply(t, ns, fmt.Sprintf(application, ns))
		await(t, "Application", ns, "web", "synced", is("Synced", "status", "sync", "status"))
		behave(t, argocd, mode(actors.ProjectMissing))
		await(t, "Application", ns, "web", "refused", is("Unknown", "status", "sync", "status"))
		behave(t, argocd, mode(actors.NotPermitted))
		await(t, "Application", ns, "web", "not permitted", problem("UnknownError"))
		behave(t, argocd, mode(""))
		app := await(t, "Application", ns, "web", "synced again", is("Synced", "status", "sync", "status"))
		if get(app, "status", "conditions") != nil {
			t.Error("the condition stays")
		}
	})
}

// problem builds a check of an Argo CD condition, which has no status.
func problem(kind string) func(*unstructured.Unstructured) bool {
	return func(o *unstructured.Unstructured) bool { return conditionOf(o, kind) != nil }
}

func TestArgoCDComparisonErrorIsHealthy(t *testing.T) {
	ns := "argo-comparison"
	repository := actors.NewRepository(actors.Chart("charts/afroapp-workload", "registry.example.com/apps/web:latest"))
	argocd := argoStage(t, ns, actors.ArgoCDOptions{Repository: repository})
	play(t, argocd)
	const prefix = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = "
	for name, c := range map[string]struct{ patch, revision, message string }{
		"path":   {`{source: {path: apps/none}}`, "main", "apps/none: app path does not exist"},
		"branch": {`{source: {targetRevision: nobranch}}`, "nobranch", "unable to resolve 'nobranch' to a commit SHA"},
	} {
		t.Run(name, func(t *testing.T) {
			o := decode(t, fmt.Sprintf(application, ns))
			o.SetName("web-" + name)
			o.SetFinalizers(nil)
			merge(t, o, c.patch)
			create(t, ns, o)
			app := await(t, "Application", ns, "web-"+name, "in error", problem("ComparisonError"))
			holds(t, app, fmt.Sprintf(`
status:
  conditions: [{type: ComparisonError, message: %q, lastTransitionTime: "*"}]
  controllerNamespace: %s
  health: {status: Healthy}
  resourceHealthSource: appTree
  reconciledAt: "*"
  sync: {status: Unknown, revision: %s, comparedTo: {source: {path: "*"}}}
`, prefix+c.message, ns, c.revision))
			asRecorded(t, app, "argocd/comparison-error-healthy/"+map[string]string{"path": "path-missing", "branch": "revision-missing"}[name]+".application.yaml")
			if get(app, "status", "sourceType") != nil {
				t.Error("sourceType of what was never rendered")
			}
		})
	}
	t.Run("mode, and back", func(t *testing.T) {
		behave(t, argocd, mode(actors.ComparisonErrorHealthy))
		apply(t, ns, fmt.Sprintf(application, ns))
		app := await(t, "Application", ns, "web", "in error", problem("ComparisonError"))
		holds(t, app, fmt.Sprintf("status: {health: {status: Healthy}, conditions: [{message: %q}]}", prefix+"charts/afroapp-workload: app path does not exist"))
		behave(t, argocd, mode(""))
		await(t, "Application", ns, "web", "synced", is("Synced", "status", "sync", "status"))
	})
}

func TestArgoCDRejectedManifestKeepsRunning(t *testing.T) {
	ns := "argo-rejected"
	argocd := argoStage(t, ns, actors.ArgoCDOptions{RetryBackoff: 100 * time.Millisecond})
	behave(t, argocd, mode(actors.RejectedManifestRunning))
	play(t, argocd)
	tape := record(t, "Application", ns, "web")
	apply(t, ns, fmt.Sprintf(application, ns))
	first := await(t, "Application", ns, "web", "retried", is("Healthy", "status", "health", "status"))
	const refusal = `Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0`
	holds(t, first, fmt.Sprintf(`
status:
  sync: {status: OutOfSync}
  summary: {}
  operationState:
    phase: Running
    syncResult:
      resources:
      - {kind: Service, status: Synced, hookPhase: Succeeded}
      - {kind: Deployment, status: SyncFailed, hookPhase: Failed, message: %q, images: ["registry.example.com/apps/web:latest"]}
  resources: [{kind: Service, status: Synced}, {kind: Deployment, status: OutOfSync}]
`, refusal))
	last := await(t, "Application", ns, "web", "failed", is("Failed", "status", "operationState", "phase"))
	holds(t, last, fmt.Sprintf("status: {operationState: {retryCount: 5, message: %q}}",
		"one or more synchronization tasks completed unsuccessfully, reason: "+refusal+" (retried 5 times)."))
	asRecorded(t, last, "argocd/rejected-manifest-running/4-failed.application.yaml")
	if get(last, "operation") != nil {
		t.Error("the operation stays after it has failed")
	}
	var retries []string
	for _, step := range tape.steps(func(o *unstructured.Unstructured) string {
		return fmt.Sprint(get(o, "status", "operationState", "phase"), " ", get(o, "status", "operationState", "retryCount"))
	}) {
		if strings.HasPrefix(step, "Running ") {
			retries = append(retries, step)
		}
	}
	sameSteps(t, retries, []string{"Running <nil>", "Running 1", "Running 2", "Running 3", "Running 4", "Running 5"})
	for _, message := range tape.steps(func(o *unstructured.Unstructured) string {
		return fmt.Sprint(get(o, "status", "operationState", "message"))
	}) {
		if strings.Contains(message, "Retrying attempt #2 at ") && strings.HasPrefix(message, "one or more synchronization tasks completed unsuccessfully, reason: "+refusal+". ") {
			return
		}
	}
	t.Error("no message names the second attempt and its time")
}

func TestArgoCDManualSync(t *testing.T) {
	ns := "argo-manual"
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	o := decode(t, fmt.Sprintf(application, ns))
	merge(t, o, `{syncPolicy: {automated: null}}`)
	create(t, ns, o)
	app := await(t, "Application", ns, "web", "out of sync", is("OutOfSync", "status", "sync", "status"))
	holds(t, app, "status: {health: {status: Missing}, sourceType: Helm}")
	asRecorded(t, app, "argocd/manual-sync-out-of-sync/application.yaml")
	if get(app, "spec", "syncPolicy") != nil || get(app, "status", "summary") != nil {
		t.Errorf("an empty syncPolicy or a summary is left:\n%s", dump(app))
	}
	stays(t, "Application", ns, "web", 200*time.Millisecond)
	if fetch(t, "Deployment", ns, "web") != nil {
		t.Error("it was synced by itself")
	}
}

func TestArgoCDSeesACommitOnlyWhenAsked(t *testing.T) {
	ns := "argo-commit"
	repository := actors.NewRepository(actors.Kustomization("apps/web", "web", "registry.example.com/apps/web:latest", 80))
	argocd := argoStage(t, ns, actors.ArgoCDOptions{Repository: repository})
	behave(t, argocd, mode(actors.CommitNotSeen))
	play(t, argocd)
	apply(t, ns, strings.Replace(fmt.Sprintf(application, ns), "charts/afroapp-workload", "apps/web", 1))
	edit(t, "Application", ns, "web", `spec: {source: {helm: null, kustomize: {patches: [{patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3}}"}]}}}`)
	app := await(t, "Application", ns, "web", "synced", both(is("Synced", "status", "sync", "status"), is("Kustomize", "status", "sourceType")))
	await(t, "Deployment", ns, "web", "patched", is(int64(3), "spec", "replicas"))
	before := get(app, "status", "sync", "revision")

	head := repository.Commit(map[string]string{"apps/web/kustomization.yaml": "resources: [all.yaml]\nimages: [{name: registry.example.com/apps/web, newTag: latest, digest: \"sha256:bb\"}]\n"})
	time.Sleep(200 * time.Millisecond)
	holds(t, fetch(t, "Application", ns, "web"), fmt.Sprintf("status: {sync: {status: Synced, revision: %q}}", before))
	edit(t, "Application", ns, "web", `metadata: {annotations: {argocd.argoproj.io/refresh: normal}}`)
	app = await(t, "Application", ns, "web", "at the new commit", both(is(head, "status", "sync", "revision"), is("Synced", "status", "sync", "status")))
	if app.GetAnnotations()["argocd.argoproj.io/refresh"] != "" {
		t.Error("the request to refresh is left")
	}
	holds(t, fetch(t, "Deployment", ns, "web"), `spec: {template: {spec: {containers: [{image: "registry.example.com/apps/web:latest@sha256:bb"}]}}}`)
}

func TestArgoCDRendersAChartOfItsOwn(t *testing.T) {
	ns := "argo-chart"
	play(t, argoStage(t, ns, actors.ArgoCDOptions{Repository: actors.NewRepository(map[string]string{
		"charts/own/Chart.yaml":  "{name: own, annotations: {actors/image-name-key: img.name, actors/image-tag-key: img.tag}}",
		"charts/own/values.yaml": "{img: {name: registry.example.com/apps/web, tag: default}, replicas: 2}",
		"charts/own/more.yaml":   "{img: {tag: from-file}}",
	})}))
	o := decode(t, fmt.Sprintf(application, ns))
	o.SetFinalizers(nil)
	merge(t, o, `{source: {path: charts/own, helm: {releaseName: own, valueFiles: [more.yaml], valuesObject: {replicas: 3, image: {tag: ignored}, port: null}}}}`)
	create(t, ns, o)
	await(t, "Application", ns, "web", "synced", is("Synced", "status", "sync", "status"))
	holds(t, fetch(t, "Deployment", ns, "own"), `spec: {replicas: 3, template: {spec: {containers: [{image: "registry.example.com/apps/web:from-file"}]}}}`)
	edit(t, "Application", ns, "web", `spec: {source: {helm: {parameters: [{name: img.tag, value: "sha256:cc", forceString: true}, {name: image.tag, value: ignored}]}}}`)
	await(t, "Deployment", ns, "own", "on the parameter", func(o *unstructured.Unstructured) bool {
		return strings.Contains(dump(o), "image: registry.example.com/apps/web@sha256:cc")
	})
	edit(t, "Application", ns, "web", `spec: {source: {helm: {valueFiles: [none.yaml]}}}`)
	app := await(t, "Application", ns, "web", "in error", problem("ComparisonError"))
	holds(t, app, "status: {sourceType: Helm, health: {status: Healthy}, sync: {status: Unknown, revision: main}}")
}

func TestArgoCDDeletes(t *testing.T) {
	ns := "argo-deletes"
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	play(t, actors.NewKubelet(config, actors.KubeletOptions{}))
	apply(t, ns, fmt.Sprintf(application, ns))
	await(t, "Application", ns, "web", "healthy", healthy)
	stays(t, "Application", ns, "web", 300*time.Millisecond) // nothing is under way that would find the project missing first

	remove(t, "AppProject", ns, "tenant-a")
	remove(t, "Application", ns, "web")
	app := await(t, "Application", ns, "web", "blocked", problem("DeletionError"))
	holds(t, app, `
status:
  conditions:
  - {type: DeletionError, message: 'error getting app project "tenant-a": appproject.argoproj.io "tenant-a" not found'}
  - {type: InvalidSpecError, message: Application referencing project tenant-a which does not exist}
  health: {status: Healthy}
  sync: {status: Synced}
`)
	stays(t, "Application", ns, "web", 200*time.Millisecond)
	if fetch(t, "Deployment", ns, "web") == nil {
		t.Error("the Deployment is gone though the deletion is blocked")
	}
	tape := record(t, "Application", ns, "web")
	apply(t, ns, fmt.Sprintf(project, ns))
	awaitGone(t, "Application", ns, "web")
	for _, kind := range []string{"Deployment", "Service"} {
		if fetch(t, kind, ns, "web") != nil {
			t.Errorf("the %s outlives its Application", kind)
		}
	}
	steps := tape.steps(func(o *unstructured.Unstructured) string { return fmt.Sprint(get(o, "status", "health", "status")) })
	sameSteps(t, steps, []string{"Healthy", "Progressing", "Missing"})
}

func TestArgoCDInAnyNamespace(t *testing.T) {
	ns, tenant := "argo-any", "argo-any-tenant"
	stageIn(t, tenant)
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	edit(t, "AppProject", ns, "tenant-a", fmt.Sprintf(`spec: {sourceNamespaces: [%[1]s], destinations: [{namespace: %[1]s, server: "https://kubernetes.default.svc"}]}`, tenant))
	apply(t, tenant, fmt.Sprintf(application, tenant))
	app := await(t, "Application", tenant, "web", "synced", is("Synced", "status", "sync", "status"))
	holds(t, app, "status: {controllerNamespace: argo-any}")
	holds(t, fetch(t, "Deployment", tenant, "web"), `metadata: {annotations: {argocd.argoproj.io/tracking-id: "argo-any-tenant_web:apps/Deployment:argo-any-tenant/web"}}`)
}

func TestArgoCDProjectForbidsAKind(t *testing.T) {
	ns := "argo-kinds"
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	edit(t, "AppProject", ns, "tenant-a", `spec: {namespaceResourceWhitelist: [{group: "", kind: Service}]}`)
	apply(t, ns, fmt.Sprintf(application, ns))
	app := await(t, "Application", ns, "web", "failing", is(int64(1), "status", "operationState", "retryCount"))
	holds(t, app, `status: {operationState: {syncResult: {resources: [{status: Synced}, {status: SyncFailed, message: "resource apps:Deployment is not permitted in project tenant-a"}]}}}`)
}
