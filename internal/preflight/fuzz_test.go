package preflight

import (
	"slices"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/observe"
)

// FuzzStatus puts hostile words where peers and other people write: images, arguments, phases, reasons, versions, names.
func FuzzStatus(f *testing.F) {
	f.Add("iu:v1.3.0", "--watch-namespaces=x", "x", int64(0))
	f.Add("@:/", "--git-commit-user", "\x00\n\xff", int64(-1))
	f.Add("0", strings.Repeat("0", 33), "0", int64(-1)) // cut with a character of three bytes
	f.Add("a/b:c:d@e", "$(GIT_COMMIT_USER)", "1.2.3", int64(2))
	f.Fuzz(func(t *testing.T, image, arg, word string, n int64) {
		in := facts(t, "testdata/everything-wrong")
		in.Flavours.Missing = nil
		in.Updater.Items[0] = Workload{Kind: word, Namespace: word, Name: arg, Image: image, Args: []string{arg, word, "--git-commit-user", word},
			Env: []Variable{{Name: "GIT_COMMIT_USER", Value: word, Reading: Found}, {Name: arg, Reading: Reading(word)}}}
		in.ArgoCD = Workloads{Reading: Reading(word), Items: in.Updater.Items}
		in.Projects = map[string]Reading{word: NotFound, arg: NotFound}
		in.ClusterIssuer = Issuer{Reading: Found, Ready: "False", Reason: word}
		in.GatewayAPI = Release{Reading: Found, Version: word, Channel: arg}
		in.SharedCluster = Cluster{Reading: Found, Instances: n, ReadyInstances: 1 - n, Phase: word}
		in.Outcomes = []observe.Outcome{{Key: expand.Key{Kind: word, Namespace: arg, Name: image}, Reason: "Conflict", Message: word + "x", Fix: arg + "x"}}
		in.Platform.Status.Findings = []v1alpha1.Finding{{Severity: severityError, Reason: CNPGMissing, Message: "old", Fix: "old"}}
		s := Status(in)
		for _, broken := range slices.DeleteFunc(slices.Concat(conditionLaws(in, s), findingLaws(s)), hasClock) {
			t.Error(broken)
		}
	})
}

// hasClock: a name of the spec may look like a time.
func hasClock(law string) bool { return len(law) > 7 && law[:7] == "a time " }
