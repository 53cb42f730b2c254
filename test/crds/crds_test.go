package crds

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestEveryPeerLoads(t *testing.T) {
	for _, origin := range Origins() {
		crds, err := Load(origin.Peer)
		if err != nil {
			t.Fatal(err)
		}
		if len(crds) != len(origin.Files) {
			t.Errorf("%s: %d CRDs, want %d", origin.Peer, len(crds), len(origin.Files))
		}
		for i, crd := range crds {
			if crd.Kind != "CustomResourceDefinition" || crd.Name != origin.Files[i].Name {
				t.Errorf("%s: got %s %s, want CRD %s", origin.Peer, crd.Kind, crd.Name, origin.Files[i].Name)
			}
			if conversion := crd.Spec.Conversion; conversion != nil && conversion.Webhook != nil {
				t.Errorf("%s needs a conversion webhook, which no test has", crd.Name)
			}
		}
	}
}

func TestLoadWithoutNamesLoadsAll(t *testing.T) {
	want := 0
	for _, origin := range Origins() {
		want += len(origin.Files)
	}
	crds, err := Load()
	if err != nil || len(crds) != want {
		t.Errorf("got %d CRDs, %v; want %d", len(crds), err, want)
	}
	entries, err := fs.Glob(files, "*.yaml")
	if err != nil || len(entries) != want {
		t.Errorf("%d files, %v; want %d", len(entries), err, want)
	}
}

func TestLoadedCRDsAreTheCallersOwn(t *testing.T) {
	first, err := Load(BarmanCloud)
	if err != nil {
		t.Fatal(err)
	}
	first[0].Spec.Group = "changed.example.com"
	second, err := Load(BarmanCloud)
	if err != nil {
		t.Fatal(err)
	}
	if second[0].Spec.Group != "barmancloud.cnpg.io" {
		t.Errorf("the group is %s after another caller's change", second[0].Spec.Group)
	}
}

func TestUnknownPeerIsAnError(t *testing.T) {
	if _, err := Load(CNPG, "zalando"); err == nil || !strings.Contains(err.Error(), `"zalando"`) {
		t.Errorf("got %v, want an error with the name", err)
	}
}

// Editing a CRD to make a test pass is the mistake this catches without network.
func TestFilesAreUntouched(t *testing.T) {
	sums, err := os.ReadFile("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, origin := range Origins() {
		for _, file := range origin.Files {
			data, err := files.ReadFile(file.Name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&want, "%x  %s.yaml\n", sha256.Sum256(data), file.Name)
		}
	}
	if want.String() != string(sums) {
		t.Errorf("SHA256SUMS is\n%s\nbut the files have\n%s", sums, want.String())
	}
}

func TestReadmeSaysTheSame(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, origin := range Origins() {
		row := fmt.Sprintf("| `%s` | %s | %s | Apache-2.0 |", origin.Module, origin.Version, names(origin))
		if !strings.Contains(string(data), row) {
			t.Errorf("README.md lacks %s", row)
		}
	}
}

func names(origin Origin) string {
	var out []string
	for _, file := range origin.Files {
		out = append(out, "`"+file.Name+"`")
	}
	return strings.Join(out, ", ")
}
