//go:build tools

// Package tools pins a command that `make e2e` runs.
package tools

import _ "k8s.io/ingress-nginx/cmd/nginx"
