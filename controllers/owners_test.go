package controllers

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// An Application has two owners: we, and image-updater, which sends whole objects. Over many rounds of it against our reconciles,
// with edits in between, not one of its values is taken back, and not one field of ours is lost, removed ones included. A seed
// that was printed is played again with AFROAPP_SEED.
func TestOwnersOfHelmParameters(t *testing.T) { coOwn(t, chartFlavour) }

func TestOwnersOfKustomizeImages(t *testing.T) { coOwn(t, kustomizeFlavour) }

func coOwn(t *testing.T, f flavour) {
	o := newOwners(t, f)
	began := time.Now()
	rounds := inLong(1000, 60)
	for n := range rounds {
		o.round(n + 1)
	}
	o.cleanAtEnd()
	t.Logf("%d rounds in %s: %d writes of image-updater (%d conflicts), %d of the operator, %d edits by others, %d lost updates, %d thefts of ownership, %d restarts, %d versions of the Application",
		rounds, time.Since(began).Round(time.Second), rounds, o.updater.conflicts, o.total, o.mended, o.lost, o.stolen, o.restarts, o.laws.versions)
	t.Logf("rounds: %v", o.played)
}

// seeded is chance that can be had again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("AFROAPP_SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		must(t, err)
	}
	t.Logf("AFROAPP_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

const ownedApp = "shop"

// owners is a world with an app that image-updater writes to.
type owners struct {
	*world
	chance  *rand.Rand
	updater *updater
	tape    *recorder
	laws    laws

	op      *operator
	sent    []sent // those
	mark    int    // of the requests that were counted
	spent   int    // writes of the operator to the Application in this round
	unspent int    // of what the rounds before allowed
	// pinned: the image is for this round not image-updater's.
	pinned, stopped bool

	fewest int  // replicas
	arrive bool // every image does: none is kept where it is

	total, mended, lost, stolen, restarts int
	played                                map[string]int
}

func newOwners(t *testing.T, f flavour) *owners {
	o := &owners{world: newWorld(t), chance: seeded(t), played: map[string]int{}}
	o.op = startOperator(t)
	o.cleanAtEnd()
	f.spec = strings.ReplaceAll(f.spec, "NS", o.ns)
	o.apply(`{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: ` + ownedApp + `, namespace: "{{ns}}"}, spec: ` + f.spec + `}`)
	o.settled(ownedApp)
	key := applicationOf(o.ns, ownedApp)
	o.updater = &updater{flavour: f, key: types.NamespacedName{Namespace: key.Namespace, Name: key.Name}}
	live, err := o.updater.read(o.ctx)
	must(t, err)
	o.laws = laws{flavour: f, generation: live.GetGeneration()}
	o.tape = record(t, live)
	o.op.quiet(t)
	o.mark = o.op.mark()
	return o
}

// round lets a cycle of image-updater begin, something happen, and the cycle end with a new image: one after the other, or all
// at once.
func (o *owners) round(n int) {
	o.t.Helper()
	d, how := o.disturbance(), ways[o.chance.IntN(len(ways))]
	if d.alone {
		o.op.quiet(o.t)
		o.count()
		o.unspent = 0
	}
	seen, err := o.updater.read(o.ctx)
	must(o.t, err)
	digest := digestNumber(n)
	what := fmt.Sprintf("round %d: %s, and image-updater %s", n, d.name, how)
	o.played[d.name]++
	o.spent, o.sent, o.pinned = 0, nil, false
	budget := 0
	if together := !d.alone && o.chance.IntN(2) == 0; together {
		written := make(chan error, 1)
		go func() { written <- o.updater.write(o.ctx, how, seen, digest) }()
		budget = d.do(o)
		must(o.t, <-written)
	} else {
		budget = d.do(o)
		if d.alone {
			seen, err = o.updater.read(o.ctx)
			must(o.t, err)
		}
		must(o.t, o.updater.write(o.ctx, how, seen, digest))
	}
	if how == lostUpdate {
		if o.unlike(o.intent(), seen) != "" {
			o.lost++
		}
		budget += 2 // what came back with another value, and what came back and was taken out
	}
	if live := o.settle(what, n); theirs(live) != nil {
		// What image-updater's write took with it holds our value, and is mended when it changes.
		o.drift(o.everything())
		budget++
		o.stolen++
		if live = o.settle(what+", and a drift of what it took", n); theirs(live) != nil {
			o.t.Errorf("%s: %v", what, theirs(live))
		}
	}
	o.within(what, budget)
	if o.t.Failed() {
		o.t.FailNow()
	}
}

// mostLate are the writes of earlier rounds that may still come.
const mostLate = 4

// within holds that the operator wrote no more than was to be done. What was edited and edited back may be written late.
func (o *owners) within(what string, budget int) {
	o.t.Helper()
	if o.count(); o.spent > budget+o.unspent {
		o.t.Errorf("%s: %d writes of the operator, want at most %d and %d of the rounds before: %v", what, o.spent, budget, o.unspent, o.sent)
	}
	o.unspent = min(max(0, o.unspent+budget-o.spent), mostLate)
}

// count what the operator has written to the Application, when nothing is on its way any more.
func (o *owners) count() {
	o.t.Helper()
	eventually(o.t, func() error {
		all := o.op.after(o.mark)
		n := 0
		for _, s := range all {
			switch mine := s.write() && strings.HasSuffix(s.path, "/applications/"+o.updater.key.Name); {
			case mine && s.code == 0 && !o.stopped:
				return fmt.Errorf("a write has no answer yet")
			case mine && s.code < 400:
				n++
				o.sent = append(o.sent, s)
			}
		}
		o.mark += len(all)
		o.spent += n
		o.total += n
		return nil
	})
}

// settle waits until the Application is as both owners want it, and judges every version that it went through.
func (o *owners) settle(what string, number int) *unstructured.Unstructured {
	o.t.Helper()
	var live *unstructured.Unstructured
	deadline := time.Now().Add(patienceOfTests)
	for {
		var err error
		if live, err = o.updater.read(o.ctx); err == nil {
			err = o.asWanted(live, number)
		}
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("%s: %v\n%v\nstuck at %+v", what, err, o.judge(live), o.app(ownedApp).Status.StuckAt)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := o.judge(live); err != nil {
		o.t.Fatalf("%s: %v", what, err)
	}
	return live
}

func (o *owners) judge(upTo *unstructured.Unstructured) (failures error) {
	for _, v := range o.tape.take(o.t, upTo) {
		if err := o.laws.hold(v, o.pinned); err != nil {
			failures = errors.Join(failures, err)
		}
	}
	return failures
}

func (o *owners) intent() expand.Intent {
	o.t.Helper()
	plan := o.plan(ownedApp)
	for _, i := range plan.Intents {
		if i.Key().Kind == "Application" {
			return i
		}
	}
	o.t.Fatal("no Application is planned")
	return expand.Intent{}
}

// asWanted tells why the Application is not what the AfroApp and image-updater say, and nothing else.
func (o *owners) asWanted(live *unstructured.Unstructured, number int) error {
	i := o.intent()
	if !held(i, live) {
		return fmt.Errorf("a field of ours is not as planned: %v", live.Object["spec"])
	}
	if o.laws.numberOf(live) != number {
		return fmt.Errorf("image-updater has written %d, and %d is there", number, o.laws.numberOf(live))
	}
	if d := o.unlike(i, live); d != "" {
		return fmt.Errorf("planned (-) and there (+) differ:\n%s", d)
	}
	return nil
}

// unlike is how a spec differs from the planned one, beside what is image-updater's.
func (o *owners) unlike(i expand.Intent, live *unstructured.Unstructured) string {
	have := live.DeepCopy()
	if !o.pinned {
		unstructured.RemoveNestedField(have.Object, o.updater.field...)
	}
	return cmp.Diff(comparable(i.Object.Object["spec"]), comparable(have.Object["spec"]))
}

// comparable is a JSON value without empty maps: a block in which nothing is left says nothing.
func comparable(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var out any
	_ = json.Unmarshal(raw, &out)
	return withoutEmpty(out)
}

func withoutEmpty(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for k, x := range m {
		if x = withoutEmpty(x); x == nil {
			delete(m, k)
		} else {
			m[k] = x
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// everything is a drift of every field of ours.
func (o *owners) everything() string {
	raw, err := json.Marshal(map[string]any{"spec": drifted(comparable(o.intent().Object.Object["spec"]))})
	must(o.t, err)
	return string(raw)
}

func drifted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = drifted(x)
		}
		return out
	case []any:
		return []any{map[string]any{"patch": "drifted"}}
	case bool:
		return !v
	case float64:
		return v + 1
	}
	return "drifted"
}

// edit the AfroApp, and tell how many writes of the Application that is.
func (o *owners) edit(patch string) int {
	o.t.Helper()
	before := o.intent().Hash()
	must(o.t, o.merge(ownedApp, patch))
	if o.intent().Hash() == before {
		return 0
	}
	return 1
}

// drift edits the Application as somebody else.
func (o *owners) drift(patch string) {
	o.t.Helper()
	live, err := o.updater.read(o.ctx)
	must(o.t, err)
	must(o.t, admin.Patch(o.ctx, live, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("somebody")))
}

// restart the operator.
func (o *owners) restart() {
	o.op.stop()
	o.stopped = true
	o.count()
	o.stopped = false
	o.op = startOperator(o.t)
	o.cleanAtEnd()
	o.mark = 0
	o.restarts++
}

// told waits until the status speaks of the spec as it is, and the condition Applied is so.
func (o *owners) told(reason string) {
	o.t.Helper()
	eventually(o.t, func() error {
		app := o.app(ownedApp)
		if _, r := condition(app, v1alpha1.ConditionApplied); r != reason || app.Status.ObservedGeneration != app.Generation {
			return fmt.Errorf("Applied is %s of generation %d, want %s of %d", r, app.Status.ObservedGeneration, reason, app.Generation)
		}
		return nil
	})
}

// untouched fails when the operator has written to the Application in this round.
func (o *owners) untouched(what string) {
	o.t.Helper()
	if o.count(); o.spent > 0 {
		o.t.Fatalf("%d writes of the operator to an Application that is %s: %v", o.spent, what, o.sent)
	}
}

func (o *owners) projectNow() *unstructured.Unstructured {
	o.t.Helper()
	p, err := o.get(o.project().Key())
	if err != nil && !apierrors.IsNotFound(err) {
		o.t.Fatal(err)
	}
	return p
}
