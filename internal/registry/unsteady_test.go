package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/afrotomation/afroapp/test/registryserver"
)

// A registry that sends everybody away lets few ask between its pauses; the others are told all the same.
func TestAPauseIsToldToAll(t *testing.T) {
	play(t, func(w *world) {
		const n = 20
		for i := range n {
			app := fmt.Sprintf("a%02d", i)
			w.pushImage("acme/"+app, "latest")
			w.prober.Follow(app, targetOf(t, "ghcr.io/acme/"+app+":latest"))
		}
		w.pass(time.Minute)
		w.ghcr.Break(registryserver.Fault{Status: 429, Header: map[string]string{"Retry-After": "3600"}})
		for range 18 {
			w.pass(10 * time.Minute)
		}
		for i := range n {
			if a := w.answer(fmt.Sprintf("a%02d", i)); a.Failure == nil || a.Failure.Kind != RateLimited {
				t.Errorf("a%02d was last checked %s ago, and its failure is %+v", i, time.Since(a.Checked), a.Failure)
			}
		}
		w.ghcr.Heal()
		for range 18 {
			w.pass(10 * time.Minute)
		}
		for i := range n {
			if a := w.answer(fmt.Sprintf("a%02d", i)); a.Failure != nil {
				t.Errorf("a%02d still fails: %+v", i, a.Failure)
			}
		}
	})
}

// A registry that fails in turns has failed since the first of them.
func TestFailuresInTurnsAreOne(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.follow("shop", "ghcr.io/acme/shop:latest")
		faults := []registryserver.Fault{{Status: 502}, {Delay: 30 * time.Second}}
		begun, asked := time.Now(), -1
		for turn := 0; time.Since(begun) < 2*time.Hour; w.pass(10 * time.Second) {
			if n := len(w.ghcr.Requests()); n != asked { // each question fails in the other way
				asked, turn = n, 1-turn
				w.ghcr.Heal()
				w.ghcr.Break(faults[turn])
			}
		}
		if f := w.answer("shop").Failure; f == nil || time.Since(f.Since) < time.Since(begun)-10*time.Minute {
			t.Errorf("it failed for %s, and says %+v", time.Since(begun), f)
		}
	})
}

// A registry that nobody follows anything of is not silent.
func TestNobodyFollowsNobodyIsSilent(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.follow("shop", "ghcr.io/acme/shop:latest")
		series := func() int {
			ch := make(chan prometheus.Metric, 100)
			w.prober.metrics.success.Collect(ch)
			return len(ch)
		}
		if series() != 1 {
			t.Errorf("%d registries have answered", series())
		}
		w.prober.Forget("shop")
		w.pass(2 * time.Hour)
		if series() != 0 {
			t.Errorf("%d registries count as followed", series())
		}
	})
}

// A bundle that is no certificate is what the app is told, not that its registry is not listed.
func TestABrokenBundleIsTold(t *testing.T) {
	play(t, func(w *world) {
		broken := "-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n"
		if err := w.prober.Configure([]Registry{{Host: "ghcr.io", CABundle: []byte(broken)}}); err == nil {
			t.Error("no error")
		}
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		if a.Failure == nil || a.Failure.Kind != Unreachable || !strings.Contains(a.Failure.Message, "CA bundle") {
			t.Errorf("said %+v", a.Failure)
		}
	})
}

// Whoever may push an index may not fill the memory of the operator with it.
func TestAHugeIndexIsRefused(t *testing.T) {
	index := v1.IndexManifest{SchemaVersion: 2}
	for i := range maxImages + 1 {
		index.Manifests = append(index.Manifests, v1.Descriptor{Digest: v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%064x", i)}})
	}
	body, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewDigest("ghcr.io/acme/shop@sha256:" + strings.Repeat("1", 64))
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{})
	if images, err := p.childrenOf(t.Context(), nil, ref, body); err == nil {
		t.Errorf("%d images were taken", len(images))
	}
}
