package actors_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/registryserver"
)

const (
	webImage = "registry.example.com/apps/web"
	updater  = `
apiVersion: argocd-image-updater.argoproj.io/v1alpha1
kind: ImageUpdater
metadata: {name: web}
spec:
  applicationRefs:
  - namePattern: web
    writeBackConfig: {method: argocd}
    images:
    - alias: app
      imageName: registry.example.com/apps/web:latest
      commonUpdateSettings: {updateStrategy: digest, forceUpdate: false, platforms: [linux/amd64]}
      manifestTargets: {helm: {name: image.repository, tag: image.tag}}
`
)

// delivery plays Argo CD, image-updater and the kubelet around one registry, and has a healthy Application.
func delivery(t *testing.T, ns string, o actors.ImageUpdaterOptions) (*actors.ImageUpdater, *actors.Images) {
	t.Helper()
	images := actors.NewImages()
	images.Push(webImage + ":latest")
	o.Registry = images
	u := actors.NewImageUpdater(config, o)
	play(t, argoStage(t, ns, actors.ArgoCDOptions{Repository: o.Repository}))
	play(t, actors.NewKubelet(config, actors.KubeletOptions{Registry: images}))
	apply(t, ns, fmt.Sprintf(application, ns))
	await(t, "Application", ns, "web", "healthy", healthy)
	return u, images
}

// idle builds a check that a cycle has ended so.
func idle(matched, managed int64) func(*unstructured.Unstructured) bool {
	return both(is(matched, "status", "applicationsMatched"), is(managed, "status", "imagesManaged"), condition("Reconciling", "False", "Idle"))
}

func parameter(name, value string) string {
	return fmt.Sprintf("{forceString: true, name: %s, value: %q}", name, value)
}

func TestImageUpdaterWritesTheDigest(t *testing.T) {
	ns := "updater-right"
	u, images := delivery(t, ns, actors.ImageUpdaterOptions{})
	play(t, u)
	tape := record(t, "ImageUpdater", ns, "web")
	apply(t, ns, updater)
	cr := await(t, "ImageUpdater", ns, "web", "idle", idle(1, 1))
	digest, _ := images.Digest(context.Background(), webImage+":latest")

	steps := tape.until(t, func(o *unstructured.Unstructured) string {
		var conditions []string
		list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
		for _, c := range list {
			conditions = append(conditions, fmt.Sprint(c.(map[string]any)["type"], "=", c.(map[string]any)["status"]))
		}
		return fmt.Sprint(len(o.GetFinalizers()), " checked=", get(o, "status", "lastCheckedAt") != nil, " ", strings.Join(conditions, " "))
	}, "1 checked=true Reconciling=False Error=False Ready=True")
	sameSteps(t, steps, []string{ // as recorded
		"0 checked=false ",
		"1 checked=false ",
		"1 checked=false Reconciling=True",
		"1 checked=true Reconciling=False Error=False Ready=True",
	})
	holds(t, cr, fmt.Sprintf(`
metadata: {finalizers: [resources-finalizer.argocd-image-updater.argoproj.io]}
status:
  observedGeneration: 1
  lastUpdatedAt: "*"
  conditions:
  - {type: Reconciling, status: "False", reason: Idle, message: Last check completed. Awaiting next cycle., observedGeneration: 1}
  - {type: Error, status: "False", reason: NoErrors, message: No errors during last reconciliation., observedGeneration: 1}
  - {type: Ready, status: "True", reason: ReconcileSucceeded, message: "Reconciled 1 applications, 1 images updated.", observedGeneration: 1}
  recentUpdates: [{alias: app, applicationsUpdated: 1, image: %[1]s, newVersion: %[2]q, message: "Updated from latest to %[2]s.", updatedAt: "*"}]
`, webImage, digest))
	managedBy(t, cr, "argocd-image-updater Update", "argocd-image-updater Update status", "afroapp Apply")
	asRecorded(t, cr, "argocd/argocd-writeback-helm/2-after.imageupdater.yaml")

	app := await(t, "Application", ns, "web", "on the digest", both(healthy, func(o *unstructured.Unstructured) bool {
		return slices.Equal(summary(o), []string{webImage + ":latest@" + digest})
	}))
	managedBy(t, app, "argocd-image-updater Update", "afroapp Apply")
	asRecorded(t, app, "argocd/argocd-writeback-helm/2-after.application.yaml")
	holds(t, app, fmt.Sprintf("spec: {source: {helm: {parameters: [%s, %s]}}}", parameter("image.repository", webImage), parameter("image.tag", "latest@"+digest)))

	t.Run("an owner of the rest coexists", func(t *testing.T) {
		before := fetch(t, "Application", ns, "web")
		apply(t, ns, fmt.Sprintf(application, ns))
		if after := fetch(t, "Application", ns, "web"); after.GetGeneration() != before.GetGeneration() {
			t.Errorf("the same apply changed the Application from generation %d to %d", before.GetGeneration(), after.GetGeneration())
		}
	})
	t.Run("a push arrives", func(t *testing.T) {
		next := images.Push(webImage + ":latest")
		await(t, "Application", ns, "web", "on the next digest", both(healthy, func(o *unstructured.Unstructured) bool {
			return slices.Equal(summary(o), []string{webImage + ":latest@" + next})
		}))
		cr := await(t, "ImageUpdater", ns, "web", "updated", both(idle(1, 1), func(o *unstructured.Unstructured) bool { return strings.Contains(dump(o), next) }))
		holds(t, cr, fmt.Sprintf("status: {recentUpdates: [{message: %q}]}", "Updated from "+digest+" to "+next+"."))
		pods, err := of("Pod", ns).List(t.Context(), listAll)
		if err != nil || len(pods.Items) == 0 || !strings.Contains(dump(&pods.Items[0]), "imageID: "+webImage+"@"+next) {
			t.Errorf("no pod runs %s: %v", next, err)
		}
	})
	t.Run("its finalizer goes with it", func(t *testing.T) {
		remove(t, "ImageUpdater", ns, "web")
		awaitGone(t, "ImageUpdater", ns, "web")
	})
}

