package main

import (
	"flag"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/explain"
	"github.com/afrotomation/afroapp/internal/files"
)

const explainHelp = `Print the status of AfroApps for people: lane by lane, hop by hop, and where it is stuck.

Usage:
  afroctl explain-status -f FILE… [flags]

Examples:
  kubectl get afro shop -n shop -o yaml | afroctl explain-status -f -
  kubectl get afro -A -o yaml | afroctl explain-status -f - --exit-code

Flags:
  -f, --filename FILE    A file, a folder (every *.yaml, *.yml and *.json below it, but for hidden folders and Helm
                         charts), or - for standard input. Can be repeated. Kinds other than AfroApp are passed over,
                         and so are fields that this version does not know.
  --app NAMESPACE/NAME   Only this app.
  --exit-code            Exit with 1 unless every app is ready. Without it the exit code is 0 whatever the status says,
                         and 1 only when something could not be read.
`

func explainStatus(args []string, s streams) int {
	fs := flag.NewFlagSet("explain-status", flag.ContinueOnError)
	paths := filesFlag(fs)
	only := fs.String("app", "", "")
	strict := fs.Bool("exit-code", false, "")
	if code, done := parse(fs, args, explainHelp, s); done {
		return code
	}
	if len(*paths) == 0 {
		return misused(s, fs.Name(), "no files; name them with -f")
	}
	if err := checkApp(*only); err != nil {
		return misused(s, fs.Name(), err.Error())
	}
	set := files.Load(*paths, files.Options{Stdin: s.in, Lenient: true})
	e := explained{unreadable: len(set.Problems) > 0}
	for _, p := range set.Problems {
		fmt.Fprintln(s.err, p)
	}
	for _, app := range set.Apps {
		if selected(*only, app) {
			e.add(app.AfroApp, s)
		}
	}
	return e.code(*strict, s)
}

// explained counts what was printed.
type explained struct {
	apps, ready int
	unreadable  bool
}

func (e *explained) add(app *v1alpha1.AfroApp, s streams) {
	if e.apps++; e.apps > 1 {
		fmt.Fprintln(s.out)
	}
	if isReady(app) {
		e.ready++
	}
	fmt.Fprint(s.out, explain.Explain(app))
}

// isReady asks for a status of this generation: an older one says nothing of the spec that is there now.
func isReady(app *v1alpha1.AfroApp) bool {
	return app.Status.ObservedGeneration == app.Generation && meta.IsStatusConditionTrue(app.Status.Conditions, v1alpha1.ConditionReady)
}

func (e *explained) code(strict bool, s streams) int {
	if e.apps == 0 && !e.unreadable {
		fmt.Fprintln(s.err, "afroctl explain-status: no AfroApp to explain in the given files")
		return exitRefused
	}
	if e.unreadable || strict && e.ready < e.apps {
		return exitRefused
	}
	return exitOK
}
