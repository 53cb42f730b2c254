package registry

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/registryserver"
)

func (w *world) semver(versions string) Target {
	t := targetOf(w.T, "ghcr.io/acme/shop:1.0.0")
	t.Policy, t.Range = v1alpha1.ImagePolicySemver, versions
	return t
}

func TestTheNewestVersionInTheRangeIsFollowed(t *testing.T) {
	play(t, func(w *world) {
		digests := map[string]string{}
		for _, tag := range []string{"1.0.0", "v1.2.0", "1.10.0", "1.11.0-rc.1", "2.0.0", "latest", "sha-1234"} {
			digests[tag] = w.pushImage("acme/shop", tag)
		}
		w.ghcr.SetPageSize(2)
		for versions, tag := range map[string]string{
			"1.x": "1.10.0", "~1.2": "v1.2.0", ">=1.11.0-0 <2": "1.11.0-rc.1", ">=1, <3": "2.0.0", "~1.10 || ~1.2": "1.10.0",
		} {
			a := w.followTarget(versions, w.semver(versions))
			w.pass(time.Minute)
			w.wantHealthy(a, digests[tag])
			if a.Tag != tag || a.Reference != "ghcr.io/acme/shop:"+tag {
				t.Errorf("%s: %+v", versions, a)
			}
		}
		w.tells()
		digest := w.pushImage("acme/shop", "1.12.0")
		w.round()
		if a := w.answer("1.x"); a.Tag != "1.12.0" || a.Digest != digest {
			t.Errorf("answer %+v", a)
		}
		w.wantTold("1.x", ">=1.11.0-0 <2")
		w.wantFailure(w.followTarget("none", w.semver("3.x")), NotFound, "no tag is a version in 3.x")
	})
}

func TestAListOfTagsHasAnEnd(t *testing.T) {
	play(t, func(w *world) {
		for i := range maxPages + 5 {
			w.pushImage("acme/shop", fmt.Sprintf("1.0.%d", i))
		}
		w.ghcr.SetPageSize(1)
		w.prober.Follow("shop", w.semver("1.x"))
		w.pass(30 * time.Second)
		w.wantFailure(w.answer("shop"), Malformed, "the list of tags has more than 100 pages")
		w.wantCount(w.ghcr, "", "/tags/list", maxPages)
	})
}

func (w *world) diagnosis(app string) Diagnosis {
	w.Helper()
	w.prober.Diagnose(app)
	w.pass(20 * time.Second)
	d := w.answer(app).Diagnosis
	if d == nil {
		w.Fatal("no diagnosis")
	}
	return *d
}

func wantListed(t *testing.T, d Diagnosis, first, anywhere bool) {
	t.Helper()
	if d.FirstPage == nil || d.TagListed == nil || *d.FirstPage != first || *d.TagListed != anywhere {
		t.Errorf("diagnosis %+v", d)
	}
}

func TestATagThatIsNotOnTheFirstPage(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "zz-latest")
		for _, tag := range []string{"a", "b", "c"} {
			w.pushImage("acme/shop", tag)
		}
		w.ghcr.SetPageSize(2)
		a := w.follow("shop", "ghcr.io/acme/shop:zz-latest")
		if a.Diagnosis != nil {
			t.Error("nobody asked for a diagnosis")
		}
		w.wantCount(w.ghcr, "", "/tags/list", 0)
		w.tells()
		d := w.diagnosis("shop")
		wantListed(t, d, false, true)
		if d.Digest != digest {
			t.Errorf("diagnosis %+v", d)
		}
		w.wantTold("shop")
		w.wantCount(w.ghcr, "", "/tags/list", 2)
		// Asked for again it costs nothing, until the interval is over.
		w.diagnosis("shop")
		w.wantCount(w.ghcr, "", "/tags/list", 2)
		w.follow("first", "ghcr.io/acme/shop:a")
		wantListed(t, w.diagnosis("first"), true, true)
	})
}

func TestATagThatIsServedAndNotListed(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.ghcr.Break(registryserver.Fault{Part: "/tags/list", Status: 200, Body: `{"name":"acme/shop","tags":["a"]}`})
		w.follow("shop", "ghcr.io/acme/shop:latest")
		wantListed(t, w.diagnosis("shop"), false, false)
	})
}

func TestAListThatIsRefusedIsPartOfTheDiagnosis(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.ghcr.Break(registryserver.Fault{Part: "/tags/list", Status: 403, Body: `{"errors":[{"code":"DENIED","message":"no list"}]}`})
		w.follow("shop", "ghcr.io/acme/shop:latest")
		d := w.diagnosis("shop")
		if d.TagListed != nil || d.FirstPage != nil || d.Failure == nil || d.Failure.Kind != Unauthorized || d.Failure.Message != "DENIED: no list" {
			t.Errorf("diagnosis %+v", d)
		}
		if a := w.answer("shop"); a.Failure != nil {
			t.Errorf("failure %+v", a.Failure)
		}
	})
}

func TestTheWrongPlatformIsSeen(t *testing.T) {
	play(t, func(w *world) {
		w.must(w.ghcr.PushImage("acme/single", "latest", "linux/arm64/v8"))
		w.must(w.ghcr.PushIndex("acme/index", "latest", "linux/arm64", "linux/arm/v7"))
		w.follow("single", "ghcr.io/acme/single:latest")
		if d := w.diagnosis("single"); !slices.Equal(d.Platforms, []string{"linux/arm64/v8"}) {
			t.Errorf("diagnosis %+v", d)
		}
		w.follow("index", "ghcr.io/acme/index:latest")
		if d := w.diagnosis("index"); !slices.Equal(d.Platforms, []string{"linux/arm64", "linux/arm/v7"}) {
			t.Errorf("diagnosis %+v", d)
		}
	})
}

func TestABlobThatIsKeptElsewhere(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.ghcr.RequireBasic("u", "p")
		w.setSecret("ghcr", ghcrSecret)
		elsewhere := w.serve("blobs.example")
		w.ghcr.Break(registryserver.Fault{Part: "/blobs/", Redirect: "https://blobs.example/signed"})
		w.followTarget("shop", w.withSecret("ghcr.io/acme/shop:latest", "ghcr"))
		d := w.diagnosis("shop")
		if d.Failure == nil || d.Failure.Kind != NotFound || d.Failure.Message != "BLOB_UNKNOWN: Unknown blob" || d.Platforms != nil {
			t.Errorf("diagnosis %+v, %+v", d, d.Failure)
		}
		wantListed(t, d, true, true)
		for _, r := range elsewhere.Requests() {
			if r.Authorization != "" {
				t.Errorf("%+v", r)
			}
		}
		w.wantCount(elsewhere, "GET", "/signed/", 1)
	})
}

func TestADiagnosisGoesWithItsDigest(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.follow("shop", "ghcr.io/acme/shop:latest")
		w.diagnosis("shop")
		digest := w.pushImage("acme/shop", "latest")
		w.round()
		a := w.answer("shop")
		w.wantHealthy(a, digest)
		if a.Diagnosis != nil {
			t.Errorf("diagnosis %+v of digest %s", a.Diagnosis, a.Digest)
		}
		if d := w.diagnosis("shop"); d.Digest != digest {
			t.Errorf("diagnosis %+v", d)
		}
	})
}
