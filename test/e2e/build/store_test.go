package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPruneKeepsTheNewestStore(t *testing.T) {
	cache := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{"registry-old": 3 * time.Hour, "registry-new": time.Hour, "registry-older": 9 * time.Hour, "rootfs": 20 * time.Hour} {
		dir := filepath.Join(cache, "e2e", name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := (Kit{cache: cache}).prune(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(cache, "e2e"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].Name() != "registry-new" || entries[1].Name() != "rootfs" {
		t.Errorf("what is left: %v", entries)
	}
}

// The same content has the same digest, whenever and wherever it is built: an image that did not change is not pulled anew.
func TestImagesAreReproducible(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	image := Image{Names: []string{"registry.example.com/app:1"}, Entrypoint: []string{"/app"}, Entries: []Entry{
		{Path: "/app", From: file}, {Path: "/version", Text: "1\n", Mode: 0o644}, {Path: "/link", Link: "app"}, {Path: "/tmp", Mode: 0o1777},
	}}
	digest := func() string {
		t.Helper()
		built, err := image.image(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		hash, err := built.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return hash.String()
	}
	first := digest()
	if err := os.Chtimes(file, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if again := digest(); again != first {
		t.Errorf("%s became %s", first, again)
	}
	image.Entries[1].Text = "2\n"
	if other := digest(); other == first {
		t.Error("other content has the same digest")
	}
}

// A second clone takes the images of the first one, unless a file of its own differs.
func TestAFingerprintIsOfContent(t *testing.T) {
	of := func(lua string) string {
		t.Helper()
		checkout := t.TempDir()
		if err := os.WriteFile(filepath.Join(checkout, "main.lua"), []byte(lua), 0o644); err != nil {
			t.Fatal(err)
		}
		var sum strings.Builder
		image := Image{Names: []string{"registry.example.com/app:1"}, Entries: []Entry{{Path: "/lua", Tree: checkout}}}
		if err := image.fingerprint(&sum, checkout); err != nil {
			t.Fatal(err)
		}
		return sum.String()
	}
	if one, other := of("return 1"), of("return 1"); one != other {
		t.Errorf("two clones differ:\n%s\n%s", one, other)
	}
	if one, other := of("return 1"), of("return 2"); one == other {
		t.Errorf("two contents are the same: %s", one)
	}
}
