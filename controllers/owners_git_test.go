package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/test/actors"
)

// With git write-back the parameters stand in a file beside the source, and the Application has none. Every pushed image comes to
// the Deployment through a commit, none is taken back, and no commit is a write of ours.
func TestOwnersWithGit(t *testing.T) {
	const image = "ghcr.io/codenificient/shop:latest"
	f := chartFlavour
	f.strange = anyFlavour // no other name: it would be another Deployment
	o := &owners{world: newWorld(t), chance: seeded(t), played: map[string]int{}}
	o.fewest, o.arrive = 1, true // what has no pods, or is paused, image-updater leaves alone
	o.dropPlatformAtEnd()
	o.apply(strings.Replace(platformYAML, "\nspec:\n", "\nspec:\n  imageUpdater: {writeBack: {method: Git}}\n", 1))
	images := actors.NewImages()
	repository := actors.NewRepository(actors.Chart(platform.DefaultChartPath, image))
	pushed := map[string]int{images.Push(image): 0}
	o.startActors(actors.Options{Repository: repository, Registry: images, UpdaterInterval: 2 * time.Second})
	o.op = startOperator(t)
	o.cleanAtEnd()
	o.apply(`{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: ` + ownedApp + `, namespace: "{{ns}}"}, spec: ` + chartFlavour.spec + `}`)
	o.settled(ownedApp)
	key := applicationOf(o.ns, ownedApp)
	o.updater = &updater{flavour: f, key: types.NamespacedName{Namespace: key.Namespace, Name: key.Name}}
	g := &gitRounds{owners: o, repository: repository, pushed: pushed, image: image, images: images,
		file: platform.DefaultChartPath + "/.argocd-source-" + key.Name + ".yaml"}
	eventually(t, func() error { return g.deployed("") })
	live, err := o.updater.read(o.ctx)
	must(t, err)
	o.laws = laws{flavour: f, generation: live.GetGeneration()}
	o.tape, g.deployments = record(t, live), record(t, g.deployment())
	o.op.quiet(t)
	o.mark = o.op.mark()
	began, rounds := time.Now(), inLong(1000, 60)
	for n := range rounds {
		g.round(n + 1)
	}
	o.cleanAtEnd()
	t.Logf("%d rounds in %s: %d commits, %d writes of the operator to the Application, %d edits by others, %d restarts, %d versions of the Application, %d of the Deployment",
		rounds, time.Since(began).Round(time.Second), g.commits, o.total, o.mended, o.restarts, o.laws.versions, g.versions)
}

// gitRounds are rounds of a push, while something happens.
type gitRounds struct {
	*owners
	repository  *actors.Repository
	images      *actors.Images
	image, file string
	pushed      map[string]int // by digest
	deployments *recorder

	last, commits, versions int
}

// whileGit is what happens between a push and the pod.
var whileGit = []func(*owners) int{
	func(*owners) int { return 0 }, (*owners).anEdit, (*owners).anEdit, (*owners).anEditThatIsDone, (*owners).aStrangeEdit, (*owners).aSyncWindow,
}

func (g *gitRounds) round(n int) {
	g.t.Helper()
	g.spent, g.sent = 0, nil
	head := g.repository.Head()
	digest := g.images.Push(g.image)
	g.pushed[digest] = n
	budget := 0
	if n%40 == 0 {
		budget = g.aRestart()
	} else {
		budget = whileGit[g.chance.IntN(len(whileGit))](g.owners)
	}
	eventually(g.t, func() error { return g.deployed(digest) })
	if !strings.Contains(g.repository.File(g.file), digest) || g.repository.Head() == head {
		g.t.Fatalf("round %d: %s holds\n%s", n, g.file, g.repository.File(g.file))
	}
	g.commits++
	g.settle(fmt.Sprintf("round %d", n), 0) // no parameter in the Application, ever
	g.within(fmt.Sprintf("round %d", n), budget)
	for _, v := range g.deployments.take(g.t, g.deployment()) {
		g.judgeDeployment(v)
	}
}

// judgeDeployment holds that an image never gives way to an older one.
func (g *gitRounds) judgeDeployment(v *unstructured.Unstructured) {
	g.t.Helper()
	g.versions++
	containers, _, err := unstructured.NestedSlice(v.Object, "spec", "template", "spec", "containers")
	must(g.t, err)
	_, digest, found := strings.Cut(fmt.Sprint(containers[0].(map[string]any)["image"]), "@")
	n, known := g.pushed[digest]
	if !found && g.last > 0 || found && !known || n < g.last {
		g.t.Fatalf("the Deployment went from image %d back to %v", g.last, containers[0])
	}
	g.last = n
}

func (g *gitRounds) deployment() *unstructured.Unstructured {
	g.t.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
	must(g.t, admin.Get(g.ctx, types.NamespacedName{Namespace: g.ns, Name: ownedApp}, u))
	return u
}

// deployed tells whether the Deployment names a digest.
func (g *gitRounds) deployed(digest string) error {
	d := &appsv1.Deployment{}
	if err := admin.Get(g.ctx, types.NamespacedName{Namespace: g.ns, Name: ownedApp}, d); err != nil {
		return err
	}
	if have := d.Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(have, digest) || d.Status.ObservedGeneration == 0 {
		return fmt.Errorf("the Deployment runs %s, want %s", have, digest)
	}
	return nil
}
