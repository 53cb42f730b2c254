package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Table prints a fleet, a line for each app: what is stuck first, the oldest of it before all, then what is under way, then what
// is ready; and how many there are of each. It ends with a newline.
func Table(apps []*v1alpha1.AfroApp, now time.Time) string {
	apps = slices.Clone(apps)
	slices.SortStableFunc(apps, byNeed)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAMESPACE\tNAME\tREADY\tIMAGE SINCE\tSTUCK AT\tSINCE\tCAUSE")
	for _, a := range apps {
		fmt.Fprintln(w, row(a, now))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return strings.Map(printable, trimmed(b.String())+"\n"+Sum(apps)+"\n")
}

// Row is the line of one app, for those who print what changes.
func Row(app *v1alpha1.AfroApp, now time.Time) string {
	return strings.Map(printable, strings.ReplaceAll(row(app, now), "\t", "  ")) + "\n"
}

func row(a *v1alpha1.AfroApp, now time.Time) string {
	at, since, cause := "", "", ""
	if s := a.Status.StuckAt; s != nil {
		at, since, cause = s.Hop+": "+s.Reason, age(s.Since, now), short(s.Message)
	}
	return strings.Join([]string{a.Namespace, a.Name, readiness(a), imageAge(a, now), at, since, cause}, "\t")
}

// readiness speaks of the spec that is there now.
func readiness(a *v1alpha1.AfroApp) string {
	c := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionReady)
	if c == nil || a.Status.ObservedGeneration < a.Generation {
		return "Unknown"
	}
	return string(c.Status)
}

// imageAge is since when the pods run what the registry serves, or since when they do not.
func imageAge(a *v1alpha1.AfroApp, now time.Time) string {
	i := a.Status.Image
	switch {
	case i == nil || i.RegistryDigest == "":
		return "?"
	case i.InSyncSince != nil:
		return age(*i.InSyncSince, now)
	case i.RegistryDigestSince != nil:
		return "behind " + age(*i.RegistryDigestSince, now)
	}
	return "behind"
}

// Sum counts the apps of a fleet.
func Sum(apps []*v1alpha1.AfroApp) string {
	ready, stuck := 0, 0
	for _, a := range apps {
		switch {
		case a.Status.StuckAt != nil:
			stuck++
		case readiness(a) == string(metav1.ConditionTrue):
			ready++
		}
	}
	return fmt.Sprintf("%d apps: %d ready, %d stuck, %d under way", len(apps), ready, stuck, len(apps)-ready-stuck)
}

// Status prints an app with the age of each hop.
func Status(app *v1alpha1.AfroApp, now time.Time) string {
	var b strings.Builder
	b.WriteString(header(app))
	b.WriteString(outdated(app))
	b.WriteString(digests(app, now))
	longest := 0
	for _, h := range app.Status.Hops {
		longest = max(longest, len(h.Name))
	}
	for i, h := range app.Status.Hops {
		if i == 0 || app.Status.Hops[i-1].Lane != h.Lane {
			fmt.Fprintf(&b, "\n%s\n", h.Lane)
		}
		b.WriteString(item(fmt.Sprintf("  %s  %-*s  %5s  ", mark(h.State), longest, h.Name, age(h.Since, now)), h.Message))
	}
	b.WriteString(stuck(app.Status.StuckAt))
	return strings.Map(printable, b.String())
}

// digests are the two that have to be one.
func digests(app *v1alpha1.AfroApp, now time.Time) string {
	i := app.Status.Image
	if i == nil || i.RegistryDigest == "" {
		return ""
	}
	out := item("registry  ", or(shortDigest(i.RegistryDigest), "?")+"  "+i.RegistryReference+served(i.RegistryDigestSince, now))
	running := "pods      "
	if i.InSyncSince != nil {
		return out + item(running, or(shortDigest(i.RunningDigest), "?")+"  the same, for "+age(*i.InSyncSince, now))
	}
	return out + item(running, or(shortDigest(i.RunningDigest), "?")+"  not proven to be the same")
}

func served(since *metav1.Time, now time.Time) string {
	if since == nil {
		return ""
	}
	return ", for " + age(*since, now)
}

func shortDigest(d string) string {
	hex, found := strings.CutPrefix(d, "sha256:")
	if !found || len(hex) < 12 {
		return d
	}
	return "sha256:" + hex[:12]
}

// byNeed orders apps by how much they need somebody.
func byNeed(a, b *v1alpha1.AfroApp) int {
	need := func(x *v1alpha1.AfroApp) int {
		switch {
		case x.Status.StuckAt != nil:
			return 0
		case readiness(x) != string(metav1.ConditionTrue):
			return 1
		}
		return 2
	}
	since := func(x *v1alpha1.AfroApp) int64 {
		if x.Status.StuckAt == nil {
			return 0
		}
		return x.Status.StuckAt.Since.Unix()
	}
	return cmp.Or(cmp.Compare(need(a), need(b)), cmp.Compare(since(a), since(b)),
		cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

func age(t metav1.Time, now time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return duration.HumanDuration(now.Sub(t.Time))
}

// causeWidth keeps a line of the table a line.
const causeWidth = 80

func short(s string) string {
	if r := []rune(s); len(r) > causeWidth {
		return string(r[:causeWidth-1]) + "…"
	}
	return s
}

func trimmed(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
