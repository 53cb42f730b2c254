package observe

import (
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func TestRecordedScenarios(t *testing.T) {
	recorded := map[string]string{}
	raw, err := os.ReadFile("testdata/recorded.yaml")
	must(t, err)
	must(t, yaml.UnmarshalStrict(raw, &recorded))
	for _, s := range stories(t) {
		want := recorded[strings.TrimPrefix(s.name, "recorded-")]
		if want == "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			status := Status(s.facts(t)).Status
			delivered := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDelivered)
			got := "rolling"
			switch at := status.StuckAt; {
			case delivered.Status == "True":
				got = "delivered"
			case at != nil && delivered.Status == "Unknown":
				got = at.Hop + " " + at.Reason + " unknown"
			case at != nil:
				got = at.Hop + " " + at.Reason
			}
			if got != want {
				t.Errorf("want %s\ngot  %s: %+v\n%+v", want, got, delivered, status.Hops)
			}
		})
	}
}
