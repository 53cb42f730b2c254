// Package build makes what the end-to-end node runs, and keeps it in the cache: the peers' commands, compiled from the Go
// modules pinned in ../modules; root file systems of Debian packages; and a registry's storage that holds every image
// under upstream's name, so that upstream's manifests are applied as they are.
//
// No container engine takes part: an image is a list of layers, and a layer a tar file.
package build
