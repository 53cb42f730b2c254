//go:build tools

// Package tools pins the etcd that the control plane of the tests runs on.
package tools

import _ "go.etcd.io/etcd/server/v3"
