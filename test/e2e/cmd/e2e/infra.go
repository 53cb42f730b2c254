package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

// infra makes the Git repository of the platform, with the workload chart where the AfroPlatform expects it.
func (i installer) infra() error {
	tree := filepath.Join(i.state, "infra")
	bare := filepath.Join(i.state, "git", "infra.git")
	if err := os.CopyFS(filepath.Join(tree, "charts", "afroapp-workload"), os.DirFS(filepath.Join(i.root, "config", "workload-chart"))); err != nil {
		return err
	}
	for _, words := range [][]string{
		{"init", "--quiet", "--bare", "--initial-branch=main", bare},
		{"-C", bare, "config", "http.receivepack", "true"},
		{"-C", tree, "init", "--quiet", "--initial-branch=main"},
		{"-C", tree, "add", "--all"},
		{"-C", tree, "commit", "--quiet", "--message=the workload chart"},
		{"-C", tree, "push", "--quiet", bare, "main"},
	} {
		cmd := exec.CommandContext(i.ctx, "git", append([]string{"-c", "user.name=lab", "-c", "user.email=lab@lab.internal"}, words...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git: %w: %s", err, pinned.LastLine(string(out)))
		}
	}
	return os.MkdirAll(filepath.Join(i.state, "s3", "lab-backups"), 0o755)
}
