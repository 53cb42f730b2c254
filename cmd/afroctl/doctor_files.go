package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/internal/doctor"
)

// maxFile is the largest file that is read: nobody writes more by hand, and a repository may hold anything.
const maxFile = 5 << 20

// folderReader collects the files of folders.
type folderReader struct {
	in      doctor.Input
	skipped []doctor.Skipped
	errs    []error
	read    map[string]bool // by their real path
	shown   map[string]bool
}

// readFolders reads what -f names. What could not be read is an error; the rest is there all the same.
func readFolders(paths []string, stdin io.Reader) (doctor.Input, []doctor.Skipped, error) {
	r := &folderReader{read: map[string]bool{}, shown: map[string]bool{}}
	for _, p := range paths {
		if p == "-" {
			raw, err := io.ReadAll(stdin)
			r.errs = append(r.errs, err)
			r.in.Files = append(r.in.Files, doctor.File{Path: p, Raw: raw, Live: true})
			continue
		}
		if err := r.path(p); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	return r.in, r.skipped, errors.Join(r.errs...)
}

func (r *folderReader) path(p string) error {
	info, err := os.Stat(p)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if !r.first(p) {
			return nil
		}
		return r.file(p, filepath.Dir(p), filepath.Dir(p), true)
	}
	top, err := filepath.EvalSymlinks(p)
	if err != nil {
		return err
	}
	return filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			r.link(name, p, top)
			return nil
		case d.IsDir() || !wanted(name):
			return nil
		case !r.first(name):
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		return r.file(name, p, top, false)
	})
}

// wanted tells whether a file may hold what is looked for: YAML, JSON, and the helpers of a chart.
func wanted(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json", ".tpl"}, filepath.Ext(name)) || filepath.Base(name) == "Kustomization"
}

// link says so where a link leads out of the folder. Inside, what it leads to is read where it is.
func (r *folderReader) link(name, given, top string) {
	target, err := filepath.EvalSymlinks(name)
	reason := "a link that leads out of the folder"
	switch {
	case err != nil && wanted(name):
		reason = "a link that leads nowhere"
	case err != nil || target == top || strings.HasPrefix(target, top+string(filepath.Separator)):
		return
	case !wanted(name) && !isFolder(target):
		return
	}
	if r.first(name) {
		r.skipped = append(r.skipped, doctor.Skipped{File: shownPath(name, given, top), Reason: reason})
	}
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// first tells whether a file was not yet met, by way of another path.
func (r *folderReader) first(name string) bool {
	absolute, err := filepath.Abs(name)
	if err != nil {
		absolute = name
	}
	before := r.read[absolute]
	r.read[absolute] = true
	return !before
}

func (r *folderReader) file(name, given, top string, alone bool) error {
	shown := shownPath(name, given, top)
	if r.shown[shown] {
		shown = filepath.ToSlash(filepath.Join(given, below(name, top))) // of another folder
	}
	r.shown[shown] = true
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		r.skipped = append(r.skipped, doctor.Skipped{File: shown, Reason: fmt.Sprintf("larger than %d MiB", maxFile>>20)})
		return nil
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if filepath.Ext(name) == ".json" && !bytes.Contains(raw, []byte(`"apiVersion"`)) {
		return nil // packages, locks, dashboards
	}
	r.in.Files = append(r.in.Files, doctor.File{Path: shown, Folder: below(name, top), Repo: below(name, repository(top)), Raw: raw, Alone: alone})
	return nil
}

// shownPath is the path as it was given, where that can stand in a patch; else from the folder.
func shownPath(name, given, top string) string {
	rest := below(name, top)
	if !filepath.IsLocal(given) {
		return rest
	}
	return filepath.ToSlash(filepath.Join(given, rest))
}

func below(name, folder string) string {
	rel, err := filepath.Rel(folder, name)
	if err == nil && folder != "" && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	absolute, err := filepath.Abs(name)
	if err != nil || folder == "" {
		return ""
	}
	if rel, err = filepath.Rel(folder, absolute); err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// repository is the root of the Git repository that holds a folder, or empty.
func repository(folder string) string {
	dir, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
