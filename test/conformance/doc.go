// Package conformance holds the golden Applications and AppProjects against Argo CD's own Go types.
//
// It is a module of its own: argo-cd v2 does not compile with the Kubernetes libraries that AfroApp uses,
// needs the replaces of its go.mod repeated, and brings a hundred modules along. v2.14.21 is the newest
// whose types build this way; the CRDs of v3.5.7 judge the same files in test/goldens.
package conformance
