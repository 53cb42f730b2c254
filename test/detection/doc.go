// Package detection injects silent failures into a fleet of apps, and odd but healthy behaviour beside them, and scores what
// the operator says: was the failure found, for the right reason, after how long, and was anything healthy called stuck. The API
// server, the registry and the operator are real; Argo CD, image-updater and the kubelet are played as they were recorded.
package detection
