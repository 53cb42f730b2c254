package suite

import (
	"context"
	"os/exec"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// describeFailure prints what somebody needs who was not there.
func (s *Story) describeFailure() {
	if !s.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, words := range [][]string{
		{"get", "afroplatforms,afroapps,applications,imageupdaters,pods", "-A", "-o", "wide"},
		{"get", "ingresses,certificates,certificaterequests,orders,challenges", "-A"},
		{"get", "clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io,databaseroles,backups.postgresql.cnpg.io,objectstores,pvc", "-A"},
		{"get", "events", "-A", "--sort-by=.lastTimestamp"},
		{"get", "afroapps", "-A", "-o", "yaml"},
		{"logs", "-n", operatorNamespace, "-l", labels.FormatLabels(operatorLabels), "--tail=60", "--prefix"},
	} {
		out, _ := exec.CommandContext(ctx, "kubectl", words...).CombinedOutput() // what cannot be had is said in it
		s.Logf("kubectl %v\n%s", words, tail(string(out), 12000))
	}
}

func tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return "…" + text[len(text)-most:]
}
