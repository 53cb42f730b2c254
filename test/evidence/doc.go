// Package evidence compares what a peer was recorded to write with what is written now, by an actor that plays it or by a
// newer version of it. It compares the shape: which fields there are, what the telling ones say, and who owns them. Times,
// names, digests and messages differ in every run.
//
// The recordings are in the folder recorded: argocd (with image-updater) and cnpg from before there were stories, edge
// (cert-manager with ACME, ingress-nginx) from the story first-app. Each begins with a comment on how it was made.
package evidence
