package observe

import (
	"slices"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Served is what the registry was last heard to serve for the image that is followed.
type Served struct {
	// Reference that the registry was asked for, with its tag: the one of the spec, or the newest version of the range.
	Reference string
	// Digest that it serves; empty: none was ever heard. It stays while later questions fail.
	Digest string
	// Children of an index: the images of the platforms.
	Children []ServedImage
	// Unread: it serves an index, and nobody knows the images of it. A digest that runs may be one of them.
	Unread bool
	// DigestSince is when this digest was first heard.
	DigestSince time.Time
	// Failure of the last question. Nil: it was answered.
	Failure *RegistryFailure
	// Diagnosis of the digest, once it was asked for.
	Diagnosis *RegistryDiagnosis
}

// ServedImage is one image of an index.
type ServedImage struct {
	Digest   string
	Platform string // os/arch[/variant]
}

// RegistryFailure is why a registry did not say what it serves.
type RegistryFailure struct {
	// Reason is one of those of the hop Registry.
	Reason string
	// Message in the words of the registry, without times or ids.
	Message string
	// Since the questions fail.
	Since time.Time
	// Last is when one failed last: they come further and further apart.
	Last time.Time
}

// RegistryDiagnosis is what else the registry says of a digest, where an update does not arrive.
type RegistryDiagnosis struct {
	// Listed tells whether the tag is in the list of tags, and FirstPage whether in its first page. Nil: not known.
	Listed, FirstPage *bool
	// Platforms that the image is for. Empty: not known.
	Platforms []string
}

// served is what the registry serves, as far as it is known: what was heard, or what was known before the operator started. A
// question that failed since then takes nothing of that away.
func (l lens) served() Served {
	if l.Registry == nil {
		return l.servedBefore()
	}
	s := *l.Registry
	if was := l.servedBefore(); s.Digest == "" && s.Failure != nil && was.Digest != "" {
		s.Reference, s.Digest, s.DigestSince, s.Unread = was.Reference, was.Digest, was.DigestSince, true
	}
	return s
}

// servedBefore is what the status remembers.
func (l lens) servedBefore() Served {
	was := l.App.Status.Image
	if was == nil || was.RegistryDigest == "" || !l.isAbout(was.RegistryReference) {
		return Served{}
	}
	s := Served{Reference: was.RegistryReference, Digest: was.RegistryDigest, Unread: true}
	if was.RegistryDigestSince != nil {
		s.DigestSince = was.RegistryDigestSince.Time
	}
	return s
}

// isAbout tells whether a reference is of the image that is followed now.
func (l lens) isAbout(reference string) bool {
	if l.update.Policy == v1alpha1.ImagePolicySemver {
		name, _, found := cutTag(reference)
		return found && name == l.tracked.Name()
	}
	return reference == l.tracked.String()
}

// registry tells whether it is known what should run.
func (l lens) registry() verdict {
	s := l.served()
	if s.Failure != nil {
		return l.registryFails(s)
	}
	if s.Digest == "" {
		const message = "the registry has not been asked yet"
		return waits(v1alpha1.ReasonNotYetReported, message).orElse(registryGrace, v1alpha1.ReasonRegistryUnreachable, message,
			"see the log of the operator").unknownThen()
	}
	return passed()
}

// refusals are answers that another question will not change by itself.
var refusals = []string{v1alpha1.ReasonTagMissing, v1alpha1.ReasonUnauthorized, v1alpha1.ReasonDigestMissing}

// graceEnds is when a failure is called one.
func (f RegistryFailure) graceEnds() time.Time {
	if slices.Contains(refusals, f.Reason) {
		return f.Since.Add(refusalGrace)
	}
	return f.Since.Add(registryGrace)
}

// registryFails: what was heard before counts for a while. A registry that is down for a minute moves no image.
func (l lens) registryFails(s Served) verdict {
	f, end := s.Failure, s.Failure.graceEnds()
	message := "registry: " + quote(f.Message)
	if !l.Now.Before(end) {
		return named(f.Reason, message, l.registryFix(f.Reason))
	}
	if s.Digest != "" {
		return passed().lookAgain(end)
	}
	return waits(v1alpha1.ReasonNotYetReported, message).lookAgain(end)
}

func (l lens) registryFix(reason string) string {
	switch host := l.tracked.Registry; reason {
	case v1alpha1.ReasonTagMissing:
		if l.update.Policy == v1alpha1.ImagePolicySemver {
			return "push a version within imageUpdate.range, or widen it"
		}
		return "push " + l.tracked.String() + ", or name in spec.image what the registry has"
	case v1alpha1.ReasonUnauthorized:
		return "let a pull Secret of registry " + host + " in the AfroPlatform hold credentials that may read " + l.tracked.Name() +
			"; it is read from namespace " + l.argocdNS + " (a GitHub token is a classic one with read:packages)"
	case v1alpha1.ReasonDigestMissing:
		return "push the image again, or see what the registry serves at /v2/" + l.tracked.Repository + "/manifests/"
	case v1alpha1.ReasonImageNotPermitted:
		return "list " + host + " in spec.registries of the AfroPlatform"
	case v1alpha1.ReasonRateLimited:
		return "ask less often: spec.registries[].probeInterval of the AfroPlatform; or let the probes log in, with a pull Secret"
	default:
		return "see whether the operator reaches " + host + ": DNS, network policies, its certificate (spec.registries[].caBundle of the AfroPlatform)"
	}
}
