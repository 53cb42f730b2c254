package argocdhealth

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

var kinds = []string{"AfroApp", "AfroHostClaim", "AfroPlatform"}

// healthTests is Argo CD's health_test.yaml.
type healthTests struct {
	Tests []struct {
		HealthStatus verdict `json:"healthStatus"`
		InputPath    string  `json:"inputPath"`
	} `json:"tests"`
}

func TestScriptsSayWhatTheirTestFileExpects(t *testing.T) {
	for _, kind := range kinds {
		var file healthTests
		readStrict(t, filepath.Join(scriptDir(kind), "health_test.yaml"), &file)
		if len(file.Tests) == 0 {
			t.Errorf("%s: health_test.yaml has no tests", kind)
		}
		for _, test := range file.Tests {
			t.Run(kind+"/"+filepath.Base(test.InputPath), func(t *testing.T) {
				checkInput(t, kind, test.InputPath, test.HealthStatus)
			})
		}
	}
}

func checkInput(t *testing.T, kind, input string, want verdict) {
	var object any
	readStrict(t, filepath.Join(scriptDir(kind), input), &object)
	got, err := judge(readScript(t, kind), object)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEveryInputIsAnObjectOfOurKindAndIsTested(t *testing.T) {
	typed := map[string]func() any{
		"AfroApp":       func() any { return &v1alpha1.AfroApp{} },
		"AfroHostClaim": func() any { return &v1alpha1.AfroHostClaim{} },
		"AfroPlatform":  func() any { return &v1alpha1.AfroPlatform{} },
	}
	for _, kind := range kinds {
		listed := string(readFile(t, filepath.Join(scriptDir(kind), "health_test.yaml")))
		inputs, err := filepath.Glob(filepath.Join(scriptDir(kind), "testdata", "*.yaml"))
		if err != nil || len(inputs) == 0 {
			t.Fatalf("%s: no inputs (%v)", kind, err)
		}
		for _, input := range inputs {
			readStrict(t, input, typed[kind]())
			if !strings.Contains(listed, "testdata/"+filepath.Base(input)+"\n") {
				t.Errorf("%s: %s is in no test", kind, filepath.Base(input))
			}
		}
	}
}

// A script that calls a library works in Argo CD's tests, which open them all, and fails in production.
func TestInterpreterHasNoLibrary(t *testing.T) {
	for _, call := range []string{"ipairs({})", "pairs({})", "tostring(1)", "string.len('')", "os.time()"} {
		if _, err := judge("local x = "+call+" return {status='Healthy'}", nil); err == nil {
			t.Errorf("%s: ran, so a library is open", call)
		}
	}
}