func summary(o *unstructured.Unstructured) []string {
	images, _, _ := unstructured.NestedStringSlice(o.Object, "status", "summary", "images")
	return images
}

func TestImageUpdaterGoesWrong(t *testing.T) {
	ns := "updater-wrong"
	u, images := delivery(t, ns, actors.ImageUpdaterOptions{})
	play(t, u)
	const success = `{type: Ready, status: "True", reason: ReconcileSucceeded, message: "Reconciled %d applications, %d images updated."}`
	const noErrors = `{type: Error, status: "False", reason: NoErrors, message: No errors during last reconciliation.}`
	const idleCondition = `{type: Reconciling, status: "False", reason: Idle, message: Last check completed. Awaiting next cycle.}`
	for _, c := range []struct {
		mode             actors.Mode
		matched, managed int64
		conditions       string
	}{
		{actors.PartialErrors, 1, 1, `{type: Error, status: "True", reason: PartialErrors, message: 1 error(s) occurred during image update checks.},` +
			`{type: Ready, status: "True", reason: ReconcileCompletedWithErrors, message: "Reconciled 1 applications with 1 errors, 0 images updated."}`},
		{actors.MatchesNothing, 0, 0, noErrors + "," + fmt.Sprintf(success, 0, 0)},
		{actors.ImageNotLive, 1, 0, noErrors + "," + fmt.Sprintf(success, 1, 0)},
	} {
		t.Run(string(c.mode), func(t *testing.T) {
			behave(t, u, mode(c.mode))
			apply(t, ns, updater)
			cr := await(t, "ImageUpdater", ns, "web", "idle", idle(c.matched, c.managed))
			holds(t, cr, fmt.Sprintf("status: {conditions: [%s, %s]}", idleCondition, c.conditions))
			asRecorded(t, cr, map[actors.Mode]string{
				actors.PartialErrors: "argocd/registry-unreachable", actors.MatchesNothing: "argocd/no-application-matches", actors.ImageNotLive: "argocd/zero-replicas",
			}[c.mode]+"/imageupdater.yaml")
			if get(fetch(t, "Application", ns, "web"), "spec", "source", "helm", "parameters") != nil {
				t.Error("something was written")
			}
			if get(cr, "status", "lastUpdatedAt") != nil {
				t.Error("lastUpdatedAt without an update")
			}
			remove(t, "ImageUpdater", ns, "web")
			awaitGone(t, "ImageUpdater", ns, "web")
		})
	}
	t.Run("Stalled", func(t *testing.T) {
		behave(t, u, mode(actors.Stalled))
		apply(t, ns, updater)
		await(t, "ImageUpdater", ns, "web", "idle", idle(1, 1))
		images.Push(webImage + ":latest")
		stays(t, "ImageUpdater", ns, "web", 300*time.Millisecond)
		remove(t, "ImageUpdater", ns, "web")
		time.Sleep(200 * time.Millisecond)
		if left := fetch(t, "ImageUpdater", ns, "web"); left == nil {
			t.Error("a stalled image-updater released its finalizer")
		} else {
			asRecorded(t, left, "argocd/updater-gone-finalizer/imageupdater.yaml")
		}
		behave(t, u, mode(""))
		awaitGone(t, "ImageUpdater", ns, "web")
	})
}

