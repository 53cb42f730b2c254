package docs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/files"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/internal/schema"
)

// block is a fenced block of a page. Its language is yaml for whole objects, "yaml spec" for the spec of an AfroApp, and
// "yaml platform" for fields that replace those of the spec of the page's AfroPlatform. comment is the HTML comment in front.
type block struct {
	page, comment, language, text string
}

var fenced = regexp.MustCompile("(?m)(?:^<!-- (.*) -->\n)?^```([a-z ]*)\n((?s:.*?))^```$")

func blocks(t *testing.T) (out []block) {
	t.Helper()
	for page, text := range pages(t) {
		for _, m := range fenced.FindAllStringSubmatch(text, -1) {
			out = append(out, block{page: page, comment: m[1], language: m[2], text: m[3]})
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d blocks found", len(out))
	}
	return out
}

// Every example is read as afroctl reads a file, and is accepted on the AfroPlatform of docs/api.md.
func TestExamplesAreAccepted(t *testing.T) {
	all := blocks(t)
	p := platformOfPage(t, all)
	count := 0
	for _, b := range all {
		switch b.language {
		case "yaml":
			count += accepted(t, b, b.text, p)
		case "yaml spec":
			count += accepted(t, b, app(b.text), p)
		case "yaml platform":
			count++
			validPlatform(t, b, p)
		}
	}
	if count < 15 {
		t.Errorf("only %d examples", count)
	}
}

func app(spec string) string {
	indented := "  " + strings.ReplaceAll(strings.TrimSpace(spec), "\n", "\n  ")
	return "apiVersion: platform.afrotomation.com/v1alpha1\nkind: AfroApp\nmetadata: {name: shop, namespace: shop}\nspec:\n" + indented + "\n"
}

func load(t *testing.T, b block, text string) *files.Set {
	t.Helper()
	s := files.Load([]string{"-"}, files.Options{Stdin: strings.NewReader(text)})
	for _, p := range s.Problems {
		t.Errorf("%s: %s\n%s", b.page, p, b.text)
	}
	return s
}

func platformOfPage(t *testing.T, all []block) *files.Platform {
	t.Helper()
	for _, b := range all {
		if b.page == "docs/api.md" && strings.Contains(b.text, "\nkind: AfroPlatform\n") {
			return load(t, b, b.text).Platform
		}
	}
	t.Fatal("docs/api.md has no AfroPlatform")
	return nil
}

// accepted expands the apps of an example, and returns how many objects it checked.
func accepted(t *testing.T, b block, text string, p *files.Platform) int {
	t.Helper()
	s := load(t, b, text)
	if s.Platform != nil {
		if err := platform.ValidatePlatform(s.Platform.AfroPlatform); err != nil {
			t.Errorf("%s: %v\n%s", b.page, err, b.text)
		}
		if refused := schema.AfroPlatform(s.Platform.Fields); len(refused) > 0 {
			t.Errorf("%s: %v\n%s", b.page, refused, b.text)
		}
		return 1
	}
	if len(s.Apps) == 0 {
		t.Errorf("%s: nothing to check in\n%s", b.page, b.text)
	}
	against := p.DeepCopy()
	if b.page == "README.md" {
		against = samplePlatform(t).AfroPlatform
	}
	for _, a := range s.Apps {
		if _, err := expand.Expand(expand.Input{App: a.AfroApp, Namespace: s.Namespace(a.Namespace), Platform: against}); err != nil {
			t.Errorf("%s: %v\n%s", b.page, err, b.text)
		}
		if refused := schema.AfroApp(a.Fields); len(refused) > 0 {
			t.Errorf("%s: %v\n%s", b.page, refused, b.text)
		}
	}
	return len(s.Apps)
}

func validPlatform(t *testing.T, b block, p *files.Platform) {
	t.Helper()
	raw, err := yaml.Marshal(p.AfroPlatform)
	must(t, err)
	var whole, part map[string]any
	must(t, yaml.Unmarshal(raw, &whole))
	must(t, yaml.Unmarshal([]byte(b.text), &part))
	maps.Copy(whole["spec"].(map[string]any), part)
	raw, err = yaml.Marshal(whole)
	must(t, err)
	accepted(t, b, string(raw), p)
}

func samplePlatform(t *testing.T) *files.Platform {
	t.Helper()
	s := files.Load([]string{filepath.Join(root, "config/samples/platform_v1alpha1_afroplatform.yaml")}, files.Options{})
	if s.Platform == nil {
		t.Fatal(s.Problems)
	}
	return s.Platform
}

// A block behind a comment that names a file is part of that file; behind "objects:" it is what the file's app becomes.
func TestBlocksAreWhatTheyShow(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range blocks(t) {
		what, name, _ := strings.Cut(b.comment, ": ")
		seen[what] = true
		switch what {
		case "file":
			if !strings.Contains(read(t, name), b.text) {
				t.Errorf("%s: not in %s:\n%s", b.page, name, b.text)
			}
		case "objects":
			if got := becomes(t, name); got != b.text {
				t.Errorf("%s: %s becomes\n%s", b.page, name, got)
			}
		case "columns":
			if got, want := header(b.text), columns(t); got != want {
				t.Errorf("%s: columns %q, the CRD has %q", b.page, got, want)
			}
		case "":
		default:
			t.Errorf("%s: what is <!-- %s -->?", b.page, b.comment)
		}
	}
	for _, what := range []string{"file", "objects", "columns"} {
		if !seen[what] {
			t.Errorf("no block shows %q", what)
		}
	}
}

func becomes(t *testing.T, file string) string {
	t.Helper()
	s := files.Load([]string{filepath.Join(root, file)}, files.Options{})
	if len(s.Apps) != 1 {
		t.Fatal(file, s.Problems)
	}
	plan, err := expand.Expand(expand.Input{App: s.Apps[0].AfroApp, Namespace: s.Namespace(s.Apps[0].Namespace), Platform: samplePlatform(t).AfroPlatform})
	must(t, err)
	var b strings.Builder
	for _, i := range plan.Intents {
		fmt.Fprintln(&b, i.Key())
	}
	return b.String()
}

func header(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.Join(strings.Fields(line), " ")
}

// columns are those that `kubectl get afro -A` prints.
func columns(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "config/crd/bases/platform.afrotomation.com_afroapps.yaml"))
	must(t, err)
	var crd apiextensionsv1.CustomResourceDefinition
	must(t, yaml.Unmarshal(raw, &crd))
	names := []string{"NAMESPACE", "NAME"}
	for _, c := range crd.Spec.Versions[0].AdditionalPrinterColumns {
		names = append(names, strings.ToUpper(c.Name))
	}
	return strings.Join(names, " ")
}
