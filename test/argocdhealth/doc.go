// Package argocdhealth proves the health scripts that Argo CD runs for our kinds, config/argocd: with a
// Lua interpreter that has no library at all, as in production, and with the layout and the exact
// comparison of Argo CD's own repository.
package argocdhealth
