//go:build tools

// Package tools pins a command that `make e2e` runs.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