func TestImageUpdaterWritesWhatTheChartIgnores(t *testing.T) {
	ns := "updater-ignored"
	u, images := delivery(t, ns, actors.ImageUpdaterOptions{})
	behave(t, u, mode(actors.WriteBackIgnored))
	play(t, u)
	apply(t, ns, updater)
	cr := await(t, "ImageUpdater", ns, "web", "updated", func(o *unstructured.Unstructured) bool { return get(o, "status", "lastUpdatedAt") != nil })
	digest, _ := images.Digest(context.Background(), webImage+":latest")
	holds(t, cr, fmt.Sprintf(`status: {conditions: ["*", {type: Error, status: "False"}, {type: Ready, status: "True"}], recentUpdates: [{newVersion: %q}]}`, digest))
	app := await(t, "Application", ns, "web", "synced", both(healthy, func(o *unstructured.Unstructured) bool {
		return strings.Contains(fmt.Sprint(get(o, "status", "sync", "comparedTo", "source")), "latest@"+digest)
	}))
	holds(t, app, fmt.Sprintf("spec: {source: {helm: {parameters: [%s, %s]}}}", parameter("img.name", webImage), parameter("img.tag", "latest@"+digest)))
	holds(t, app, fmt.Sprintf("status: {summary: {images: ['%s:latest']}}", webImage))
}

// A recorded incident: what another wrote while image-updater asked the registry is gone.
func TestImageUpdaterLosesAnUpdate(t *testing.T) {
	ns := "updater-lost"
	u, _ := delivery(t, ns, actors.ImageUpdaterOptions{})
	behave(t, u, func(b *actors.Behaviour) { b.Delay = time.Second })
	play(t, u)
	apply(t, ns, updater)
	await(t, "ImageUpdater", ns, "web", "in its cycle", condition("Reconciling", "True", "Reconciling"))
	apply(t, ns, strings.Replace(fmt.Sprintf(application, ns), "port: 3000", "port: 4444", 1))
	app := await(t, "Application", ns, "web", "overwritten", func(o *unstructured.Unstructured) bool {
		return get(o, "spec", "source", "helm", "parameters") != nil
	})
	holds(t, app, "spec: {source: {helm: {valuesObject: {port: 3000}}}}")
	for _, entry := range app.GetManagedFields() {
		if entry.Manager == "argocd-image-updater" && !strings.Contains(string(entry.FieldsV1.GetRawBytes()), `"f:port"`) {
			t.Error("image-updater does not own the port that it has written")
		}
	}
}

