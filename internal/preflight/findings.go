package preflight

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// finding is a Finding with what the conditions have to know of it.
type finding struct {
	v1alpha1.Finding
	// underWay: it heals by itself, soon.
	underWay bool
	// hides is what could be found if the API server had answered; nil when it did.
	hides *hidden
}

// hidden are the findings of some reasons about one subject, or about any where it is empty.
type hidden struct {
	reasons []string
	subject string
}

func (h *hidden) holds(f v1alpha1.Finding) bool {
	return f.Severity != severityUnknown && slices.Contains(h.reasons, f.Reason) && strings.HasPrefix(f.Message, h.subject)
}

// report collects findings.
type report struct {
	Facts
	found []finding
}

// assess runs every check whose subject the spec asks for. A spec that breaks its own rules is not read any further.
func assess(f Facts) []finding {
	r := &report{Facts: f}
	if refusals, ok := platform.ValidatePlatform(f.Platform).(platform.Refusals); ok {
		r.refused(refusals)
		return r.sorted()
	}
	for _, check := range []func(){
		r.argocd, r.projects, r.updater, r.gitIdentity, r.gitCredentials, r.gitRepositories, r.pullSecrets,
		r.issuer, r.ingressClasses, r.gateway, r.cnpg, r.sharedCluster, r.barman, r.b2Secret, r.made,
	} {
		check()
	}
	r.recall()
	return r.sorted()
}

func (r *report) refused(refusals platform.Refusals) {
	for _, x := range refusals {
		r.add(severityError, v1alpha1.ReasonPlatformInvalid, x.Field, ": "+x.Cause, x.Remedy)
	}
}

// add appends a finding. Its message is the subject and what is said of it.
func (r *report) add(severity, reason, subject, says, fix string) *finding {
	r.found = append(r.found, finding{Finding: v1alpha1.Finding{
		Severity: severity, Reason: reason, Message: clip(subject + says), Fix: clip(fix)}})
	return &r.found[len(r.found)-1]
}

// exists tells whether a thing is there. Where it is not, or could not be read, there is a finding.
func (r *report) exists(reading Reading, severity, reason, subject, consequence, fix string) bool {
	switch reading {
	case Found:
		return true
	case NotFound:
		r.add(severity, reason, subject, " does not exist"+consequence, fix)
	case Forbidden, Failed:
		r.unread(reading, subject, subject+" ", reason)
	}
	return false
}

// unread reports what could not be read, under the first of the reasons that it hides: those of findings whose message
// begins with about.
func (r *report) unread(reading Reading, subject, about string, reasons ...string) {
	switch reading {
	case Forbidden:
		r.add(severityUnknown, reasons[0], subject, " could not be read: AfroApp has not the right", "apply config/rbac and config/argocd-rbac of this version")
		return
	case Elsewhere:
		r.add(severityUnknown, reasons[0], subject, " could not be read: the value stands where AfroApp does not look", "look at it yourself, or write the value out")
		return
	}
	f := r.add(severityUnknown, reasons[0], subject, " could not be read: the API server gave no answer", "nothing to do: it is read again")
	f.hides = &hidden{reasons: reasons, subject: about}
}

// recall puts what was found before in the place of what got no answer: an outage of the API server makes nothing better.
func (r *report) recall() {
	if r.Platform.Status.ObservedGeneration != r.Platform.Generation {
		return
	}
	var out []finding
	for _, f := range r.found {
		before := r.before(f.hides)
		if len(before) == 0 {
			before = []finding{f}
		}
		out = append(out, before...)
	}
	r.found = out
}

// before is what was found of something and is not found again now.
func (r *report) before(h *hidden) (out []finding) {
	if h == nil {
		return nil
	}
	for _, f := range r.Platform.Status.Findings {
		if h.holds(f) && !slices.ContainsFunc(r.found, func(x finding) bool { return x.Finding == f }) {
			out = append(out, finding{Finding: f})
		}
	}
	return out
}

// sorted is the worst first, then by reason and message, each once.
func (r *report) sorted() []finding {
	slices.SortStableFunc(r.found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(r.found, func(a, b finding) bool { return a.Finding == b.Finding })
}

// rank is small for what is bad. What heals by itself is not the worst.
func (f finding) rank() int {
	switch {
	case f.Severity == severityError && !f.underWay:
		return 0
	case f.Severity == severityError:
		return 1
	case f.Severity == severityWarning:
		return 2
	}
	return 3
}

// maxFindings and maxText are the CRD's bounds.
const (
	maxFindings = 32
	maxText     = 1024
)

func bounded(found []finding) []v1alpha1.Finding {
	var out []v1alpha1.Finding
	for _, f := range found[:min(len(found), maxFindings)] {
		out = append(out, f.Finding)
	}
	return out
}

// clip makes a text one line of at most 1024 characters.
func clip(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, s)
	return firstRunes(s, maxText)
}

// firstRunes cuts at a whole character, and says that it did.
func firstRunes(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}
