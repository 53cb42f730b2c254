package expand

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/platform"
)

// hostileTexts end a line, begin another item, climb, or are code somewhere.
var hostileTexts = []string{
	"a\nb: c", "x,evil=docker.io/mallory/miner:latest", "../../kube-system", "*", "{{ .Values.secret }}", "$(cat /etc/passwd)", "\x00", "\u202egnp.exe",
	"https://user:password@example.com/x", "regexp:.*", "ext:/run.sh", "'; drop table x; --", "/}location /{", "9223372036854775808", "-1", "1e400", "",
}

// FuzzExpand changes AfroApps of the corpus and expands them against one of its platforms. It never panics, never plans an
// image that is no strict reference, and whatever it plans or refuses keeps the laws. Where leaf is not 0, the leaf-th text
// of the app is replaced: bytes changed at random are rarely an AfroApp.
func FuzzExpand(f *testing.F) {
	platforms := fuzzPlatforms(f)
	for n, dir := range stories(f) {
		raw, err := json.Marshal(storyInput(f, dir).App)
		must(f, err)
		f.Add(raw, uint(0), "", uint(n), uint8(n))
		f.Add(raw, uint(n+1), hostileTexts[n%len(hostileTexts)], uint(n), uint8(n))
	}
	f.Fuzz(func(t *testing.T, app []byte, leaf uint, text string, which uint, bits uint8) {
		in, ok := fuzzInput(replaceLeaf(app, leaf, text), platforms[which%uint(len(platforms))], bits)
		if !ok {
			return
		}
		plan, err := Expand(in)
		if err != nil {
			checkRefusals(t, err)
			return
		}
		if ref, err := image.Parse(in.App.Spec.Image); err != nil || ref.String() != in.App.Spec.Image {
			t.Fatalf("planned the image %q", in.App.Spec.Image)
		}
		for _, v := range violations(in, plan) {
			t.Error(v)
		}
	})
}

// TestHostileTexts puts each hostile text into each place of the two examples of the design, in the same way.
func TestHostileTexts(t *testing.T) {
	for _, story := range []string{"minimal", "full", "data-dedicated-extensions", "source-helm-keys", "policy-semver-annotations"} {
		in := storyInput(t, "testdata/"+story)
		raw, err := json.Marshal(in.App)
		must(t, err)
		for leaf := range uint(40) {
			for _, text := range hostileTexts {
				changed, ok := fuzzInput(replaceLeaf(raw, leaf+1, text), in.Platform, uint8(leaf))
				if !ok {
					continue
				}
				plan, err := Expand(changed)
				if err != nil {
					checkRefusals(t, err)
					continue
				}
				for _, v := range violations(changed, plan) {
					t.Errorf("%s with %q: %s", story, text, v)
				}
			}
		}
	}
}

func replaceLeaf(app []byte, leaf uint, text string) []byte {
	var doc any
	if leaf == 0 || json.Unmarshal(app, &doc) != nil {
		return app
	}
	var places []func()
	collectTexts(doc, text, &places)
	if len(places) == 0 {
		return app
	}
	places[leaf%uint(len(places))]()
	changed, err := json.Marshal(doc)
	if err != nil {
		return app
	}
	return changed
}

// collectTexts finds every text of a document, in a fixed order, as a function that replaces it.
func collectTexts(v any, text string, places *[]func()) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if _, ok := v[k].(string); ok {
				*places = append(*places, func() { v[k] = text })
			}
			collectTexts(v[k], text, places)
		}
	case []any:
		for n := range v {
			if _, ok := v[n].(string); ok {
				*places = append(*places, func() { v[n] = text })
			}
			collectTexts(v[n], text, places)
		}
	}
}

// fuzzPlatforms are those of the corpus that are valid.
func fuzzPlatforms(f *testing.F) []*v1alpha1.AfroPlatform {
	var out []*v1alpha1.AfroPlatform
	for _, dir := range stories(f) {
		if in := storyInput(f, dir); in.Platform != nil && platform.ValidatePlatform(in.Platform) == nil {
			out = append(out, in.Platform)
		}
	}
	return out
}

// fuzzInput is what the API server could hand us: names and UIDs are its own, everything else is the fuzzer's.
func fuzzInput(app []byte, p *v1alpha1.AfroPlatform, bits uint8) (Input, bool) {
	in := Input{App: new(v1alpha1.AfroApp), Platform: p}
	if json.Unmarshal(app, in.App) != nil {
		return in, false
	}
	if len(validation.IsDNS1123Label(in.App.Namespace)) > 0 {
		in.App.Namespace = "shop"
	}
	in.App.UID = types.UID("5c0f9a52-0000-4000-8000-00000000000b")
	in.Namespace = platform.Namespace{Name: in.App.Namespace, UID: namespaceUID}
	if bits&1 != 0 {
		in.Flavours = platform.Flavours{Missing: map[schema.GroupKind]bool{foreign.ImageUpdater.GroupKind(): true}}
	}
	if bits&2 != 0 && len(in.App.Spec.Hosts) > 0 {
		in.LostHosts = in.App.Spec.Hosts[:1]
	}
	if bits&4 != 0 {
		in.PasswordKey = []byte("0123456789abcdef0123456789abcdef")
	}
	return in, true
}

var reasonsOfAccepted = []string{
	v1alpha1.ReasonInvalid, v1alpha1.ReasonPlatformMissing, v1alpha1.ReasonPlatformInvalid, v1alpha1.ReasonNamespaceNotPermitted,
	v1alpha1.ReasonImageNotPermitted, v1alpha1.ReasonPullSecretNotPermitted, v1alpha1.ReasonSourceNotPermitted, v1alpha1.ReasonHostNotPermitted,
	v1alpha1.ReasonVisibilityNotPermitted, v1alpha1.ReasonDatabaseNotPermitted, v1alpha1.ReasonExtensionNotPermitted, v1alpha1.ReasonLimitExceeded,
	v1alpha1.ReasonNotOffered, v1alpha1.ReasonNotCoveredByWildcard, v1alpha1.ReasonFeatureUnsupported, v1alpha1.ReasonBackupNotOffered, v1alpha1.ReasonImmutable,
}

func checkRefusals(t *testing.T, err error) {
	t.Helper()
	var refusals platform.Refusals
	if !errors.As(err, &refusals) || len(refusals) == 0 {
		t.Fatalf("%T is no list of refusals", err)
	}
	for _, r := range refusals {
		known := false
		for _, reason := range reasonsOfAccepted {
			known = known || r.Reason == reason
		}
		if !known || r.Field == "" || r.Cause == "" || r.Remedy == "" {
			t.Errorf("%+v has not all of its parts", r)
		}
		if s := r.String(); strings.ContainsFunc(s, unicode.IsControl) || len([]rune(s)) > 1024 {
			t.Errorf("%q does not fit on a line", s)
		}
	}
}
