// Package pinned compiles commands out of the Go modules that the checkout pins, once, and keeps them outside of it.
//
// A command is pinned by a module of its own, the wrapper: its go.mod requires what the command is built from, and its
// go.sum holds the sums. Nothing is downloaded but Go modules.
//
// Environment:
//
//	AFROAPP_CACHE  where built commands are kept; default: the user's cache folder + /afroapp
//
// Linux and macOS only: the build lock is flock(2).
package pinned
