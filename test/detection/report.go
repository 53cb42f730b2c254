package detection

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is the score as a page in Markdown.
func Report(results []Result, recorded []Recording) string {
	var b strings.Builder
	silent, healthy := split(results)
	found := count(silent, Result.Right)
	fmt.Fprintf(&b, "# Detection score\n\nWritten by `make detection`. Each row was played on a real API server with a real registry; Argo CD, image-updater and the\n"+
		"kubelet are played as they were recorded. Minutes are those of the operator's clock, counted from the failure.\n\n")
	fmt.Fprintf(&b, "| | played | right |\n|---|---|---|\n| silent failures, found with the right hop and reason | %d | %d |\n| odd but healthy, not called stuck | %d | %d |\n"+
		"| recorded from the real systems, judged as an observer has to | %d | %d |\n\n",
		len(silent), found, len(healthy), count(healthy, Result.Right), len(recorded), judged(recorded))
	if median, slowest := times(silent); found > 0 {
		fmt.Fprintf(&b, "Time to find: median %d minutes, slowest %d. Most of it is grace: image-updater, Argo CD and a rollout get the time that they\n"+
			"honestly need ([the grace times](api.md#how-long-a-hop-may-wait)).\n\n", median, slowest)
	}
	b.WriteString("## Silent failures\n\n| what is wrong | rows of the catalogue, recorded scenario | named | after |\n|---|---|---|---|\n")
	for _, r := range silent {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Scenario.Says, r.Scenario.Rows, named(r), after(r))
	}
	b.WriteString("\n## Odd, and healthy\n\n| what is odd | called stuck |\n|---|---|\n")
	for _, r := range healthy {
		fmt.Fprintf(&b, "| %s | %s |\n", r.Scenario.Says, alarm(r))
	}
	b.WriteString(recordedHead)
	for _, r := range recorded {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, saidOf(r))
	}
	return b.String()
}

const recordedHead = `
## Recorded from the real systems

What the real Argo CD and image-updater wrote into their objects, fed to the operator as it is, on a real API server, at the time
at which it was recorded; the pods and the registry's digests with it. Two things are not as recorded, because the operator takes
back at once what is its own: the spec is ours again, and so is what Argo CD and image-updater say of the spec that they have
seen. Recorded with a spec that is not ours, ` + "`silent-newest-build`" + ` therefore says what is left of it. "rolling" is within the
grace time, and "unknown" is what nobody can tell while the registry does not answer.

| recorded | judged |
|---|---|
`

func judged(recorded []Recording) (n int) {
	for _, r := range recorded {
		if r.Right() {
			n++
		}
	}
	return n
}

func saidOf(r Recording) string {
	switch {
	case r.Broken != nil:
		return "**could not be played**: " + r.Broken.Error()
	case !r.Right():
		return "**" + r.Said + "** instead of " + r.Want
	}
	return r.Said
}

func split(results []Result) (silent, healthy []Result) {
	for _, r := range results {
		if r.Scenario.Healthy() {
			healthy = append(healthy, r)
		} else {
			silent = append(silent, r)
		}
	}
	return silent, healthy
}

func count(results []Result, is func(Result) bool) (n int) {
	for _, r := range results {
		if is(r) {
			n++
		}
	}
	return n
}

func times(silent []Result) (median, slowest int) {
	var all []time.Duration
	for _, r := range silent {
		if r.Right() {
			all = append(all, r.Found)
		}
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	return int(all[len(all)/2].Minutes()), int(all[len(all)-1].Minutes())
}

func named(r Result) string {
	want := "`" + r.Scenario.Want.Hop + ": " + r.Scenario.Want.Reason + "`"
	switch {
	case r.Broken != nil:
		return "**could not be played**: " + r.Broken.Error()
	case r.Right():
		return want
	case r.Said != "":
		return "**" + r.Said + "** instead of " + want
	}
	return "**nothing** instead of " + want
}

func after(r Result) string {
	if !r.Right() {
		return ""
	}
	return fmt.Sprintf("%d min", int(r.Found.Minutes()))
}

func alarm(r Result) string {
	switch {
	case r.Broken != nil:
		return "**could not be played**: " + r.Broken.Error()
	case r.Said != "":
		return "**" + r.Said + "**"
	}
	return "no"
}
