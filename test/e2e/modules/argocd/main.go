// Command argocd is the application controller, the repo server and the helper that gives git its password, in one
// binary, as upstream's image has them; the UI and its server are left out.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	askpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
)

var commands = map[string]func() *cobra.Command{
	"argocd-application-controller": controller.NewCommand,
	"argocd-repo-server":            reposerver.NewCommand,
	"argocd-git-ask-pass":           askpass.NewCommand,
}

// main takes the name from the environment before that of the file: the repo server starts git with
// GIT_ASKPASS=argocd and the name in ARGOCD_BINARY_NAME.
func main() {
	name := filepath.Base(os.Args[0])
	if given := os.Getenv("ARGOCD_BINARY_NAME"); given != "" {
		name = given
	}
	command, known := commands[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s: not in this binary\n", name)
		os.Exit(2)
	}
	if err := command().Execute(); err != nil {
		os.Exit(1)
	}
}
