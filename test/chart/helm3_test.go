package chart

import (
	"path/filepath"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// TestHelm3RendersTheSame holds the goldens against the engine of Helm 3, which most installed Argo CDs bring.
func TestHelm3RendersTheSame(t *testing.T) {
	for name := range stories {
		t.Run(name, func(t *testing.T) {
			vals := values(t, read(t, filepath.Join("testdata", name, "values.yaml")))
			text, err := renderHelm3(vals)
			if err != nil {
				t.Fatal(err)
			}
			if want := mustRender(t, vals); text != want {
				t.Errorf("Helm 3 renders\n%s\nHelm 4 renders\n%s", text, want)
			}
		})
	}
}

// TestHelm3Refuses holds that its schema validation is in force too.
func TestHelm3Refuses(t *testing.T) {
	vals := values(t, "image: {repository: ghcr.io/acme/shop, tag: latest}\nport: 0")
	if text, err := renderHelm3(vals); err == nil {
		t.Fatalf("rendered:\n%s", text)
	}
}

func renderHelm3(vals map[string]any) (string, error) {
	files, err := chartFiles()
	if err != nil {
		return "", err
	}
	var loaded []*loader.BufferedFile
	for name, data := range files {
		loaded = append(loaded, &loader.BufferedFile{Name: name, Data: data})
	}
	chrt, err := loader.LoadFiles(loaded)
	if err != nil {
		return "", err
	}
	top, err := chartutil.ToRenderValues(chrt, vals, chartutil.ReleaseOptions{Name: releaseName, IsInstall: true}, nil)
	if err != nil {
		return "", err
	}
	rendered, err := engine.Render(chrt, top)
	if err != nil {
		return "", err
	}
	return join(rendered), nil
}
