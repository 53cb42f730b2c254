package controllers

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// An AfroApp that is applied becomes exactly what `afroctl render` prints, with k+2 requests and not one read.
func TestCreate(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	op.quiet(t)

	mark := op.mark()
	w.apply(minimalApp)
	w.settled("clickrise")
	op.quiet(t)

	plan := w.plan("clickrise")
	for _, i := range plan.Intents {
		live, err := w.get(i.Key())
		must(t, err)
		if owners := managers(live); len(owners) != 1 || owners[0] != "afroapp Apply" {
			t.Errorf("%s is written by %v", i.Key(), owners)
		}
	}
	op.asRendered(t, plan)
	var own []sent
	for _, s := range op.since(mark) {
		if !touchesPlatform(s) {
			own = append(own, s)
		}
	}
	if len(own) > 0 && !strings.HasSuffix(own[0].path, "/afroapps/clickrise") {
		t.Errorf("%s came before the finalizer: an app deleted at that moment would leave it behind", own[0])
	}
	if want := len(plan.Intents) + 2; len(own) > want {
		t.Errorf("%d requests, want at most %d (children, finalizer, one status):\n%v", len(own), want, own)
	}
	for _, s := range own {
		if !s.write() {
			t.Errorf("a read: %s", s)
		}
	}
}

func managers(u *unstructured.Unstructured) []string {
	var out []string
	for _, m := range u.GetManagedFields() {
		out = append(out, m.Manager+" "+string(m.Operation))
	}
	return out
}
