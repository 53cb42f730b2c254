package suite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// fleetFolder is the sample that users copy, as stories see it from their folders.
const fleetFolder = "../../../../config/samples/fleet"

// fleetHere puts what a lab has in the place of what the fleet's owner has: registries, domains, repositories.
var fleetHere = strings.NewReplacer(
	"ghcr.io/", "registry.lab.internal:5000/", "docker.io/", "registry.lab.internal:5000/",
	"www.clickrise.io", "www-clickrise-io.apps.lab.internal", "clickrise.io", "clickrise-io.apps.lab.internal",
	"uptime.tail4d2c.ts.net", "uptime.apps.lab.internal",
	"afrotomation.com/v1alpha1", "afrotomation.com/v1alpha1", // our API group ends with the name of one of the domains
	"afrotomation.com", "apps.lab.internal", "https://github.com/codenificient/", "https://git.lab.internal:3000/",
	"postgis, ", "", // of the extensions, Debian's PostGIS would be half of the database's image
)

func (s *Story) fleetApps() []*unstructured.Unstructured {
	s.Helper()
	var all []*unstructured.Unstructured
	err := filepath.WalkDir(filepath.Join(fleetFolder, "apps"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all = append(all, s.parse(fleetHere.Replace(string(raw)))...)
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return all
}

// fit makes an app of the fleet small enough for a lab, pushes its image, and puts the lab's names into it.
func (s *Story) fit(object *unstructured.Unstructured) {
	s.Helper()
	spec := object.Object["spec"].(map[string]any)
	delete(spec, "resources")
	if exposure, ok := spec["exposure"].(map[string]any); ok && exposure["visibility"] == "Tailnet" {
		delete(exposure, "visibility")
		for n, host := range spec["hosts"].([]any) {
			if !strings.Contains(host.(string), ".") {
				spec["hosts"].([]any)[n] = host.(string) + ".apps.lab.internal"
			}
		}
	}
	if database, ok := spec["database"].(map[string]any); ok && database["mode"] == string(v1alpha1.DatabaseDedicated) {
		database["instances"], database["storage"] = int64(1), "1Gi"
	}
	image, pinned, isPinned := strings.Cut(spec["image"].(string), "@")
	port, hasPort := spec["port"].(int64)
	if !hasPort {
		port = 8080
	}
	reference := image
	if isPinned {
		reference += ":pinned"
	}
	digest := s.push(reference, pinned+"1", fmt.Sprintf("PORT=%d", port))
	if isPinned {
		spec["image"] = image + "@" + digest
	}
	object.Object = s.parse(s.Here(mustYAML(object.Object)))[0].Object
}

// fleetSources are the repositories that apps bring, and the manifests that are in the infra repository.
func (s *Story) fleetSources() {
	s.Helper()
	s.Commit("infra", filepath.Join(fleetFolder, "manifests"), "manifests")
	own, err := filepath.Glob("../fleet/repositories/*")
	if err != nil || len(own) == 0 {
		s.Fatalf("the repositories of the fleet: %v, %v", own, err)
	}
	for _, folder := range own {
		s.Commit(filepath.Base(folder), folder, "")
	}
}
