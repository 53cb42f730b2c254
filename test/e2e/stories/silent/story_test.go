//go:build e2e

// Package silent: the three silent no-ops of the story that AfroApp began with. image-updater's strategy saw one rolling
// tag and shrugged; then the tag was missing from the image list and it shrugged again; then git refused every commit.
// All was green. Here each is named.
package silent

import (
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/e2e/suite"
)

// wrong is what somebody did to the ImageUpdater while the operator had its hands off, and where the app is stuck then.
var wrong = map[string]struct {
	patch       string
	hop, reason string
	says        string
}{
	"strategy": {
		patch: `[{"op": "add", "path": "/spec/applicationRefs/0/images/0/commonUpdateSettings/updateStrategy", "value": "newest-build"}]`,
		hop:   v1alpha1.HopUpdater, reason: v1alpha1.ReasonUpdaterNotConfigured, says: "spec.applicationRefs[0].images[0].commonUpdateSettings.updateStrategy",
	},
	"tagless": {
		patch: `[{"op": "replace", "path": "/spec/applicationRefs/0/images/0/imageName", "value": "registry.lab.internal:5000/codenificient/tagless"}]`,
		hop:   v1alpha1.HopUpdater, reason: v1alpha1.ReasonUpdaterNotConfigured, says: "spec.applicationRefs[0].images[0].imageName",
	},
	// All that image-updater says of it is that there were errors: so the remedy names what they can be, this one too.
	"refused": {hop: v1alpha1.HopUpdater, reason: v1alpha1.ReasonUpdaterErrors, says: "the right to push"},
}

func TestNoNoOpIsSilent(t *testing.T) {
	s := suite.Tell(t, suite.Updater, suite.Owned)
	s.Namespace("silent")
	s.FleetPlatform("silent")
	for name := range wrong {
		s.Push("registry.lab.internal:5000/codenificient/"+name+":latest", "1")
	}
	s.Apply("apps.yaml")
	for name, w := range wrong {
		if w.patch != "" { // the one that is refused is stuck from the start: image-updater never can write
			s.Ready("silent", name, suite.AWhile)
			s.Pause("silent", name)
			s.PatchChild("silent", name, "ImageUpdater", w.patch)
		}
		s.Push("registry.lab.internal:5000/codenificient/"+name+":latest", "2")
	}
	for name, w := range wrong {
		if says := s.Stuck("silent", name, w.hop, w.reason, suite.Patiently); !strings.Contains(strings.Join(strings.Fields(says), " "), w.says) {
			t.Errorf("%s says %q, and does not name %s", name, says, w.says)
		}
	}
}
