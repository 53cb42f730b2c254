// Package expand is the heart of AfroApp: it turns one AfroApp, its AfroPlatform and what is installed into
// the plan of everything the app becomes.
//
// It reads its Input and nothing else: no cluster, no clock, no environment. The same input gives the same
// bytes, and is left untouched. `afroctl render` and the controller call the same function; a test on a
// real API server compares what both say.
package expand
