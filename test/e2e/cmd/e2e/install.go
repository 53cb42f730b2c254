package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/test/e2e/build"
	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/pinned"
)

// peerWaves: what comes later needs the CRDs or the webhooks of what came before.
var peerWaves = [][]string{
	{"storage", "coredns"},
	{"cert-manager", "ingress-nginx", "argocd", "image-updater", "cnpg"},
	{"issuers", "plugin-barman-cloud"},
}

const applyWithin = 3 * time.Minute

// installer runs inside the node's network.
type installer struct {
	ctx         context.Context
	state, root string
	kubectl     string
	began       time.Time
}

func install(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("install takes the state folder and the checkout")
	}
	i := installer{ctx: ctx, state: args[0], root: args[1], kubectl: filepath.Join(args[0], "bin", "kubectl"), began: time.Now()}
	for _, step := range []func() error{i.storage, i.infra, i.acme, i.peers, i.operator, i.rollouts, i.authority} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (i installer) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "        +%.1fs  %s\n", time.Since(i.began).Seconds(), fmt.Sprintf(format, args...))
}

func (i installer) peers() error {
	for _, wave := range peerWaves {
		for _, peer := range wave {
			if err := i.apply(filepath.Join(i.state, "peers", peer)); err != nil {
				return err
			}
		}
		i.say("applied %s", strings.Join(wave, ", "))
	}
	return nil
}

// apply tries again for as long as a CRD is not served yet, or a webhook does not answer yet.
func (i installer) apply(kustomization string) error {
	limit := time.Now().Add(applyWithin)
	for {
		err := i.run("apply", "--server-side", "--force-conflicts", "-k", kustomization)
		if err == nil || time.Now().After(limit) || i.ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Second)
	}
}

// rollouts waits for every Deployment and StatefulSet of the cluster.
func (i installer) rollouts() error {
	out, err := i.output("get", "deployments,statefulsets", "-A", "-o",
		`jsonpath={range .items[*]}{.metadata.namespace}{" "}{.kind}{"/"}{.metadata.name}{"\n"}{end}`)
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		namespace, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := i.run("rollout", "status", "-n", namespace, strings.ToLower(name), "--timeout=300s"); err != nil {
			return err
		}
		i.say("ready: %s", name)
	}
	return nil
}

// operator installs ours as the README says: its image, config/default, and the health scripts for Argo CD.
func (i installer) operator() error {
	manifest, err := i.output("kustomize", filepath.Join(i.root, "config", "default"))
	if err != nil {
		return err
	}
	name, err := operatorName(manifest)
	if err != nil {
		return err
	}
	if err := build.Push(i.ctx, node.Address+":5000", operatorImage(filepath.Join(i.root, "bin"), name)); err != nil {
		return err
	}
	if err := i.next(manifest, name); err != nil {
		return err
	}
	if err := i.apply(filepath.Join(i.root, "config", "default")); err != nil {
		return err
	}
	return i.run("-n", "argocd", "patch", "configmap", "argocd-cm", "--type", "merge", "--patch-file",
		filepath.Join(i.root, "config", "argocd", "argocd-cm.yaml"))
}

// next is the version that the upgrade goes to: its image, and its manifest in the state folder.
func (i installer) next(manifest, name string) error {
	repository, _, _ := strings.Cut(name, ":")
	next := repository + ":" + nextVersion
	if err := build.Push(i.ctx, node.Address+":5000", operatorImage(filepath.Join(i.root, "bin", "next"), next)); err != nil {
		return err
	}
	return os.WriteFile(nextManifest(i.state), []byte(strings.ReplaceAll(manifest, "image: "+name, "image: "+next)), 0o644)
}

func nextManifest(state string) string { return filepath.Join(state, "operator-next.yaml") }

func (i installer) run(words ...string) error {
	_, err := i.output(words...)
	return err
}

func (i installer) output(words ...string) (string, error) {
	cmd := exec.CommandContext(i.ctx, i.kubectl, words...)
	node.Bind(cmd)
	out, err := pinned.Output(cmd)
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w", strings.Join(words, " "), err)
	}
	return out, nil
}