func TestImageUpdaterSkipsWhatWasNeverRendered(t *testing.T) {
	ns := "updater-early"
	stageIn(t, ns)
	images := actors.NewImages()
	images.Push(webImage + ":latest")
	play(t, actors.NewImageUpdater(config, actors.ImageUpdaterOptions{Registry: images, Interval: 500 * time.Millisecond}))
	apply(t, ns, fmt.Sprintf(application, ns))
	apply(t, ns, updater)
	cr := await(t, "ImageUpdater", ns, "web", "idle", idle(0, 0))
	checked := get(cr, "status", "lastCheckedAt")
	await(t, "ImageUpdater", ns, "web", "checked again", both(idle(0, 0), func(o *unstructured.Unstructured) bool {
		return get(o, "status", "lastCheckedAt") != checked
	}))
	edit(t, "Application", ns, "web", "metadata: {finalizers: null}")
	remove(t, "Application", ns, "web")
}

func TestImageUpdaterFollowsVersions(t *testing.T) {
	ns := "updater-semver"
	u, images := delivery(t, ns, actors.ImageUpdaterOptions{})
	for _, tag := range []string{"1.2.0", "1.10.1", "2.0.0", "nightly"} {
		images.Push(webImage + ":" + tag)
	}
	edit(t, "Application", ns, "web", `spec: {source: {helm: {valuesObject: {image: {tag: 1.2.0}}}}}`)
	await(t, "Application", ns, "web", "on 1.2.0", both(healthy, func(o *unstructured.Unstructured) bool {
		return slices.Equal(summary(o), []string{webImage + ":1.2.0"})
	}))
	play(t, u)
	apply(t, ns, strings.NewReplacer("web:latest", "web:1.x", "digest", "semver").Replace(updater))
	cr := await(t, "ImageUpdater", ns, "web", "updated", func(o *unstructured.Unstructured) bool { return get(o, "status", "lastUpdatedAt") != nil })
	holds(t, cr, `status: {recentUpdates: [{newVersion: 1.10.1, message: Updated from 1.2.0 to 1.10.1.}]}`)
	holds(t, fetch(t, "Application", ns, "web"), fmt.Sprintf("spec: {source: {helm: {parameters: [%s, %s]}}}", parameter("image.repository", webImage), parameter("image.tag", "1.10.1")))
}

// The strategy of the story: one rolling tag is always the newest build, so nothing is ever updated, and all is well.
func TestImageUpdaterShrugs(t *testing.T) {
	ns := "updater-shrugs"
	u, images := delivery(t, ns, actors.ImageUpdaterOptions{})
	play(t, u)
	apply(t, ns, strings.Replace(updater, "digest", "newest-build", 1))
	await(t, "ImageUpdater", ns, "web", "idle", both(idle(1, 1), condition("Ready", "True", "ReconcileSucceeded")))
	images.Push(webImage + ":latest")
	time.Sleep(300 * time.Millisecond)
	cr := await(t, "ImageUpdater", ns, "web", "idle", both(idle(1, 1), condition("Error", "False", "NoErrors")))
	if get(cr, "status", "lastUpdatedAt") != nil {
		t.Error("newest-build followed a rolling tag")
	}
	asRecorded(t, cr, "argocd/silent-newest-build/imageupdater.yaml")
	t.Run("digest without a tag", func(t *testing.T) {
		apply(t, ns, strings.Replace(updater, "web:latest", "web", 1))
		cr := await(t, "ImageUpdater", ns, "web", "in error", condition("Error", "True", "PartialErrors"))
		holds(t, cr, `status: {observedGeneration: 2, imagesManaged: 1}`)
		asRecorded(t, cr, "argocd/digest-without-tag/imageupdater.yaml")
	})
}

// A Git server that refuses every push is told of in the same words as everything else.
func TestImageUpdaterIsRefusedByGit(t *testing.T) {
	ns := "updater-refused"
	u, _ := delivery(t, ns, actors.ImageUpdaterOptions{})
	play(t, u)
	apply(t, ns, strings.Replace(updater, "{method: argocd}", "{method: git, gitConfig: {repository: https://git.example.com/infra.git, branch: main}}", 1))
	cr := await(t, "ImageUpdater", ns, "web", "in error", condition("Error", "True", "PartialErrors"))
	asRecorded(t, cr, "argocd/write-back-refused/imageupdater.yaml")
}

