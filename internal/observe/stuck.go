package observe

import (
	"slices"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// stuckAt is the first hop that does not pass without help, and when one comes by itself. While nothing is stuck and
// something is under way there is none, unless it is known why something is unknown; when nothing is under way either, what
// stays unknown needs help too.
func stuckAt(hops []hop, refused bool, now time.Time) (at *v1alpha1.StuckAt, wake time.Time) {
	first := firstOf(hops, stuckHere, refused)
	if first == nil {
		first = firstOf(hops, namedHere, refused)
	}
	if first == nil && firstOf(hops, waitsHere, refused) == nil {
		first = firstOf(hops, unknownHere, refused)
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

func stuckHere(h hop) bool   { return h.State == v1alpha1.HopStuck }
func namedHere(h hop) bool   { return isNamed(h.Hop) && !h.calm }
func waitsHere(h hop) bool   { return h.State == v1alpha1.HopWaiting }
func unknownHere(h hop) bool { return h.State == v1alpha1.HopUnknown && !h.calm }

// firstOf finds the first hop that is so. The hops of lanes go before Spec and Apply, which only repeat what they say,
// unless the spec is refused: then all else follows from that.
func firstOf(hops []hop, so func(hop) bool, refused bool) *hop {
	is := func(inSpec bool) func(hop) bool {
		return func(h hop) bool { return so(h) && (h.Lane == v1alpha1.LaneSpec) == inSpec }
	}
	for _, inSpec := range []bool{refused, !refused} {
		if i := slices.IndexFunc(hops, is(inSpec)); i >= 0 {
			return &hops[i]
		}
	}
	return nil
}
