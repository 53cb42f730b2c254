package expand

import (
	"cmp"
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// Input is everything that the expansion of one app reads.
type Input struct {
	App       *v1alpha1.AfroApp
	Namespace platform.Namespace
	Platform  *v1alpha1.AfroPlatform // nil: there is none
	Flavours  platform.Flavours

	// PasswordKey is what database passwords are derived from. Without it they are rendered as a placeholder.
	PasswordKey []byte
	// LostHosts are hosts that another app holds: they are neither routed nor certified.
	LostHosts []string
	// ServerName is the archive of the dedicated Cluster that exists, if it does: it is kept for its whole life.
	ServerName string
}

// Expand turns an app into its plan. The error is of type platform.Refusals; then nothing may be changed.
func Expand(in Input) (*Plan, error) {
	e, err := platform.Resolve(in.App, in.Namespace, in.Platform, in.Flavours)
	if err != nil {
		return nil, err
	}
	b := builder{in: in, eff: e, names: namesOf(in.Namespace.Name, in.App.Name)}
	b.delivery()
	if e.Edge != nil {
		b.edge()
	}
	if e.Database != nil {
		b.database()
	}
	return b.plan(), nil
}

// builder collects the intents of one app.
type builder struct {
	in      Input
	eff     *platform.Effective
	names   names
	intents []Intent
}

func (b *builder) plan() *Plan {
	sortIntents(b.intents)
	return &Plan{Effective: b.eff, Intents: b.intents}
}

// sortIntents puts what others rest on first.
func sortIntents(intents []Intent) {
	slices.SortStableFunc(intents, func(x, y Intent) int {
		return cmp.Or(
			cmp.Compare(foreign.Order(x.GVK()), foreign.Order(y.GVK())),
			cmp.Compare(x.Object.GetNamespace(), y.Object.GetNamespace()),
			cmp.Compare(x.Object.GetName(), y.Object.GetName()),
		)
	})
}
