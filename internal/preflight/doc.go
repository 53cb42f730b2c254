// Package preflight judges what the AfroPlatform rests on: it turns what was read of Argo CD, image-updater, cert-manager,
// the Gateway API and CloudNativePG into the status of the AfroPlatform. Pure: what it says depends on its Facts alone, and
// every status is a golden file.
//
// Only what the spec asks for is looked at, so a platform without databases never hears of CloudNativePG. What could not be
// read is Unknown, and never an Error: a right that was not granted is no proof that something is missing.
package preflight
