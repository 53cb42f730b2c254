// Package registryserver plays registries: one that holds images, lists tags by pages, asks for credentials, and fails in
// every way that real ones do, when it is told to. It is an http.Handler; it can be served by TCP or by a network in memory.
package registryserver
