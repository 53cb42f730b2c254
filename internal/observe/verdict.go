package observe

import (
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// verdict is what the facts say of one hop, before time is taken into account.
type verdict struct {
	state   v1alpha1.HopState
	reason  string
	message string
	// fix is what to do, once the hop is stuck.
	fix string
	// late is what a wait becomes when its grace time is over. Nil: it waits as long as the hop that it waits for.
	late *late
	// calm: it stays so on purpose, or nobody can help. It is not where the app is stuck.
	calm bool
	// again is when the verdict may change although nothing happens. Zero: never.
	again time.Time
}

// late is the end of a wait.
type late struct {
	grace   time.Duration
	reason  string
	message string
	// unknown: nobody knows then; it is not known to be wrong. calm: nobody can help either.
	unknown, calm bool
}

func passed() verdict { return verdict{state: v1alpha1.HopPassed} }

func notProbed(message string) verdict {
	return verdict{state: v1alpha1.HopNotProbed, message: message}
}

// unknown is what nobody can tell from the objects. The fix says how a person could.
func unknown(message, fix string) verdict {
	return verdict{state: v1alpha1.HopUnknown, reason: v1alpha1.ReasonNotYetReported, message: message, fix: fix}
}

// named is unknown for a reason of its own, which a person can do something about.
func named(reason, message, fix string) verdict {
	return verdict{state: v1alpha1.HopUnknown, reason: reason, message: message, fix: fix}
}

// calmly leaves it at that: it is not where the app is stuck.
func (v verdict) calmly() verdict {
	v.calm = true
	return v
}

// behind is the verdict on a hop that cannot be judged before another one of its lane.
func behind(hop string) verdict {
	return unknown("judged once "+hop+" has passed", "see hop "+hop)
}

func stuck(reason, message, fix string) verdict {
	return verdict{state: v1alpha1.HopStuck, reason: reason, message: message, fix: fix}
}

func waits(reason, message string) verdict {
	return verdict{state: v1alpha1.HopWaiting, reason: reason, message: message}
}

// orElse says what a wait becomes when its grace time is over.
func (v verdict) orElse(grace time.Duration, reason, message, fix string) verdict {
	v.late, v.fix = &late{grace: grace, reason: reason, message: message}, fix
	return v
}

// unknownThen: when the grace time is over, it is unknown, not wrong.
func (v verdict) unknownThen() verdict {
	v.late.unknown = true
	return v
}

// calmlyThen: when the grace time is over, it is unknown, and nobody can help.
func (v verdict) calmlyThen() verdict {
	v.late.unknown, v.late.calm = true, true
	return v
}

// lookAgain asks for another look at a moment.
func (v verdict) lookAgain(at time.Time) verdict {
	v.again = at
	return v
}

func (v verdict) passed() bool { return v.state == v1alpha1.HopPassed }

// clear tells whether a later hop may be judged as if this one had passed.
func (v verdict) clear() bool { return v.passed() || v.state == v1alpha1.HopNotProbed }

// step is a verdict at its place.
type step struct {
	lane v1alpha1.Lane
	name string
	verdict
}
