package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/internal/doctor"
	"github.com/afrotomation/afroapp/internal/files"
)

const doctorHelp = `Find silent no-ops: places where Argo CD and argocd-image-updater shrug instead of erroring.

Usage:
  afroctl doctor -f FOLDER… [flags]
  afroctl doctor --live [flags]

It looks at Applications and ApplicationSets with the annotations of image-updater, at ImageUpdaters, at image-updater's own
installation, at the charts and kustomizations that the Applications name, if they are in the same repository, and at
AfroApps. AfroApp need not be installed. Each finding has a rule, a sentence, its evidence and a remedy; where the remedy is
mechanical it is also a patch.

Examples:
  afroctl doctor -f infra/                                      # a repository
  afroctl doctor -f infra/ -o diff | git apply                  # take over all patches, then read git diff
  afroctl doctor -f . -o sarif > doctor.sarif                   # for code scanning
  afroctl doctor --live --context home                          # a cluster: only reads
  kubectl get applications,imageupdaters -A -o yaml | afroctl doctor -f -
  afroctl doctor --rules                                        # every rule in one line

Flags:
  -f, --filename FILE    A file, a folder (every *.yaml, *.yml and *.json below it, but for hidden folders; links are not
                         followed, files of more than 5 MiB are skipped), or - for standard input. Can be repeated.
                         Paths are shown as they were given; below a folder that was given with an absolute path or
                         with .., from that folder. Patches are for the folder in which that is where the files are.
  --live                 Look at the objects of a cluster, and at their status. Only lists and gets are sent; a kind
                         that is not served or may not be read is left out, with a note.
  --kubeconfig FILE      For --live: the kubeconfig. Default: KUBECONFIG, then ~/.kube/config.
  --context NAME         For --live: the context of the kubeconfig.
  -n, --namespace NAME   For --live: the namespace of Argo CD and image-updater. Default: argocd.
  -o, --output FORMAT    text (default), json, sarif (2.1.0), or diff (only the patch of all mechanical remedies).
  --fail-on SEVERITY     Exit with 1 on a finding of this severity or a worse one: error (default), warning, note, or
                         never.
  --rules                List the rules, with -o json also why each one is.

The exit code is 0 without such a finding, 1 with one and also when something that was named could not be read, and 2 when
the command line is wrong.
`

const never = "never"

type doctorOptions struct {
	paths                                            list
	live, rules                                      bool
	kubeconfig, context, namespace, output, severity string
}

func (o *doctorOptions) bind(fs *flag.FlagSet) {
	fs.Var(&o.paths, "f", "")
	fs.Var(&o.paths, "filename", "")
	fs.BoolVar(&o.live, "live", false, "")
	fs.BoolVar(&o.rules, "rules", false, "")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "")
	fs.StringVar(&o.context, "context", "", "")
	fs.StringVar(&o.namespace, "n", "argocd", "")
	fs.StringVar(&o.namespace, "namespace", "argocd", "")
	fs.StringVar(&o.output, "o", "text", "")
	fs.StringVar(&o.output, "output", "text", "")
	fs.StringVar(&o.severity, "fail-on", string(doctor.Error), "")
}

func (o *doctorOptions) check(given []string) error {
	besides := first(given, func(f string) bool { return !slices.Contains([]string{"--rules", "-o", "--output"}, f) })
	ofCluster := first(given, func(f string) bool {
		return slices.Contains([]string{"--kubeconfig", "--context", "-n", "--namespace"}, f)
	})
	switch {
	case !slices.Contains([]string{"text", "json", "sarif", "diff"}, o.output):
		return fmt.Errorf("--output %s: not one of text, json, sarif, diff", o.output)
	case o.severity != never && !slices.Contains(doctor.Severities, doctor.Severity(o.severity)):
		return fmt.Errorf("--fail-on %s: not one of error, warning, note, never", o.severity)
	case o.rules && besides != "":
		return fmt.Errorf("%s and --rules: rules are listed without looking at anything; leave one of them out", besides)
	case o.rules && o.output != "text" && o.output != "json":
		return fmt.Errorf("--output %s: --rules has no findings to write so; use text or json", o.output)
	case o.rules:
		return nil
	case o.live && len(o.paths) > 0:
		return errors.New("--live and -f: one of them; a cluster and a folder may say different things")
	case !o.live && len(o.paths) == 0:
		return errors.New("no files; name them with -f, or ask a cluster with --live")
	case !o.live && ofCluster != "":
		return fmt.Errorf("%s is about a cluster, and -f reads files; leave it out, or use --live instead of -f", ofCluster)
	}
	return nil
}

// given are the flags of the command line, as they are written.
func given(fs *flag.FlagSet) (out []string) {
	fs.Visit(func(f *flag.Flag) {
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		out = append(out, dashes+f.Name)
	})
	return out
}

func first(of []string, is func(string) bool) string {
	if i := slices.IndexFunc(of, is); i >= 0 {
		return of[i]
	}
	return ""
}

func doctorVerb(args []string, s streams) int {
	fs := flag.NewFlagSet("doctor", flag.ContinueOnError)
	var o doctorOptions
	o.bind(fs)
	if code, done := parse(fs, args, doctorHelp, s); done {
		return code
	}
	if err := o.check(given(fs)); err != nil {
		return misused(s, fs.Name(), err.Error())
	}
	if o.rules {
		return o.printRules(s)
	}
	in, skipped, err := o.input(s)
	if err != nil {
		fmt.Fprintln(s.err, "afroctl doctor:", err)
		if len(in.Files) == 0 {
			return exitRefused
		}
	}
	report := doctor.Diagnose(in)
	report.Skipped = append(skipped, report.Skipped...)
	code := o.print(s, &report)
	if err != nil || o.severity != never && report.Fails(doctor.Severity(o.severity)) {
		return exitRefused
	}
	return code
}

func (o *doctorOptions) input(s streams) (doctor.Input, []doctor.Skipped, error) {
	if o.live {
		return readCluster(o)
	}
	return readFolders(o.paths, s.in)
}

func (o *doctorOptions) printRules(s streams) int {
	if o.output == "json" {
		raw, err := doctor.RulesJSON()
		return written(s, raw, err)
	}
	return written(s, []byte(ruleList()), nil)
}

func (o *doctorOptions) print(s streams, report *doctor.Report) int {
	switch o.output {
	case "json":
		raw, err := report.JSON()
		return written(s, raw, err)
	case "sarif":
		raw, err := report.SARIF()
		return written(s, raw, err)
	case "diff":
		tellSkipped(s, report.Skipped)
		return written(s, []byte(report.Patch), nil)
	}
	tellSkipped(s, report.Skipped)
	return written(s, []byte(report.Text()), nil)
}

// written writes all at once.
func written(s streams, raw []byte, err error) int {
	if err == nil {
		_, err = s.out.Write(raw)
	}
	if err != nil {
		fmt.Fprintln(s.err, "afroctl doctor:", err)
		return exitRefused
	}
	return exitOK
}

func tellSkipped(s streams, skipped []doctor.Skipped) {
	for _, x := range skipped {
		p := files.Problem{File: x.File, Text: "note: skipped: " + x.Reason}
		if x.Line > 0 {
			p.Subject = fmt.Sprintf("line %d", x.Line)
		}
		fmt.Fprintln(s.err, p)
	}
}

func ruleList() string {
	var b strings.Builder
	for _, r := range doctor.Rules {
		fmt.Fprintf(&b, "%s  %-7s  %s\n", r.ID, r.Severity, r.Title)
	}
	return b.String()
}
