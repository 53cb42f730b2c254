// Package alerts tests the alerts of config/prometheus with Prometheus's own engine. It is a module of its own, for what would
// weigh on the operator.
package alerts
