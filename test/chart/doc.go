// Package chart renders config/workload-chart with the engines of Helm 3 and Helm 4 (an Argo CD brings one of them)
// and holds what comes out: golden renderings, the restricted Pod Security Standard, strict decoding with the
// Kubernetes types, refusals, and every value that the golden plans of internal/expand give to it.
//
// It is a module of its own so that Helm stays out of the operator's build. go test remembers only which files inside
// a module a test has read: read by their own paths, a broken chart was answered with yesterday's "ok (cached)".
// Therefore the chart and the plans are read through the links in linked/, which lie inside.
package chart