func TestImageUpdaterWithAnnotations(t *testing.T) {
	annotations := `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  annotations:
    argocd-image-updater.argoproj.io/image-list: app=registry.example.com/apps/web:latest
    argocd-image-updater.argoproj.io/app.update-strategy: digest
    argocd-image-updater.argoproj.io/app.helm.image-name: image.repository
    argocd-image-updater.argoproj.io/app.helm.image-tag: image.tag
    argocd-image-updater.argoproj.io/write-back-method: argocd
`
	written := func(o *unstructured.Unstructured) bool {
		return strings.Contains(fmt.Sprint(get(o, "spec", "source", "helm", "parameters")), "latest@sha256:")
	}
	t.Run("0.x", func(t *testing.T) {
		ns := "updater-annotations"
		u, images := delivery(t, ns, actors.ImageUpdaterOptions{AnnotationsOnly: true, Interval: 200 * time.Millisecond})
		play(t, u)
		annotate(t, ns, annotations)
		app := await(t, "Application", ns, "web", "written", written)
		if app.GetAnnotations()["argocd-image-updater.argoproj.io/image-list"] == "" {
			t.Error("the annotations did not survive")
		}
		next := images.Push(webImage + ":latest")
		await(t, "Application", ns, "web", "on the next digest", both(healthy, func(o *unstructured.Unstructured) bool {
			return slices.Equal(summary(o), []string{webImage + ":latest@" + next})
		}))
	})
	t.Run("useAnnotations", func(t *testing.T) {
		ns := "updater-use-annotations"
		u, _ := delivery(t, ns, actors.ImageUpdaterOptions{})
		play(t, u)
		annotate(t, ns, annotations)
		apply(t, ns, `{apiVersion: argocd-image-updater.argoproj.io/v1alpha1, kind: ImageUpdater, metadata: {name: all}, spec: {applicationRefs: [{namePattern: "*", useAnnotations: true}]}}`)
		await(t, "ImageUpdater", ns, "all", "idle", idle(1, 1))
		await(t, "Application", ns, "web", "written", written)
	})
}

// annotate without taking the other fields of the Application away.
func annotate(t *testing.T, ns, document string) {
	t.Helper()
	o := decode(t, document)
	o.SetNamespace(ns)
	if _, err := of("Application", ns).Apply(t.Context(), "web", o, applyAs("annotator")); err != nil {
		t.Fatal(err)
	}
}

func TestImageUpdaterWritesKustomizeImages(t *testing.T) {
	const target = "manifestTargets: {kustomize: {name: registry.example.com/apps/web}}"
	for name, method := range map[string]string{
		"argocd": "{method: argocd}",
		"git":    "{method: git, gitConfig: {repository: https://git.example.com/infra.git, branch: main, writeBackTarget: kustomization}}",
	} {
		t.Run(name, func(t *testing.T) {
			ns := "updater-kustomize-" + name
			files := actors.Kustomization("charts/afroapp-workload", "web", webImage+":latest", 0)
			files["charts/afroapp-workload/kustomization.yaml"] += "images: [{name: other, newTag: stays}]\n"
			repository := actors.NewRepository(files)
			u, images := delivery(t, ns, actors.ImageUpdaterOptions{Repository: repository})
			play(t, u)
			helmTarget := "manifestTargets: {helm: {name: image.repository, tag: image.tag}}"
			apply(t, ns, strings.NewReplacer(helmTarget, target, "{method: argocd}", method).Replace(updater))
			digest, _ := images.Digest(context.Background(), webImage+":latest")
			app := await(t, "Application", ns, "web", "on the digest", both(healthy, func(o *unstructured.Unstructured) bool {
				return slices.Equal(summary(o), []string{webImage + ":latest@" + digest})
			}))
			if name == "argocd" {
				holds(t, app, fmt.Sprintf("spec: {source: {kustomize: {images: ['%[1]s=%[1]s:latest@%[2]s']}}}", webImage, digest))
				return
			}
			content := repository.File("charts/afroapp-workload/kustomization.yaml")
			if get(app, "spec", "source", "kustomize") != nil || !strings.Contains(content, digest) || !strings.Contains(content, "newTag: stays") {
				t.Errorf("the kustomization is:\n%s", content)
			}
		})
	}
}

