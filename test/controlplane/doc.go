// Package controlplane gives every controller test a real API server.
//
// kube-apiserver, kube-controller-manager and etcd are compiled from the Go modules pinned in the
// folders kubernetes/ and etcd/ beside this file, once, and kept outside the checkout; nothing is
// downloaded but Go modules. Start runs them under controller-runtime's envtest and adds what envtest
// lacks and production has: a garbage collector and a namespace controller, so that deletions end.
//
// Environment:
//
//	KUBEBUILDER_ASSETS  a folder with the three programs; nothing is built then
//	AFROAPP_CACHE       where built programs are kept; default: the user's cache folder + /afroapp
//
// Linux and macOS only: the build lock is flock(2), and the programs are watched by /bin/sh.
package controlplane
