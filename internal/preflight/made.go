package preflight

import (
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// made tells of what the platform makes itself and could not: one finding for each kind and reason, not one for each of 200
// AppProjects. A kind that is not served has been told of by its peer.
func (r *report) made() {
	for i, o := range r.Outcomes {
		if o.Reason == "" || r.unserved(o) || slices.ContainsFunc(r.Outcomes[:i], func(x observe.Outcome) bool { return alike(x, o) }) {
			continue
		}
		others := ""
		if slices.ContainsFunc(r.Outcomes[i+1:], func(x observe.Outcome) bool { return alike(x, o) }) {
			others = " (and others of its kind)"
		}
		subject := o.Key.String() + ": "
		if strings.Contains(o.Message, o.Key.String()) {
			subject = ""
		}
		f := r.add(severityError, o.Reason, subject, o.Message+others, o.Fix)
		f.underWay = o.Reason == v1alpha1.ReasonApplyFailed
	}
}

func alike(a, b observe.Outcome) bool { return a.Reason == b.Reason && a.Key.Kind == b.Key.Kind }

func (r *report) unserved(o observe.Outcome) bool {
	for _, k := range foreign.Children {
		if k.Kind == o.Key.Kind {
			return o.Reason == v1alpha1.ReasonNotInstalled && !r.Flavours.Serves(k.GroupVersionKind)
		}
	}
	return false
}
