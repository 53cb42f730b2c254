package apply

import (
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

func wholeIntent() expand.Intent {
	u := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"source": map[string]any{
		"helm": map[string]any{"valuesObject": map[string]any{"image": map[string]any{"tag": "latest"}, "env": []any{"a"}}}}}}}
	u.SetGroupVersionKind(foreign.Application)
	helm := []string{"spec", "source", "helm", "valuesObject"}
	return expand.Intent{Object: u, Whole: [][]string{{"spec", "source", "kustomize"}, helm}}
}

// Where an intent is whole, what it does not name is left over, outermost first; elsewhere others may add what they like.
func TestLeftovers(t *testing.T) {
	for name, row := range map[string]struct {
		path []string
		want string
	}{
		"nothing":           {nil, "[]"},
		"beside":            {[]string{"spec", "source", "helm", "parameters"}, "[]"},
		"a value":           {[]string{"spec", "source", "helm", "valuesObject", "replicas"}, "[[spec source helm valuesObject replicas]]"},
		"a value inside":    {[]string{"spec", "source", "helm", "valuesObject", "image", "digest"}, "[[spec source helm valuesObject image digest]]"},
		"the other source":  {[]string{"spec", "source", "kustomize", "namePrefix"}, "[[spec source kustomize]]"},
		"a field elsewhere": {[]string{"spec", "revisionHistoryLimit"}, "[]"},
	} {
		i := wholeIntent()
		live := i.Object.DeepCopy()
		if row.path != nil {
			if err := unstructured.SetNestedField(live.Object, "theirs", row.path...); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(paths(leftovers(i, live))); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
		if Held(i, live) != (row.want == "[]") {
			t.Errorf("%s: held is wrong", name)
		}
	}
}

// A value of 0 that is gone is gone.
func TestZeroIsHeld(t *testing.T) {
	i := wholeIntent()
	if err := unstructured.SetNestedField(i.Object.Object, int64(0), "spec", "source", "helm", "valuesObject", "replicas"); err != nil {
		t.Fatal(err)
	}
	live := i.Object.DeepCopy()
	if !Held(i, live) {
		t.Error("what is as planned is not held")
	}
	unstructured.RemoveNestedField(live.Object, "spec", "source", "helm", "valuesObject", "replicas")
	if Held(i, live) {
		t.Error("held without its replicas: 0")
	}
}

// Only a block of which we say nothing may be taken out after a refusal.
func TestEmptied(t *testing.T) {
	refused := func(e ...*field.Error) error {
		return apierrors.NewInvalid(foreign.Application.GroupKind(), "web", e)
	}
	kustomize := field.TypeInvalid(field.NewPath("spec", "source", "kustomize"), "null", "must be of type object")
	for name, row := range map[string]struct {
		err  error
		want string
	}{
		"a block of null":    {refused(kustomize), "[[spec source kustomize]]"},
		"another refusal":    {refused(field.Required(field.NewPath("spec", "source", "kustomize"), "")), "[]"},
		"and another":        {refused(kustomize, field.Required(field.NewPath("spec", "project"), "")), "[]"},
		"what we say":        {refused(field.TypeInvalid(field.NewPath("spec", "source", "helm"), "null", "")), "[]"},
		"below a value":      {refused(field.TypeInvalid(field.NewPath("spec", "source", "helm", "valuesObject", "env", "x"), "null", "")), "[]"},
		"the metadata":       {refused(field.TypeInvalid(field.NewPath("metadata", "labels"), "null", "")), "[]"},
		"not a status":       {errors.New("broken"), "[]"},
		"none":               {nil, "[]"},
		"the other sort":     {apierrors.NewConflict(foreign.Application.GroupVersion().WithResource("applications").GroupResource(), "web", nil), "[]"},
		"several of no word": {refused(kustomize, field.TypeInvalid(field.NewPath("spec", "info"), "null", "")), "[[spec source kustomize] [spec info]]"},
	} {
		if got := fmt.Sprint(paths(emptied(wholeIntent(), row.err))); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}

func paths(left []leftover) (out [][]string) {
	for _, l := range left {
		out = append(out, l.path)
	}
	return out
}

// Parameters of the image that was followed before would keep the app on it for ever. Those of others stay.
func TestParametersOfAnotherImage(t *testing.T) {
	entry := func(name, value string) any { return map[string]any{"name": name, "value": value, "forceString": true} }
	theirs := entry("replicas", "2")
	for name, row := range map[string]struct {
		list  []any
		stale bool
		rest  any
	}{
		"none":               {nil, false, nil},
		"of the image":       {[]any{entry("image.repository", "docker.io/library/web"), entry("image.tag", "latest@sha256:1")}, false, nil},
		"of another":         {[]any{entry("image.repository", "ghcr.io/acme/web"), entry("image.tag", "latest@sha256:1")}, true, nil},
		"of another, beside": {[]any{theirs, entry("image.tag", "x"), entry("image.repository", "ghcr.io/acme/web")}, true, []any{theirs}},
		"the tag alone":      {[]any{entry("image.tag", "latest@sha256:1")}, false, nil},
		"of somebody else":   {[]any{theirs}, false, nil},
	} {
		i := wholeIntent()
		path := []string{"spec", "source", "helm", "parameters"}
		i.Parameters = &expand.ImageParameters{Path: path, Name: "image.repository", Tag: "image.tag", Image: "web"}
		live := i.Object.DeepCopy()
		if row.list != nil {
			if err := unstructured.SetNestedSlice(live.Object, row.list, path...); err != nil {
				t.Fatal(err)
			}
		}
		got := leftovers(i, live)
		if len(got) > 0 != row.stale {
			t.Errorf("%s: leftovers %v", name, got)
		}
		if row.stale && fmt.Sprint(got[0].rest) != fmt.Sprint(row.rest) {
			t.Errorf("%s: what stays is %v, want %v", name, got[0].rest, row.rest)
		}
	}
}
