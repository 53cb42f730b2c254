// Package crds holds the CRDs of the peers, as their projects publish them: tests that accept what the
// real schema would refuse prove nothing. README.md says where each is from; `go run ./test/crds/update`
// takes them again, and with -verify compares.
package crds

import (
	"embed"
	"fmt"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

//go:embed *.yaml
var files embed.FS

// Load returns the CRDs of the named peers, or of all where none is named, in the order of Origins.
// They are the caller's to change. A name that is no peer is an error.
func Load(names ...Peer) ([]*apiextensionsv1.CustomResourceDefinition, error) {
	if err := known(names); err != nil {
		return nil, err
	}
	var crds []*apiextensionsv1.CustomResourceDefinition
	for _, origin := range Origins() {
		if len(names) > 0 && !slices.Contains(names, origin.Peer) {
			continue
		}
		for _, file := range origin.Files {
			crd, err := load(file.Name)
			if err != nil {
				return nil, fmt.Errorf("CRD %s of %s %s: %w", file.Name, origin.Peer, origin.Version, err)
			}
			crds = append(crds, crd)
		}
	}
	return crds, nil
}

func known(names []Peer) error {
	for _, name := range names {
		if !slices.ContainsFunc(Origins(), func(o Origin) bool { return o.Peer == name }) {
			return fmt.Errorf("no CRDs of a peer %q are kept here", name)
		}
	}
	return nil
}

func load(name string) (*apiextensionsv1.CustomResourceDefinition, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, err
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(data, crd); err != nil {
		return nil, err
	}
	return crd, nil
}
