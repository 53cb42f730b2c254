package detection

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is the score as a page in Markdown.
func Report(results []Result) string {
	var b strings.Builder
	silent, healthy := split(results)
	found := count(silent, Result.Right)
	fmt.Fprintf(&b, "# Detection score\n\nWritten by `make detection`. Each row was played on a real API server with a real registry; Argo CD, image-updater and the\n"+
		"kubelet are played as they were recorded. Minutes are those of the operator's clock, counted from the failure.\n\n")
	fmt.Fprintf(&b, "| | played | right |\n|---|---|---|\n| silent failures, found with the right hop and reason | %d | %d |\n| odd but healthy, not called stuck | %d | %d |\n\n",
		len(silent), found, len(healthy), count(healthy, Result.Right))
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
	return b.String()
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
