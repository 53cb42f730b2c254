package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// stdinPath is the path of standard input.
const stdinPath = "-"

// extensions of the files that are read in a folder. A file that is named itself may have any.
var extensions = []string{".yaml", ".yml", ".json"}

// file is the content of one file.
type file struct {
	path string
	raw  []byte
}

// read reads every file once, in the order of the paths; in folders by name. Hidden folders and
// Helm charts are passed over.
func read(paths []string, stdin io.Reader) (out []file, problems []Problem) {
	seen := map[string]bool{}
	for _, p := range paths {
		names, err := list(p)
		if err != nil {
			problems = append(problems, unreadable(p, err))
		}
		for _, name := range names {
			if seen[filepath.Clean(name)] {
				continue
			}
			seen[filepath.Clean(name)] = true
			raw, err := content(name, stdin)
			if err != nil {
				problems = append(problems, unreadable(name, err))
				continue
			}
			out = append(out, file{path: name, raw: raw})
		}
	}
	return out, problems
}

// list gives the files that a path stands for: itself, or those below a folder.
func list(path string) ([]string, error) {
	info, err := os.Stat(path)
	if path == stdinPath || err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != path && (strings.HasPrefix(d.Name(), ".") || isChart(name)):
			return fs.SkipDir
		case !d.IsDir() && slices.Contains(extensions, filepath.Ext(name)):
			out = append(out, name)
		}
		return nil
	})
	return out, err
}

// isChart tells whether a folder is a Helm chart: its templates are no YAML, and an infra repository has some beside its apps.
func isChart(folder string) bool {
	info, err := os.Stat(filepath.Join(folder, "Chart.yaml"))
	return err == nil && info.Mode().IsRegular()
}

func content(path string, stdin io.Reader) ([]byte, error) {
	if path == stdinPath {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(path)
}

// unreadable leaves the path out of the cause: it stands in front already.
func unreadable(path string, err error) Problem {
	cause := err.Error()
	var p *fs.PathError
	if errors.As(err, &p) {
		cause = p.Err.Error()
		if p.Path != path {
			cause = p.Path + ": " + cause
		}
	}
	return Problem{File: path, Text: "cannot be read: " + cause + "; mend the path, or its permissions"}
}
