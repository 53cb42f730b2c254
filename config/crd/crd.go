// Package crd holds the CustomResourceDefinitions, for those who judge objects without a cluster.
package crd

import "embed"

// Bases are the generated definitions, one file each.
//
//go:embed bases/*.yaml
var Bases embed.FS
