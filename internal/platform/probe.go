package platform

import (
	"strings"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// How registries are asked, unless the AfroPlatform says otherwise.
const (
	// DefaultProbeInterval is between two questions for one image.
	DefaultProbeInterval = 5 * time.Minute
	// DefaultRequestsPerSecond is for all questions to one registry together.
	DefaultRequestsPerSecond = 5
)

// ProbeInterval of a registry.
func ProbeInterval(r v1alpha1.Registry) time.Duration {
	if d, err := time.ParseDuration(r.ProbeInterval); err == nil && d > 0 {
		return d
	}
	return DefaultProbeInterval
}

// RequestsPerSecond of a registry.
func RequestsPerSecond(r v1alpha1.Registry) int {
	if r.RequestsPerSecond != nil && *r.RequestsPerSecond > 0 {
		return int(*r.RequestsPerSecond)
	}
	return DefaultRequestsPerSecond
}

func (rs *Refusals) probes(f string, r v1alpha1.Registry) {
	if r.CABundle != "" && !strings.Contains(r.CABundle, "-----BEGIN CERTIFICATE-----") {
		rs.invalid(f+"caBundle", "no PEM certificate in it", "write the certificate of the authority, from BEGIN to END CERTIFICATE")
	}
	if len([]rune(r.CABundle)) > 65536 {
		rs.invalid(f+"caBundle", "longer than 65536 characters", "write only the authority of this registry")
	}
	if r.ProbeInterval != "" && (len(r.ProbeInterval) > 32 || !between(r.ProbeInterval, 30*time.Second, 24*time.Hour)) {
		rs.invalid(f+"probeInterval", "not an interval", "write 30s to 24h, for example 5m")
	}
	rs.count(f+"requestsPerSecond", r.RequestsPerSecond, 100)
}
