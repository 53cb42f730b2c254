package main

import (
	"fmt"
	"slices"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/platform"
)

// plans are what app and platform become, by the calls of `afroctl render`: what is looked for in the cluster.
type plans struct{ app, platform []expand.Intent }

func (f *files) plans() (plans, error) {
	p, app, err := f.typed()
	if err != nil {
		return plans{}, err
	}
	namespace := platform.Namespace{Name: app.Namespace}
	made, err := expand.Expand(expand.Input{App: app, Namespace: namespace, Platform: p})
	if err != nil {
		return plans{}, fmt.Errorf("%s: %w", sampleApp, err)
	}
	shared, err := expand.Platform(expand.PlatformInput{Platform: p, Namespaces: []platform.Namespace{namespace}})
	if err != nil {
		return plans{}, fmt.Errorf("%s: %w", samplePlatform, err)
	}
	return plans{app: made.Intents, platform: shared.Intents}, nil
}

// namespaces of everything that is planned.
func (p plans) namespaces() []string {
	var names []string
	for _, i := range slices.Concat(p.app, p.platform) {
		if ns := i.Object.GetNamespace(); ns != "" {
			names = append(names, ns)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// of finds the first object of a kind.
func (p plans) of(kind string) (expand.Intent, bool) {
	all := slices.Concat(p.app, p.platform)
	n := slices.IndexFunc(all, func(i expand.Intent) bool { return i.Key().Kind == kind })
	if n < 0 {
		return expand.Intent{}, false
	}
	return all[n], true
}
