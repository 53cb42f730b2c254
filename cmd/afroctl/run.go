package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// Exit codes.
const (
	exitOK = 0
	// exitRefused: something in the input was refused or could not be read; with explain-status --exit-code: an app is not ready;
	// with doctor: there is a finding.
	exitRefused = 1
	// exitUsage: the command line is wrong; nothing was done.
	exitUsage = 2
)

// streams are those of the process, or of a test.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one verb.
type command struct {
	name, summary, help string
	run                 func(args []string, s streams) int
}

func commands() []command {
	return []command{
		{"render", "print what the controller would apply", renderHelp, render},
		{"status", "print the apps of a cluster, or one app with the age of each hop", statusHelp, status},
		{"explain-status", "print the status of AfroApps for people", explainHelp, explainStatus},
		{"doctor", "find where Argo CD and image-updater do nothing and say nothing", doctorHelp, doctorVerb},
		{"version", "print the version of afroctl", versionHelp, printVersion},
	}
}

// run performs one command line and returns the exit code.
func run(args []string, s streams) int {
	if len(args) == 0 {
		fmt.Fprint(s.err, usage())
		return exitUsage
	}
	name, rest := args[0], args[1:]
	if isHelp(name) {
		return help(rest, s)
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(rest, s)
		}
	}
	return unknown(name, s)
}

func isHelp(arg string) bool {
	return arg == "help" || arg == "-h" || arg == "-help" || arg == "--help"
}

func help(args []string, s streams) int {
	if len(args) == 0 {
		fmt.Fprint(s.out, usage())
		return exitOK
	}
	for _, c := range commands() {
		if c.name == args[0] {
			fmt.Fprint(s.out, c.help)
			return exitOK
		}
	}
	return unknown(args[0], s)
}

func unknown(name string, s streams) int {
	fmt.Fprintf(s.err, "afroctl: unknown command %q; see afroctl --help\n", name)
	return exitUsage
}

func usage() string {
	var b strings.Builder
	b.WriteString("afroctl shows, from files alone, what AfroApps become, what their status says, and where nothing happens in silence.\nIt changes nothing, and only status and doctor --live ask a cluster.\n\nUsage:\n  afroctl COMMAND [flags]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-16s %s\n", c.name, c.summary)
	}
	b.WriteString("\nafroctl COMMAND --help says more.\n")
	return b.String()
}

// parse reads the flags of a command. done means that the command ends here, with the exit code.
func parse(fs *flag.FlagSet, args []string, help string, s streams) (code int, done bool) {
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(s.out, help)
		return exitOK, true
	case err != nil:
		return misused(s, fs.Name(), err.Error()), true
	case fs.NArg() > 0:
		return misused(s, fs.Name(), stray(fs)), true
	}
	return exitOK, false
}

// stray is what `-f *.yaml` becomes: the shell writes -f before the first file only.
func stray(fs *flag.FlagSet) string {
	what := fmt.Sprintf("unexpected argument %q", fs.Arg(0))
	if fs.Lookup("f") != nil {
		what += "; write -f before each file, or name their folder"
	}
	return what
}

func misused(s streams, name, what string) int {
	fmt.Fprintf(s.err, "afroctl %s: %s; see afroctl %s --help\n", name, what, name)
	return exitUsage
}

// list is a flag that can be given more than once.
type list []string

// String implements flag.Value.
func (l *list) String() string { return strings.Join(*l, ", ") }

// Set implements flag.Value.
func (l *list) Set(v string) error {
	if v == "" {
		return errors.New("empty")
	}
	*l = append(*l, v)
	return nil
}

// filesFlag binds -f, which every command takes that reads files.
func filesFlag(fs *flag.FlagSet) *list {
	paths := &list{}
	fs.Var(paths, "f", "")
	fs.Var(paths, "filename", "")
	return paths
}
