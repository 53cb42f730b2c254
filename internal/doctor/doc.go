// Package doctor finds silent no-ops: places where Argo CD and argocd-image-updater shrug instead of erroring. It reads an
// infra repository, or the objects of a cluster, of people who use AfroApp and of people who do not yet. Pure: files go in,
// findings come out, and every remedy that is mechanical comes as an edit of the file, byte for byte.
//
// What cannot be known from what was read is no finding. A rule that cries wolf is switched off with all the others.
package doctor

import (
	"cmp"
	"slices"
)

// File is one file, or one object of a cluster.
type File struct {
	// Path as it is shown, with '/'. Of an object of a cluster: kind/namespace/name.
	Path string
	// Repo is the path from the root of the Git repository, and Folder that from the folder that is looked at, where they are
	// others than Path. Applications name their folders by one of the two.
	Repo, Folder string
	Raw          []byte
	// Live objects have no file: no line and no edit.
	Live bool
	// Alone: its folder was not read, so what else is there is not known.
	Alone bool
}

// Input is everything that is looked at.
type Input struct {
	Files []File
	// Complete: there are no other Applications and ImageUpdaters than these. True of a cluster, never of a folder.
	Complete bool
	// ArgoNamespace is that of Argo CD. Empty: not known.
	ArgoNamespace string
	// CRD: the cluster serves ImageUpdaters, so image-updater 1.x is installed, or was.
	CRD bool
}

// Severity of a finding.
type Severity string

// The severities, the worst first.
const (
	Error   Severity = "error"   // it does not do what was asked for, and nothing will say so
	Warning Severity = "warning" // it probably does not, or only until something else happens
	Note    Severity = "note"    // it works as long as a default stays as it is
)

// Severities are all severities, the worst first.
var Severities = []Severity{Error, Warning, Note}

// AtLeast tells whether a severity is as bad as another, or worse.
func (s Severity) AtLeast(other Severity) bool {
	return slices.Index(Severities, s) <= slices.Index(Severities, other)
}

// Finding is one silent no-op.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Object is kind/namespace/name, without the namespace where the file names none; empty for a file that holds no object.
	Object string `json:"object,omitempty"`
	File   string `json:"file"`
	// Line from 1; 0 for an object of a cluster.
	Line     int    `json:"line,omitempty"`
	Sentence string `json:"sentence"`
	Evidence string `json:"evidence"`
	Remedy   string `json:"remedy"`
	// Diff is the remedy as a patch, where it is mechanical.
	Diff string `json:"diff,omitempty"`
	// Edits are the same as Diff.
	Edits []Edit `json:"-"`
}

// Skipped is what was not looked at, and why.
type Skipped struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
}

// Report is what was found.
type Report struct {
	Findings []Finding
	Skipped  []Skipped
	// Patch is all edits at once.
	Patch string
	// Files and Apps were looked at.
	Files, Apps int

	raw map[string][]byte
}

// Diagnose looks at everything with every rule.
func Diagnose(in Input) Report {
	s := newSet(in)
	var all []Finding
	for _, rule := range Rules {
		for _, f := range rule.check(s) {
			f.Rule = rule.ID
			f.Severity = cmp.Or(f.Severity, rule.Severity)
			all = append(all, f)
		}
	}
	all = sorted(all)
	for i := range all {
		all[i].Diff = s.diff(all[i].Edits)
	}
	return Report{Findings: all, Skipped: s.skipped, Patch: s.diff(together(all)), Files: len(in.Files), Apps: len(s.apps), raw: s.raw}
}

// sorted by place, each finding once: one line of an ImageUpdater may stand for many Applications.
func sorted(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Object, b.Object), cmp.Compare(a.Sentence, b.Sentence))
	})
	return slices.CompactFunc(all, func(a, b Finding) bool {
		return a.File == b.File && a.Line == b.Line && a.Rule == b.Rule && a.Object == b.Object && a.Sentence == b.Sentence
	})
}

// Fails tells whether there is a finding of a severity or worse.
func (r Report) Fails(s Severity) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity.AtLeast(s) })
}

// count the findings of a severity.
func (r Report) count(s Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}
