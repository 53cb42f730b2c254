package build

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

func all() []pinned.Program {
	var programs []pinned.Program
	for _, peer := range peers {
		programs = append(programs, peer.Programs...)
	}
	return programs
}

// Programs are the compiled commands.
type Programs struct {
	recipes map[string]pinned.Recipe
	cache   string
}

// FindPrograms knows where each command is or will be. The test folder is the one of the checkout.
func FindPrograms(testFolder, cache string) Programs {
	recipes := map[string]pinned.Recipe{}
	for _, p := range all() {
		recipes[p.Name] = pinned.Recipe{Source: testFolder, Programs: []pinned.Program{p}}
	}
	return Programs{recipes: recipes, cache: filepath.Join(cache, "e2e", "bin")}
}

// Path of a command, whether it is there or not.
func (p Programs) Path(name string) (string, error) {
	recipe, known := p.recipes[name]
	if !known {
		return "", fmt.Errorf("%s: no such program", name)
	}
	key, err := recipe.Key()
	return filepath.Join(p.cache, key, name), err
}

// Paths of all commands by name.
func (p Programs) Paths() (map[string]string, error) {
	paths := map[string]string{}
	for name := range p.recipes {
		path, err := p.Path(name)
		if err != nil {
			return nil, err
		}
		paths[name] = path
	}
	return paths, nil
}

// Version of a command, as its wrapper pins it.
func (p Programs) Version(name string) (string, error) {
	recipe, known := p.recipes[name]
	if !known {
		return "", fmt.Errorf("%s: no such program", name)
	}
	return recipe.Version(recipe.Programs[0])
}

// Missing are the commands that are still to be compiled, each with the time that it takes.
func (p Programs) Missing() ([]string, error) {
	var missing []string
	for _, program := range all() {
		path, err := p.Path(program.Name)
		if err != nil {
			return nil, err
		}
		if !pinned.Executable(path) {
			missing = append(missing, program.Name)
		}
	}
	return missing, nil
}

// Ensure compiles what is missing.
func (p Programs) Ensure(ctx context.Context, progress pinned.Progress) error {
	for _, program := range all() {
		path, err := p.Path(program.Name)
		if err != nil {
			return err
		}
		if err := p.recipes[program.Name].Ensure(ctx, filepath.Dir(path), progress); err != nil {
			return err
		}
	}
	return nil
}
