// Package manifests proves what config/ renders to: that it builds and fits together, that its rights are the
// least, that its pods are restricted, and that a real API server takes it and holds the second lock.
package manifests
