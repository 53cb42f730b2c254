package conformance

import (
	"strings"
	"testing"
)

// TestGoldens judges what AfroApp renders.
func TestGoldens(t *testing.T) {
	objects, err := readCorpus("../../internal/expand/testdata")
	if err != nil {
		t.Fatal(err)
	}
	r := check(objects)
	for _, failure := range r.failures {
		t.Error(failure)
	}
	t.Logf("%d Applications, %d AppProjects", r.applications, r.projects)
}

func TestEmptyCorpusFails(t *testing.T) {
	objects, err := readCorpus(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if r := check(objects); !mentions(r.failures, "no Application") {
		t.Errorf("got %v, want a failure", r.failures)
	}
}

// TestGoodFixture shows that the check lets right objects pass, in every form that Argo CD has.
func TestGoodFixture(t *testing.T) {
	objects := fixture(t)
	r := check(objects)
	for _, failure := range r.failures {
		t.Error(failure)
	}
	if r.applications != 3 || r.projects != 1 {
		t.Errorf("checked %d Applications and %d AppProjects, want 3 and 1", r.applications, r.projects)
	}
}

// TestEveryFaultIsFound breaks the fixture in one place at a time.
func TestEveryFaultIsFound(t *testing.T) {
	for name, fault := range map[string]struct{ old, new, want string }{
		"unknown field":           {`"releaseName"`, `"release"`, `unknown field "spec.source.helm.release"`},
		"field in other case":     {`"targetRevision"`, `"targetrevision"`, `unknown field "spec.source.targetrevision"`},
		"unknown field of a list": {`"jsonPointers"`, `"jsonPointer"`, `unknown field "spec.ignoreDifferences[0].jsonPointer"`},
		"wrong type":              {`"prune":true`, `"prune":"yes"`, "cannot unmarshal"},
		"two source types":        {`"path":"apps/kustomized"`, `"path":"apps/kustomized","helm":{"releaseName":"x"}`, "multiple application sources defined"},
		"no project":              {`"project":"shop"`, `"project":""`, "spec.project is empty"},
		"no path":                 {`"path":"charts/workload"`, `"path":""`, "either path or chart"},
		"no repository":           {`"repoURL":"https://github.com/acme/infra.git"`, `"repoURL":""`, "source.repoURL is empty"},
		"no destination":          {`"shop","server":"https://kubernetes.default.svc"},"project"`, `"shop"},"project"`, "either server or name"},
		"two destinations":        {`"destination":{`, `"destination":{"name":"in-cluster",`, "either server or name"},
		"no namespace":            {`"destination":{"namespace":"shop"`, `"destination":{"namespace":""`, "destination.namespace is empty"},
		"misspelt sync option":    {`"CreateNamespace=true"`, `"CreateNamespaces=true"`, `sync option "CreateNamespaces=true"`},
		"misspelt finalizer":      {`resources-finalizer.argocd`, `resource-finalizer.argocd`, "is not Argo CD's"},
		"no duration":             {`"duration":"5s"`, `"duration":"5 s"`, "unable to parse 5 s as a duration"},
		"values are a list":       {`"valuesObject":{"image":{"tag":"latest"}}`, `"valuesObject":["latest"]`, "helm values"},
		"foreign repository":      {`"repoURL":"https://github.com/acme/infra.git"`, `"repoURL":"https://github.com/mallory/infra.git"`, "does not permit the repository"},
		"foreign namespace":       {`"destination":{"namespace":"shop"`, `"destination":{"namespace":"kube-system"`, "does not permit the destination"},
		"foreign home":            {`"name":"charted","namespace":"argocd"`, `"name":"charted","namespace":"shop"`, "does not permit Applications in namespace shop"},
		"project says it twice":   {`"sourceRepos":[`, `"sourceRepos":["https://github.com/acme/infra.git",`, "already added"},
		"negated destination":     {`"destinations":[`, `"destinations":[{"namespace":"!*","server":"*"},`, "invalid format"},
		"unknown kind":            {`"kind":"AppProject"`, `"kind":"ApplicationSet"`, "no check for this kind"},
	} {
		t.Run(name, func(t *testing.T) {
			objects := fixture(t)
			if !replaceOnce(objects, fault.old, fault.new) {
				t.Fatalf("the fixture does not hold %s", fault.old)
			}
			if r := check(objects); !mentions(r.failures, fault.want) {
				t.Errorf("got %v, want %q", r.failures, fault.want)
			}
		})
	}
}

func TestRepeatedKeyIsRefused(t *testing.T) {
	if _, err := parse("story", []byte("kind: Application\nspec: {}\nspec: {}\n")); err == nil {
		t.Error("a key that stands twice was accepted")
	}
}

// TestLossIsSeen covers what the strict decoder cannot see: a type that decodes itself.
func TestLossIsSeen(t *testing.T) {
	var deaf deafType
	err := decode([]byte(`{"said":{"a":1},"list":[1,2],"zero":"","kept":"yes"}`), &deaf)
	if err == nil || !mentions([]error{err}, ".said: the type loses it") || !mentions([]error{err}, ".list: 2 items became 0") {
		t.Errorf("got %v, want the lost fields", err)
	}
	if mentions([]error{err}, ".zero") || mentions([]error{err}, ".kept") {
		t.Errorf("%v names what is not lost", err)
	}
}

type deafType struct{}

func (*deafType) UnmarshalJSON([]byte) error  { return nil }
func (deafType) MarshalJSON() ([]byte, error) { return []byte(`{"kept":"yes"}`), nil }

func fixture(t *testing.T) []object {
	t.Helper()
	objects, err := readCorpus("testdata")
	if err != nil || len(objects) == 0 {
		t.Fatalf("the fixture: %d objects, %v", len(objects), err)
	}
	return objects
}

func replaceOnce(objects []object, old, new string) bool {
	for i, o := range objects {
		if strings.Contains(string(o.json), old) {
			o, err := parse(o.story, []byte(strings.Replace(string(o.json), old, new, 1)))
			if err != nil {
				return false
			}
			objects[i] = o
			return true
		}
	}
	return false
}

func mentions(errs []error, text string) bool {
	for _, err := range errs {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}
