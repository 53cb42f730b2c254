package platform

import (
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
	rs.text(f+"caBundle", r.CABundle, authorityForm)
	rs.text(f+"probeInterval", r.ProbeInterval, intervalForm)
	if r.ProbeInterval != "" && intervalForm.pattern.MatchString(r.ProbeInterval) && !between(r.ProbeInterval, 30*time.Second, 24*time.Hour) {
		rs.invalid(f+"probeInterval", intervalForm.cause, intervalForm.remedy)
	}
	rs.count(f+"requestsPerSecond", r.RequestsPerSecond, 100)
}
