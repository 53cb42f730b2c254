// Package goldens holds the golden files of internal/expand against what their readers demand: the Go
// types of the projects that own the kinds, and the API server with the real CRDs. Argo CD's own types
// have a module of their own, test/conformance.
package goldens
