package build

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

// Chart is upstream's Helm chart in the module of a peer, of which some templates are rendered.
type Chart struct {
	Folder, Namespace string
	Values, Templates []string
}

// render writes what helm makes of the chart.
func (c Chart) render(ctx context.Context, helm, module, name, into string) error {
	words := []string{"template", name, filepath.Join(module, c.Folder), "--namespace", c.Namespace}
	for _, value := range c.Values {
		words = append(words, "--set", value)
	}
	for _, template := range c.Templates {
		words = append(words, "--show-only", "templates/"+template)
	}
	manifest, err := pinned.Output(exec.CommandContext(ctx, helm, words...))
	if err != nil {
		return fmt.Errorf("rendering the chart of %s: %w", name, err)
	}
	return os.WriteFile(into, []byte(manifest), 0o644)
}
