// Package version says which build this is.
package version

import (
	"fmt"
	"runtime"
)

// Set when a release is linked:
//
//	-ldflags "-X github.com/afrotomation/afroapp/internal/version.Version=v0.1.0 -X …/version.Commit=1a2b3c4"
var (
	// Version is the tag of the release; dev where none was set.
	Version = "dev"
	// Commit is the commit that was built; dev where none was set.
	Commit = "dev"
)

// String is for people. Example: v0.1.0 (commit 1a2b3c4, go1.26.8, linux/amd64).
func String() string {
	return fmt.Sprintf("%s (commit %s, %s, %s/%s)", Version, Commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
