package main

import (
	"fmt"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/files"
	"github.com/afrotomation/afroapp/internal/platform"
)

// notes say what differs from what is printed.
func (r *renderer) notes(app files.App, plan *expand.Plan) {
	if app.Annotations[v1alpha1.AnnotationPaused] == "true" {
		r.note(app.File, app.Subject(), "paused: the controller writes nothing of this until the annotation "+v1alpha1.AnnotationPaused+" is gone")
	}
	if plan.Effective.Database != nil && r.key != nil && plan.Effective.Namespace.UID == "" {
		r.note(app.File, app.Subject(), "its password stays a placeholder: the UID of namespace "+app.Namespace+" is not among the files")
	}
}

func (r *renderer) nothing() {
	if r.options.app != "" {
		fmt.Fprintf(r.stderr, "afroctl render: no AfroApp %s in the given files\n", r.options.app)
	} else {
		fmt.Fprintln(r.stderr, "afroctl render: no AfroApp and no AfroPlatform in the given files")
	}
	r.refused = true
}

// noPlatform says how to name one: the remedy of the refusals that follow is that of a cluster.
func (r *renderer) noPlatform() {
	if !r.broken && r.options.platform == "" && len(r.set.Apps) > 0 {
		fmt.Fprintln(r.stderr, "afroctl render: no AfroPlatform in the given files; name its file with -f or --platform")
	}
}

func (r *renderer) report(problems []files.Problem) {
	for _, p := range problems {
		r.refuse(p.File, p.Subject, p.Text)
	}
}

func (r *renderer) refuseAll(file, subject string, refusals platform.Refusals) {
	for _, x := range refusals {
		r.refuse(file, subject, x.String())
	}
}

func (r *renderer) refuse(file, subject, text string) {
	r.refused = true
	fmt.Fprintln(r.stderr, files.Problem{File: file, Subject: subject, Text: text})
}

func (r *renderer) note(file, subject, text string) {
	fmt.Fprintln(r.stderr, files.Problem{File: file, Subject: subject, Text: "note: " + text})
}

// print writes everything at once: half a stream would look like a whole one.
func (r *renderer) print(s streams) int {
	raw, err := encode(r.objects, r.options.output)
	if err == nil {
		_, err = s.out.Write(raw)
	}
	if err != nil {
		fmt.Fprintln(s.err, "afroctl render:", err)
		return exitRefused
	}
	if r.refused {
		return exitRefused
	}
	return exitOK
}
