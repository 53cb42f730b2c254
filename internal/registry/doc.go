// Package registry asks registries what they serve: which digest stands behind a tag, which images an index holds,
// which tags there are. It asks off everybody's way, seldom, and never more often than a registry bears.
//
// The reconciler says which image an app follows and reads what is known of it; neither waits for a registry. Apps that
// follow the same are asked for once. Whoever reads an answer is told when it changes, and only then.
//
// Only registries that an admin has named are asked, by the scheme that the admin chose: without that, whoever may name
// an image could make the operator send requests anywhere. Credentials come from the Secret that the app names, and go
// to the host they are written for and to the https address where that host exchanges them for tokens.
package registry
