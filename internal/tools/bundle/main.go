// Command bundle makes the OLM bundle from config/: `make bundle`. It stands in for operator-sdk, and
// writes the same files for the same input, always.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "the repository")
	out := flag.String("out", "bundle", "the folder to write; what is in it is replaced")
	flag.Parse()
	if err := run(*root, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(root, out string) error {
	files, err := Generate(root)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(out, "manifests")); err != nil {
		return err
	}
	for path, content := range files {
		if err := write(filepath.Join(out, path), content); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
