package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link     = regexp.MustCompile(`\]\(([^)]+)\)`)
	repoPath = regexp.MustCompile("`((?:api|bundle|cmd|config|controllers|docs|internal|test)(?:/[A-Za-z0-9_.-]+)+)/?`")
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	makeRun  = regexp.MustCompile("(?m)(?:`|^ +)make ([a-z][a-z0-9-]*)")
	testName = regexp.MustCompile("`([a-z/]+)`, (Test[A-Za-z0-9]+)")
)

// Links lead somewhere, also into headings.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, fragment, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if !exists(target) {
				t.Errorf("%s: %s does not exist", page, m[1])
			}
			if fragment != "" && !anchors(all[target])[fragment] {
				t.Errorf("%s: %s has no heading #%s", page, target, fragment)
			}
		}
	}
}

// anchors are the headings as they stand in a URL.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		kept := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out[strings.ReplaceAll(kept, " ", "-")] = true
	}
	return out
}

func TestPathsExist(t *testing.T) {
	for page, text := range pages(t) {
		for _, m := range repoPath.FindAllStringSubmatch(text, -1) {
			if !exists(m[1]) {
				t.Errorf("%s: %s does not exist", page, m[1])
			}
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, name))
	return err == nil
}

func TestMakeTargetsExist(t *testing.T) {
	makefile := "\n" + read(t, "Makefile")
	for page, text := range pages(t) {
		for _, m := range makeRun.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s: the Makefile has no target %s", page, m[1])
			}
		}
	}
}

// A test that is named as proof is there.
func TestNamedTestsExist(t *testing.T) {
	for page, text := range pages(t) {
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			files, err := filepath.Glob(filepath.Join(root, m[1], "*_test.go"))
			must(t, err)
			found := false
			for _, f := range files {
				raw, err := os.ReadFile(f)
				must(t, err)
				found = found || strings.Contains(string(raw), "\nfunc "+m[2]+"(")
			}
			if !found {
				t.Errorf("%s: %s has no %s", page, m[1], m[2])
			}
		}
	}
}
