package suite

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/afrotomation/afroapp/test/e2e/worktree"
)

// Commit puts the files of a folder into a repository of the lab, beside the infra repository, below a path.
func (s *Story) Commit(repository, folder, below string) {
	s.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path.Join(folder, name))
		files[path.Join(below, name)] = s.Here(fleetHere.Replace(string(raw)))
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	clone := &worktree.Worktree{URL: strings.Replace(s.InfraPush, "infra.git", repository+".git", 1), Dir: s.TempDir(), Author: author}
	if err := clone.Push(s.Context(), files); err != nil {
		s.Fatal(err)
	}
}
