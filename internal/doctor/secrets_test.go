package doctor

import (
	"strings"
	"testing"
)

// What people write where a reference should stand is not repeated: reports end in the logs of a CI.
func TestCredentialsAreNotRepeated(t *testing.T) {
	bad := string(readFile(t, "testdata/AFRO021/bad/app.yaml"))
	for name, raw := range map[string]string{
		"address":     strings.Replace(string(readFile(t, "testdata/AFRO029/bad/app.yaml")), "http://", "http://bot:hunter2@", 1),
		"token":       strings.Replace(string(readFile(t, "testdata/AFRO029/bad/app.yaml")), "http://", "http://hunter2@", 1),
		"pull secret": strings.Replace(bad, "pull-secret: ghcr", "pull-secret: bot:hunter2", 1),
	} {
		r := Diagnose(Input{Files: []File{{Path: "app.yaml", Raw: []byte(raw)}}})
		if len(r.Findings) == 0 || !strings.Contains(raw, "hunter2") {
			t.Errorf("%s: nothing is found", name)
		}
		for _, f := range r.Findings {
			if strings.Contains(f.Sentence+f.Evidence+f.Remedy, "hunter2") {
				t.Errorf("%s: %s", name, r.Text())
			}
		}
	}
}
