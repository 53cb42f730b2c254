// Package suite is what the end-to-end stories are told with. It takes any cluster: a story says what it needs of it, and
// is skipped, loudly, where that is missing.
//
// Environment:
//
//	KUBECONFIG         the cluster
//	AFROAPP_E2E_LAB    a file that says what is around it, see Lab; `make e2e` writes one for its own node
//	AFROAPP_E2E_WAIT   factor for every limit of time, for slow machines; default 1
package suite
