package suite

import (
	"strings"
	"testing"
)

func TestHerePutsTheLabsNamesIn(t *testing.T) {
	lab := Lab{Registry: "registry.example.com", Domain: "apps.example.com", Infra: "https://git.example.com/infra.git"}
	const manifest = "image: registry.lab.internal:5000/apps/web:1\nhosts: [web.apps.lab.internal]\nrepoURL: https://git.lab.internal:3000/infra.git\n"
	const want = "image: registry.example.com/apps/web:1\nhosts: [web.apps.example.com]\nrepoURL: https://git.example.com/infra.git\n"
	if got := lab.Here(manifest); got != want {
		t.Errorf("got\n%s", got)
	}
}

// Every app of the sample has to be found, and no name of its owner may be left that the lab does not serve.
func TestTheFleetFitsTheLab(t *testing.T) {
	t.Chdir("../stories/fleet")
	apps := (&Story{T: t}).fleetApps()
	if len(apps) != 47 {
		t.Fatalf("%d apps", len(apps))
	}
	for _, app := range apps {
		text := strings.ReplaceAll(mustYAML(app), app.GetAPIVersion(), "")
		for _, theirs := range []string{"ghcr.io", "docker.io", "github.com", ".ts.net", "clickrise.io", "afrotomation.com"} {
			if strings.Contains(text, theirs) {
				t.Errorf("%s/%s names %s:\n%s", app.GetNamespace(), app.GetName(), theirs, text)
			}
		}
	}
}
