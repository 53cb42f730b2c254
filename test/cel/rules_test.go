package cel

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// checkShrink makes an object, and then wants less of one amount.
func checkShrink(t *testing.T, u *unstructured.Unstructured, want string, path ...string) {
	t.Helper()
	if err := server.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		if err := server.Delete(ctx, u); err != nil {
			t.Error(err)
		}
	})
	for amount, refused := range map[string]bool{"2Gi": true, "200Gi": false} {
		changed := u.DeepCopy()
		if err := unstructured.SetNestedField(changed.Object, amount, path...); err != nil {
			t.Fatal(err)
		}
		err := server.Update(t.Context(), changed, client.DryRunAll)
		switch {
		case refused && (!apierrors.IsInvalid(err) || !strings.Contains(err.Error(), want)):
			t.Errorf("%v to %s: %v", path, amount, err)
		case !refused && err != nil:
			t.Errorf("%v to %s: %v", path, amount, err)
		}
	}
}

// schemas walks every schema of a CRD, with its path.
func schemas(t *testing.T, file string, visit func(path string, s apiextensionsv1.JSONSchemaProps)) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(crdBases, file))
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(raw, &crd); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, s apiextensionsv1.JSONSchemaProps)
	walk = func(path string, s apiextensionsv1.JSONSchemaProps) {
		visit(path, s)
		for name, p := range s.Properties {
			walk(path+"."+name, p)
		}
		if s.Items != nil && s.Items.Schema != nil {
			walk(path+"[]", *s.Items.Schema)
		}
		if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
			walk(path+"{}", *s.AdditionalProperties.Schema)
		}
	}
	for _, v := range crd.Spec.Versions {
		walk("", *v.Schema.OpenAPIV3Schema)
	}
}

var crdFiles = []string{
	"platform.afrotomation.com_afroapps.yaml", "platform.afrotomation.com_afroplatforms.yaml", "platform.afrotomation.com_afrohostclaims.yaml",
}

// TestEveryFieldIsExplained: kubectl explain has something to say of each field.
func TestEveryFieldIsExplained(t *testing.T) {
	files, err := filepath.Glob(crdBases + "/*.yaml")
	if err != nil || len(files) != len(crdFiles) {
		t.Errorf("%v: not the CRDs that are looked at here (%v)", files, err)
	}
	for _, file := range crdFiles {
		fields := 0
		schemas(t, file, func(path string, s apiextensionsv1.JSONSchemaProps) {
			item := strings.HasSuffix(path, "[]") || strings.HasSuffix(path, "{}")
			if path == ".metadata" || item {
				return
			}
			fields++
			if len(strings.TrimSpace(s.Description)) < 10 {
				t.Errorf("%s: %s has no description", file, path)
			}
		})
		if fields < 8 {
			t.Errorf("%s: %d fields", file, fields)
		}
	}
}

// remedy is the part of a message that tells what to do, behind the cause.
var remedy = regexp.MustCompile(`[^;]; ([^;]+; )?(add|ask|choose|move|must|name|policy Semver needs|remove|restore|set|start|use|write) `)

// TestMessagesNameTheRemedy reads the messages of all CEL rules.
func TestMessagesNameTheRemedy(t *testing.T) {
	rules := 0
	for _, file := range crdFiles {
		schemas(t, file, func(path string, s apiextensionsv1.JSONSchemaProps) {
			for _, rule := range s.XValidations {
				rules++
				if !remedy.MatchString(rule.Message) {
					t.Errorf("%s: %s: %q does not say what to do", file, path, rule.Message)
				}
			}
		})
	}
}

// TestEveryRuleBites: each CEL rule of the AfroApp refuses something, so none is a mere ornament.
func TestEveryRuleBites(t *testing.T) {
	var said strings.Builder
	for _, m := range mutations {
		if err := ask(t, mutated(t, "full", m)); err != nil {
			said.WriteString(oneLine(err.Error()) + "\n")
		}
	}
	files, err := filepath.Glob(corpus + "/refused-*/app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := ask(t, object(t, file)); err != nil {
			said.WriteString(oneLine(err.Error()) + "\n")
		}
	}
	schemas(t, crdFiles[0], func(path string, s apiextensionsv1.JSONSchemaProps) {
		for _, rule := range s.XValidations {
			if !strings.Contains(rule.Rule, "oldSelf") && !strings.Contains(said.String(), oneLine(rule.Message)) {
				t.Errorf("%s: nothing is refused with %q", path, rule.Message)
			}
		}
	})
}
