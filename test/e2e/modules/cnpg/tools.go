//go:build tools

// Package tools pins a command that `make e2e` runs.
package tools

import _ "github.com/cloudnative-pg/cloudnative-pg/cmd/manager"
