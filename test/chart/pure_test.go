package chart

import (
	"regexp"
	"testing"
)

var (
	action  = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	literal = regexp.MustCompile("\"(\\\\.|[^\"\\\\])*\"|`[^`]*`")
	// impure are functions that evaluate a value as a template, ask the cluster or the network, or answer differently each time.
	impure = regexp.MustCompile(`\b(tpl|lookup|now|date\w*|ago|rand\w*|shuffle|uuidv4|gen\w+|derivePassword|bcrypt|htpasswd|encryptAES|getHostByName|Capabilities|Files)\b`)
)

// TestChartIsPure holds that the same values render the same objects in every cluster. kubeVersion counts as well: Argo CD
// gives v0.0.0 for an API server that was built without a version.
func TestChartIsPure(t *testing.T) {
	chrt, err := loadChart()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "kubeVersion", chrt.Metadata.KubeVersion, "")
	equal(t, "dependencies", len(chrt.Metadata.Dependencies), 0)
	equal(t, "name", chrt.Metadata.Name, "afroapp-workload")
	for _, template := range chrt.Templates {
		code := comment.ReplaceAllString(string(template.Data), "")
		for _, a := range action.FindAllString(literal.ReplaceAllString(code, `""`), -1) {
			if f := impure.FindString(a); f != "" {
				t.Errorf("%s uses %s in %s", template.Name, f, a)
			}
		}
		if regexp.MustCompile(`helm\.sh/hook|argocd\.argoproj\.io/hook`).MatchString(code) {
			t.Errorf("%s has a hook", template.Name)
		}
	}
}
