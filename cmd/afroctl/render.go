package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/afrotomation/afroapp/internal/files"
)

const renderHelp = `Print what the controller would apply for the AfroApps in some files.

Usage:
  afroctl render -f FILE… [flags]

The objects are those that the controller sends, byte for byte, in its order: per AfroApp, sorted by namespace and name.
With an AfroPlatform among the files, what it makes for all apps comes first: an AppProject for each namespace that has
apps and was granted none by name, and the shared database cluster if it is managed.

What the controller or the API server would refuse goes to standard error, one line each, "FILE: kind/name: field: cause;
remedy"; the other apps are rendered all the same, and the exit code is 1. A host that two apps name is refused to the
later one, which is rendered without it.

Examples:
  afroctl render -f platform.yaml -f apps/                     # a repository
  afroctl render -f apps/ --platform platform.yaml             # only what the apps become
  afroctl render -f infra/ --app shop/web                      # one app
  afroctl render -f infra/ >/dev/null                          # a check for CI: exit code 1 with any refusal
  kubectl get afroplatforms,namespaces,afroapps,clusters.postgresql.cnpg.io -A -o yaml | afroctl render -f -

Flags:
  -f, --filename FILE    A file, a folder (every *.yaml, *.yml and *.json below it, but for hidden folders and Helm
                         charts), or - for standard input. Can be repeated. Read are AfroApps and the AfroPlatform;
                         Namespaces, for their labels and UIDs; CloudNativePG Clusters, for the archive that they write
                         to. Other kinds are passed over.
  --platform FILE        The AfroPlatform to read the apps against, where it is not among the files. What it makes for
                         itself is not printed.
  --app NAMESPACE/NAME   Only this app, and not what the platform makes.
  -n, --namespace NAME   The namespace of AfroApps that name none. Without it they are refused.
  --flavours LIST        What is installed, where it differs from everything, separated by commas. What is not installed
                         is left out, with a note on standard error.
                           argocd         installed, none
                           image-updater  crd (1.1.1 and later), annotations (0.x)
                           cert-manager   installed, none
                           gateway-api    installed, no-listenersets, none
                           cnpg           installed, before-1.30, none
                           barman         installed, none
  --password-key FILE    The key that database passwords are derived from, as raw bytes. Without it a placeholder stands
                         where passwords do. Passwords also need the UID of the namespace, so its Namespace has to be
                         among the files as the cluster has it.
  -o, --output FORMAT    yaml (a stream of documents, the default) or json (a List).

What only the API server knows, such as the UID of an AfroApp that is not there yet, is rendered as zeros.
`

func render(args []string, s streams) int {
	fs := flag.NewFlagSet("render", flag.ContinueOnError)
	var o renderOptions
	paths := filesFlag(fs)
	o.bind(fs)
	if code, done := parse(fs, args, renderHelp, s); done {
		return code
	}
	o.paths = *paths
	in, err := o.check()
	if err != nil {
		return misused(s, fs.Name(), err.Error())
	}
	r := &renderer{options: o, installed: in, stderr: s.err}
	if o.keyFile != "" {
		if r.key, err = readKey(o.keyFile); err != nil {
			fmt.Fprintln(s.err, "afroctl render: --password-key:", err)
			return exitRefused
		}
	}
	r.render(files.Load(o.paths, files.Options{Stdin: s.in, Namespace: o.namespace}))
	return r.print(s)
}

type renderOptions struct {
	paths                                               []string
	platform, app, namespace, flavours, keyFile, output string
}

func (o *renderOptions) bind(fs *flag.FlagSet) {
	fs.StringVar(&o.platform, "platform", "", "")
	fs.StringVar(&o.app, "app", "", "")
	fs.StringVar(&o.namespace, "n", "", "")
	fs.StringVar(&o.namespace, "namespace", "", "")
	fs.StringVar(&o.flavours, "flavours", "", "")
	fs.StringVar(&o.keyFile, "password-key", "", "")
	fs.StringVar(&o.output, "o", "yaml", "")
	fs.StringVar(&o.output, "output", "yaml", "")
}

func (o *renderOptions) check() (installed, error) {
	if len(o.paths) == 0 {
		return installed{}, errors.New("no files; name them with -f")
	}
	if o.output != "yaml" && o.output != "json" {
		return installed{}, fmt.Errorf("--output %s: not one of yaml, json", o.output)
	}
	if err := checkApp(o.app); err != nil {
		return installed{}, err
	}
	return parseFlavours(o.flavours)
}

// keySize is the least that the operator itself takes.
const keySize = 32

// readKey refuses a key that cannot be the operator's: every password would be wrong, and nobody would be told.
func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err == nil && len(key) < keySize {
		err = fmt.Errorf("%s holds less than %d bytes; give the key as raw bytes, not encoded", path, keySize)
	}
	return key, err
}
