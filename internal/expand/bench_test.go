package expand

import (
	"fmt"
	"testing"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// BenchmarkFleet expands the 47 apps of the sample fleet: what a restart costs beside its requests.
func BenchmarkFleet(b *testing.B) {
	inputs := fleetInputs(b)
	for b.Loop() {
		for _, in := range inputs {
			if _, err := Expand(in); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(inputs)), "µs/app")
}

// BenchmarkManyTenants expands one app on an AfroPlatform with as many tenants as its CRD takes, of 50 domains each: every
// pass reads it against all the rules again.
func BenchmarkManyTenants(b *testing.B) {
	in := fleetInputs(b)[0]
	p := in.Platform.DeepCopy()
	for t := range 200 - len(p.Spec.Tenants) {
		tenant := v1alpha1.Tenant{Name: fmt.Sprintf("tenant-%d", t), Namespaces: []string{fmt.Sprintf("ns-%d", t)}, Repositories: p.Spec.Tenants[0].Repositories}
		for s := range 50 {
			tenant.HostSuffixes = append(tenant.HostSuffixes, fmt.Sprintf("s%d.t%d.example", s, t))
		}
		p.Spec.Tenants = append(p.Spec.Tenants, tenant)
	}
	in.Platform = p
	for b.Loop() {
		if _, err := Expand(in); err != nil {
			b.Fatal(err)
		}
	}
}
