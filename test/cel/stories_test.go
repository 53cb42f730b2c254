package cel

import (
	"path/filepath"
	"testing"
)

// onlyGo are the stories that the CRD takes and the controller refuses as invalid, with what CEL cannot know or was not
// asked to.
var onlyGo = map[string]string{
	"hostile-host-address":                  "an address has the form of a host name",
	"refused-body-size":                     "CEL is not asked about amounts of KiB",
	"refused-helm-same-keys":                "CEL cannot compare with a default",
	"refused-helm-values-image":             "CEL cannot look into fields without a schema",
	"refused-helm-values-in-the-way":        "CEL cannot look into fields without a schema",
	"refused-image-hub-repository":          "library has the form of a host name",
	"refused-kustomize-image-tag":           "a port has the form of a tag",
	"refused-name-digit":                    "the API server takes any DNS subdomain as a name",
	"refused-name-dots":                     "the API server takes any DNS subdomain as a name",
	"refused-path-unusual":                  "what an edge takes is checked by the controller",
	"refused-range-grammar":                 "the grammar of ranges is too long for a pattern",
	"refused-range-number":                  "CEL cannot ask the parser of image-updater",
	"refused-range-prerelease":              "CEL cannot ask the parser of image-updater",
	"refused-resources-negative":            "the pattern of quantities has a sign",
	"refused-resources-request-above-limit": "CEL is not asked to compare quantities",
	"refused-semver-from-latest":            "that image-updater compares versions is not the API's to know",
	"refused-semver-from-prerelease":        "that image-updater compares versions is not the API's to know",
	"refused-tailnet-features":              "that the tailnet has its own certificate is a fact of the platform",
	"refused-tailnet-other-domain":          "the domain of the tailnet is a fact of the platform",
	"refused-tailnet-two-hosts":             "one machine name is a fact of the platform",
}

// TestStoriesAgree asks both about every AfroApp of the corpus.
func TestStoriesAgree(t *testing.T) {
	files, err := filepath.Glob(corpus + "/*/app.yaml")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	refused := 0
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		u := object(t, file)
		verdict := ask(t, u)
		_, broken, _ := resolve(t, u)
		why, known := onlyGo[name]
		switch {
		case verdict != nil && len(broken) == 0:
			t.Errorf("%s: the CRD refuses and the controller would not:\n%v", name, verdict)
		case verdict == nil && len(broken) > 0 && !known:
			t.Errorf("%s: only the controller refuses: %v", name, broken)
		case known && (verdict != nil || len(broken) == 0):
			t.Errorf("%s is no longer refused by the controller alone (%s)", name, why)
		}
		if verdict != nil {
			refused++
		}
	}
	if refused < 50 {
		t.Errorf("the CRD refuses %d stories: is it the right one?", refused)
	}
}

// TestExamplesAreTaken: the two examples of the design, as they stand.
func TestExamplesAreTaken(t *testing.T) {
	for _, name := range []string{"minimal", "full"} {
		u := object(t, filepath.Join(corpus, name, "app.yaml"))
		if err := ask(t, u); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := resolve(t, u); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
