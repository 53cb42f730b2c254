//go:build tools

// Package tools pins a command that `make e2e` runs.
package tools

import _ "github.com/letsencrypt/pebble/v2/cmd/pebble"
