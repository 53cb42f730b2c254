package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/test/crds"
)

func TestCompareSeesEveryDifference(t *testing.T) {
	want := map[string][]byte{"a.yaml": []byte("a\n"), "b.yaml": []byte("b\n"), "SHA256SUMS": []byte("x\n")}
	folder := t.TempDir()
	put := func(name, content string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("a.yaml", "a \n")
	put("stranger.yaml", "")
	put("SHA256SUMS", "x\n")
	err := compare(folder, want)
	if err == nil {
		t.Fatal("no difference found")
	}
	for _, name := range []string{"a.yaml", "b.yaml", "stranger.yaml"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if err := replace(folder, want); err != nil {
		t.Fatal(err)
	}
	if err := compare(folder, want); err != nil {
		t.Errorf("after replacing: %v", err)
	}
}

func TestAnotherHashIsRefused(t *testing.T) {
	origins := crds.Origins()
	i := slices.IndexFunc(origins, func(o crds.Origin) bool { return o.Peer == crds.GatewayAPI })
	origin := origins[i] // this repository requires the module: it is in the module cache
	if _, err := download(origin); err != nil {
		t.Fatal(err)
	}
	origin.Sum = "h1:AAAA="
	if _, err := download(origin); err == nil || !strings.Contains(err.Error(), "pinned is h1:AAAA=") {
		t.Errorf("got %v, want a refusal", err)
	}
}
