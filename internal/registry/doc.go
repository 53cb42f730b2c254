// Package registry asks registries what they serve: which digest stands behind a tag, which images an index holds,
// which tags there are. It asks off everybody's way, seldom, and never more often than a registry bears.
package registry

import (
	_ "github.com/google/go-containerregistry/pkg/registry"
	_ "github.com/google/go-containerregistry/pkg/v1/remote"
)
