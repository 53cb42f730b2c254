package controllers

import (
	"testing"
	"time"

	"github.com/afrotomation/afroapp/test/actors"
)

// The heartbeats of the peers cost nothing: no read and no write for a minute, and no write after a restart among them. Among
// the long tests it is four: after five the preflight looks again at what it cannot watch.
func TestIdleUnderHeartbeats(t *testing.T) {
	w := newWorld(t)
	w.apply(managedPlatform)
	w.startActors(actors.Options{UpdaterInterval: 2 * time.Second, Heartbeat: 500 * time.Millisecond})
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.apply(driftingApp)
	for _, app := range []string{"clickrise", "shared", "own"} {
		w.ready(app)
	}
	time.Sleep(preflightPause + time.Second) // the preflight looks once more after the last news
	op.quiet(t)
	mark := op.mark()
	idle := inLong(4*time.Minute, time.Minute)
	time.Sleep(idle)
	if all := op.since(mark); len(all) > 0 {
		t.Errorf("%d requests in %s: %v", len(all), idle, all)
	}
	op.stop()
	again := startOperator(t)
	w.cleanAtEnd()
	again.quiet(t)
	if writes := again.writes(0); len(writes) > 0 {
		t.Errorf("writes after a restart under heartbeats: %v", writes)
	}
}

// Peers that take their time cost no more: with children that become ready one after the other, an app is written k + 3 times.
func TestSlowPeers(t *testing.T) {
	w := newWorld(t)
	w.apply(managedPlatform)
	set := w.startActors(actors.Options{UpdaterInterval: 5 * time.Second})
	op := startOperator(t)
	w.cleanAtEnd()
	op.quiet(t)
	slow := func(d time.Duration) func(*actors.Behaviour) { return func(b *actors.Behaviour) { b.Delay = d } }
	must(t, set.Ingress.Behave(slow(4*time.Second)))
	must(t, set.CNPG.Behave(slow(3*time.Second)))
	must(t, set.ArgoCD.Behave(slow(2*time.Second)))
	must(t, set.Kubelet.Behave(slow(5*time.Second)))
	mark := op.mark()
	w.apply(minimalApp)
	w.settled("clickrise")
	children := len(w.plan("clickrise").Intents)
	w.ready("clickrise")
	op.quiet(t)
	var writes []sent
	for _, s := range op.writes(mark) {
		if !touchesPlatform(s) {
			writes = append(writes, s)
		}
	}
	if len(writes) > children+3 {
		t.Errorf("%d writes for %d children, want at most %d: %v", len(writes), children, children+3, writes)
	}
	t.Logf("%d children of slow peers: %d writes", children, len(writes))
}
