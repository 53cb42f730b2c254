// Package cel asks the real API server and internal/platform the same questions: what the CRD refuses, the controller
// refuses too, for objects that never saw the CRD. Where only the controller refuses, a table says why.
package cel
