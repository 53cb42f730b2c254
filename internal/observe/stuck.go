package observe

import (
	"slices"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// stuckAt is the first hop that does not pass without help, and when one comes by itself. While nothing is stuck and
// something is under way there is none; when nothing is under way either, what stays unknown needs help too.
func stuckAt(hops []hop, refused bool, now time.Time) (at *v1alpha1.StuckAt, wake time.Time) {
	first := firstOf(hops, v1alpha1.HopStuck, refused)
	if first == nil && firstOf(hops, v1alpha1.HopWaiting, refused) == nil {
		first = firstOf(hops, v1alpha1.HopUnknown, refused)
		if first != nil && now.Before(first.Since.Add(unknownGrace)) {
			return nil, first.Since.Add(unknownGrace)
		}
	}
	if first == nil {
		return nil, time.Time{}
	}
	return &v1alpha1.StuckAt{Lane: first.Lane, Hop: first.Name, Since: first.Since, Reason: first.Reason,
		Message: first.Message, Fix: first.fix, Summary: first.Name + ": " + first.Reason}, time.Time{}
}

// firstOf finds the first hop in a state. The hops of lanes go before Spec and Apply, which only repeat what they say,
// unless the spec is refused: then all else follows from that.
func firstOf(hops []hop, state v1alpha1.HopState, refused bool) *hop {
	is := func(inSpec bool) func(hop) bool {
		return func(h hop) bool { return h.State == state && (h.Lane == v1alpha1.LaneSpec) == inSpec }
	}
	for _, inSpec := range []bool{refused, !refused} {
		if i := slices.IndexFunc(hops, is(inSpec)); i >= 0 {
			return &hops[i]
		}
	}
	return nil
}
