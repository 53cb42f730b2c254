package main

import (
	"flag"
	"fmt"

	"github.com/afrotomation/afroapp/internal/version"
)

const versionHelp = `Print the version of afroctl.

Usage:
  afroctl version

An operator of the same version applies what this afroctl renders.
`

func printVersion(args []string, s streams) int {
	fs := flag.NewFlagSet("version", flag.ContinueOnError)
	if code, done := parse(fs, args, versionHelp, s); done {
		return code
	}
	fmt.Fprintln(s.out, "afroctl", version.String())
	return exitOK
}
