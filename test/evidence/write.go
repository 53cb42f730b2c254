package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Write an object as evidence, with a comment on how it came to be so. The values of Secrets are left out.
func Write(file, comment string, object *unstructured.Unstructured) error {
	object = object.DeepCopy()
	for _, field := range []string{"data", "stringData"} {
		values, _, _ := unstructured.NestedMap(object.Object, field)
		for name := range values {
			values[name] = "redacted"
		}
		if object.GetKind() == "Secret" && values != nil {
			object.Object[field] = values
		}
	}
	raw, err := yaml.Marshal(object.Object)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append([]byte("# "+comment+"\n"), raw...), 0o644)
}

// CompareFolders says what changed between two recordings of the same stories, file by file: for example of two versions of
// a peer. All managers are compared.
func CompareFolders(before, after string) ([]string, error) {
	was, err := readAll(before)
	if err != nil {
		return nil, err
	}
	is, err := readAll(after)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, file := range names(was, is) {
		switch {
		case is[file] == nil:
			lines = append(lines, file+": not recorded any more")
		case was[file] == nil:
			lines = append(lines, file+": new")
		default:
			peers := append(managers(was[file]), managers(is[file])...)
			for _, difference := range Compare(Shape(was[file], peers...), Shape(is[file], peers...)) {
				lines = append(lines, file+": "+difference.String())
			}
		}
	}
	orders, err := compareOrders(before, after)
	return append(lines, orders...), err
}

// compareOrders of the requests that both recordings have.
func compareOrders(before, after string) ([]string, error) {
	var lines []string
	files, err := filepath.Glob(filepath.Join(before, "*", RequestsFile))
	for _, file := range files {
		name, relErr := filepath.Rel(before, file)
		was, wasErr := os.ReadFile(file)
		is, isErr := os.ReadFile(filepath.Join(after, name))
		if errors.Is(isErr, fs.ErrNotExist) {
			lines = append(lines, name+": not recorded any more")
			continue
		}
		if err := errors.Join(relErr, wasErr, isErr); err != nil {
			return nil, err
		}
		for _, difference := range InOrder(strings.Split(string(was), "\n"), strings.Split(string(is), "\n")) {
			lines = append(lines, filepath.ToSlash(name)+": "+difference.String())
		}
	}
	return lines, err
}

func names(folders ...map[string]*unstructured.Unstructured) []string {
	var all []string
	for _, folder := range folders {
		for file := range folder {
			all = append(all, file)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func managers(object *unstructured.Unstructured) []string {
	var all []string
	for _, entry := range object.GetManagedFields() {
		all = append(all, entry.Manager)
	}
	return all
}

func readAll(folder string) (map[string]*unstructured.Unstructured, error) {
	objects := map[string]*unstructured.Unstructured{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(raw, &object.Object); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		name, err := filepath.Rel(folder, path)
		if object.Object == nil {
			return errors.Join(err, fmt.Errorf("%s holds no object", path))
		}
		objects[filepath.ToSlash(name)] = object
		return err
	})
	return objects, err
}
