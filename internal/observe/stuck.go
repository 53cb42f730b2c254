package observe

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// stuckAt is the first hop that does not pass without help. While nothing is stuck and something is under way there is
// none; when nothing is under way either, what cannot be told needs help too.
func stuckAt(hops []hop, refused bool) *v1alpha1.StuckAt {
	at := firstOf(hops, v1alpha1.HopStuck, refused)
	if at == nil && firstOf(hops, v1alpha1.HopWaiting, refused) == nil {
		at = firstOf(hops, v1alpha1.HopUnknown, refused)
	}
	if at == nil {
		return nil
	}
	return &v1alpha1.StuckAt{Lane: at.Lane, Hop: at.Name, Since: at.Since, Reason: at.Reason,
		Message: at.Message, Fix: at.fix, Summary: at.Name + ": " + at.Reason}
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