func TestImageUpdaterCommits(t *testing.T) {
	for target, file := range map[string]string{
		"helmvalues:/charts/afroapp-workload/values-image.yaml": "charts/afroapp-workload/values-image.yaml",
		"": "charts/afroapp-workload/.argocd-source-web.yaml",
	} {
		t.Run("target "+target, func(t *testing.T) {
			ns := "updater-commits-" + fmt.Sprint(len(target))
			files := actors.Chart("charts/afroapp-workload", webImage+":latest")
			files["charts/afroapp-workload/values-image.yaml"] = "image: {}\n"
			repository := actors.NewRepository(files)
			u, images := delivery(t, ns, actors.ImageUpdaterOptions{Repository: repository})
			edit(t, "Application", ns, "web", `spec: {source: {helm: {valueFiles: [values.yaml, values-image.yaml], valuesObject: {image: null}}}}`)
			play(t, u)
			gitConfig := "{repository: https://git.example.com/infra.git, branch: main"
			if target != "" {
				gitConfig += fmt.Sprintf(", writeBackTarget: %q", target)
			}
			apply(t, ns, strings.Replace(updater, "{method: argocd}", "{method: git, gitConfig: "+gitConfig+"}}", 1))
			digest, _ := images.Digest(context.Background(), webImage+":latest")
			await(t, "Application", ns, "web", "on the digest", both(healthy, func(o *unstructured.Unstructured) bool {
				return get(o, "status", "sync", "revision") == repository.Head() && slices.Equal(summary(o), []string{webImage + ":latest@" + digest})
			}))
			if get(fetch(t, "Application", ns, "web"), "spec", "source", "helm", "parameters") != nil {
				t.Error("the Application was written to")
			}
			if content := repository.File(file); !strings.Contains(content, "latest@"+digest) {
				t.Errorf("%s holds:\n%s", file, content)
			}
		})
	}
}

// A recorded incident: the image that was pushed is for another platform, nothing is written, and no word of it reaches the
// ImageUpdater. One that holds the platform too is written as its index.
func TestImageUpdaterPassesOverAnotherPlatform(t *testing.T) {
	ns := "updater-platform"
	server := registryserver.New()
	address, stop, err := registryserver.Listen(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	local := strings.NewReplacer("registry.example.com", address)
	first, err := server.PushImage("apps/web", "latest", "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	play(t, argoStage(t, ns, actors.ArgoCDOptions{}))
	play(t, actors.NewKubelet(config, actors.KubeletOptions{Registry: actors.HTTPRegistry{}}))
	play(t, actors.NewImageUpdater(config, actors.ImageUpdaterOptions{Registry: actors.HTTPRegistry{}, Interval: 200 * time.Millisecond}))
	apply(t, ns, local.Replace(fmt.Sprintf(application, ns)))
	apply(t, ns, local.Replace(updater))
	runs := func(digest string) func(*unstructured.Unstructured) bool {
		return both(healthy, func(o *unstructured.Unstructured) bool {
			return slices.Equal(summary(o), []string{local.Replace(webImage) + ":latest@" + digest})
		})
	}
	await(t, "Application", ns, "web", "on the first image", runs(first))

	if _, err := server.PushImage("apps/web", "latest", "linux/arm64"); err != nil {
		t.Fatal(err)
	}
	server.ForgetRequests()
	for deadline := time.Now().Add(patience); server.Count(http.MethodGet, "/blobs/") < 3 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	cr := await(t, "ImageUpdater", ns, "web", "idle", both(idle(1, 1), condition("Ready", "True", "ReconcileSucceeded")))
	holds(t, cr, `status: {conditions: ["*", {type: Error, status: "False", reason: NoErrors}, "*"]}`)
	if app := fetch(t, "Application", ns, "web"); !runs(first)(app) {
		t.Errorf("an image of another platform was written: %v", summary(app))
	}

	index, err := server.PushIndex("apps/web", "latest", "linux/amd64", "linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	await(t, "Application", ns, "web", "on the index", runs(index))
}
