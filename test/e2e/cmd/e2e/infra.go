package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

// repositories of the lab. Every one but the infra repository is empty at first; to ReadOnly nobody may push.
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
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git: %w: %s", err, pinned.LastLine(string(out)))
		}
	}
	return os.MkdirAll(filepath.Join(i.state, "s3", "lab-backups"), 0o755)
}
