package doctor

import (
	"path/filepath"
	"slices"
	"testing"
)

// What was recorded from the real systems, and which rules have to name it. The folders are those of the recording.
func TestRecorded(t *testing.T) {
	for name, want := range map[string][]string{
		"silent-newest-build":        {"AFRO001", "AFRO029"},
		"digest-without-tag":         {"AFRO002", "AFRO029", "AFRO057"},
		"http-repository-refused":    {"AFRO029", "AFRO057"},
		"write-back-refused":         {"AFRO057"},
		"wrong-helm-key-latent":      {"AFRO059"},
		"wrong-helm-key-stale":       {"AFRO059"},
		"two-crs-fight":              {"AFRO046"},
		"no-application-matches":     {"AFRO008", "AFRO055"},
		"application-deleted":        {"AFRO055"},
		"zero-replicas":              {"AFRO056", "AFRO058"},
		"project-missing":            {"AFRO060"},
		"comparison-error-healthy":   {"AFRO060"},
		"rejected-manifest":          {"AFRO060"},
		"manual-sync-out-of-sync":    {"AFRO061"},
		"right-synced":               nil,
		"argocd-writeback-helm":      nil,
		"argocd-writeback-kustomize": nil,
		"annotations-flavour":        nil,
		"apps-in-any-namespace":      nil,
		"image-missing":              nil, // the registry has to be asked
	} {
		t.Run(name, func(t *testing.T) {
			in := load(t, filepath.Join("testdata/recorded", name))
			for i := range in.Files {
				in.Files[i].Live = true
			}
			if got := Diagnose(in); !slices.Equal(ids(got), want) {
				t.Errorf("want %v, got\n%s", want, got.Text())
			}
		})
	}
}
