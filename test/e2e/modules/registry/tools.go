//go:build tools

// Package tools pins a command that `make e2e` runs.
package tools

import _ "github.com/distribution/distribution/v3/cmd/registry"
