package chart

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
)

const (
	chartDir = "linked/workload-chart"
	// releaseName differs from every nameOverride of the stories, so that a mix-up shows.
	releaseName = "release-of-argo"
)

// values reads a values file as Helm reads one.
func values(t *testing.T, yaml string) map[string]any {
	t.Helper()
	v, err := common.ReadValues([]byte(yaml))
	if err != nil {
		t.Fatalf("read the values: %v", err)
	}
	return v
}

// render gives the manifests of the chart as one text, in the order of their file names. The error is the schema's or a template's.
func render(vals map[string]any) (string, error) {
	return renderAs(releaseName, vals)
}

func renderAs(release string, vals map[string]any) (string, error) {
	chrt, err := loadChart()
	if err != nil {
		return "", fmt.Errorf("load the chart: %w", err)
	}
	top, err := util.ToRenderValues(chrt, vals, common.ReleaseOptions{Name: release, Namespace: "shop", IsInstall: true}, nil)
	if err != nil {
		return "", err
	}
	files, err := engine.Render(chrt, top)
	if err != nil {
		return "", err
	}
	return join(files), nil
}

func loadChart() (*chart.Chart, error) {
	files, err := chartFiles()
	if err != nil {
		return nil, err
	}
	var loaded []*archive.BufferedFile
	for name, data := range files {
		loaded = append(loaded, &archive.BufferedFile{Name: name, Data: data})
	}
	return loader.LoadFiles(loaded)
}

// chartFiles reads the files of the chart, by their paths inside it.
func chartFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	dir := os.DirFS(chartDir)
	err := fs.WalkDir(dir, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(dir, path)
		return err
	})
	return files, err
}

// join puts the rendered files behind each other, without the empty ones.
func join(files map[string]string) string {
	var docs []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if doc := strings.TrimSpace(files[name]); doc != "" {
			docs = append(docs, doc+"\n")
		}
	}
	return strings.Join(docs, "---\n")
}

func mustRender(t *testing.T, vals map[string]any) string {
	t.Helper()
	text, err := render(vals)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	return text
}
