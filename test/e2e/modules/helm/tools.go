//go:build tools

// Package tools pins a command that `make e2e` runs.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
