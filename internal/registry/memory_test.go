package registry

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// What is kept of a followed image is its answer, of a few hundred bytes: no manifest and no list of tags. Of an index its
// children are kept once, and of old ones no more than the cache holds.
func TestLittleOfAnImageIsKept(t *testing.T) {
	play(t, func(w *world) {
		const apps = 200
		r := w.trusted("ghcr.io")
		r.RequestsPerSecond = 1000
		w.configure(r)
		for round := range 3 { // with each push another index
			for n := range apps {
				repository := fmt.Sprintf("acme/app-%d", n)
				w.must(w.ghcr.PushIndex(repository, "latest", "linux/amd64", "linux/arm64", "unknown/unknown"))
				if round == 0 {
					w.prober.Follow(repository, targetOf(t, "ghcr.io/"+repository+":latest"))
				}
				w.prober.Diagnose(repository)
			}
			w.round()
		}
		p := w.prober
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.targets) != apps || len(p.apps) != apps || len(p.hosts["ghcr.io"].sessions) != 1 {
			t.Errorf("%d targets, %d apps, %d sessions", len(p.targets), len(p.apps), len(p.hosts["ghcr.io"].sessions))
		}
		if n := p.children.order.Len(); n != len(p.children.entries) || n > 3*apps+1 {
			t.Errorf("the children of %d indexes are kept, under %d digests", n, len(p.children.entries))
		}
		for _, x := range p.targets {
			raw, err := json.Marshal(x.answer)
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > 1024 {
				t.Fatalf("%d bytes are kept: %s", len(raw), raw)
			}
			if x.answer.Failure != nil || len(x.answer.Children) == 0 || time.Since(x.asked) > time.Hour {
				t.Fatalf("answer %s", raw)
			}
		}
	})
}

// The cache of children drops the one that was not asked for longest.
func TestChildCacheIsBounded(t *testing.T) {
	c := newChildCache(3)
	for n := range 100 {
		c.put(fmt.Sprint(n), nil)
		c.get("0")
	}
	if len(c.entries) != 3 || c.order.Len() != 3 {
		t.Errorf("%d entries, %d in order", len(c.entries), c.order.Len())
	}
	if _, ok := c.get("0"); !ok {
		t.Error("the one that is always asked for is gone")
	}
}
