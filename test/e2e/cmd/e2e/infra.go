package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/test/pinned"
)

// repositories of the lab. The infra repository has the workload chart, and so has the one to which nobody may push; the
// others are empty at first.
const (
	infraRepository = "infra"
	readOnly        = "readonly"
)

var repositories = []string{infraRepository, readOnly, "analytics", "wiki"}

// infra makes the Git repositories, with the workload chart where the AfroPlatform expects it.
func (i installer) infra() error {
	tree := filepath.Join(i.state, "infra")
	if err := os.CopyFS(filepath.Join(tree, "charts", "afroapp-workload"), os.DirFS(filepath.Join(i.root, "config", "workload-chart"))); err != nil {
		return err
	}
	steps := [][]string{
		{"-C", tree, "init", "--quiet", "--initial-branch=main"},
		{"-C", tree, "add", "--all"},
		{"-C", tree, "commit", "--quiet", "--message=the workload chart"},
	}
	for _, name := range repositories {
		bare := filepath.Join(i.state, "git", name+".git")
		steps = append(steps,
			[]string{"init", "--quiet", "--bare", "--initial-branch=main", bare},
			[]string{"-C", bare, "config", "http.receivepack", fmt.Sprint(name != readOnly)},
		)
		if name == infraRepository || name == readOnly {
			steps = append(steps, []string{"-C", tree, "push", "--quiet", bare, "main"})
		}
	}
	for _, words := range steps {
		cmd := exec.CommandContext(i.ctx, "git", append([]string{"-c", "user.name=lab", "-c", "user.email=lab@lab.internal"}, words...)...)
		if _, err := pinned.Output(cmd); err != nil {
			return fmt.Errorf("git: %w", err)
		}
	}
	return errors.Join(i.trustGit(), os.MkdirAll(filepath.Join(i.state, "s3", "lab-backups"), 0o755))
}

// trustGit tells Argo CD before its first pod starts: later a change of the ConfigMap takes a minute to reach it.
func (i installer) trustGit() error {
	authority, err := os.ReadFile(authorityFile(i.state))
	if err != nil {
		return err
	}
	patch, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "argocd-tls-certs-cm"},
		"data": map[string]any{"git.lab.internal": string(authority)},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(i.state, "peers", "argocd", "authority.yaml"), patch, 0o644)
}
