package evidence

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

//go:embed recorded
var recorded embed.FS

// Recorded returns the first object of a kind in a recording, which may be a List: FILE, or FILE#NAME for one of that name.
func Recorded(file, kind string) (*unstructured.Unstructured, error) {
	file, name, _ := strings.Cut(file, "#")
	raw, err := fs.ReadFile(recorded, "recorded/"+file)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(raw, &object.Object); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if !object.IsList() {
		if object.GetKind() != kind {
			return nil, fmt.Errorf("%s holds a %s, not a %s", file, object.GetKind(), kind)
		}
		return object, nil
	}
	list, err := object.ToList()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i := range list.Items {
		if o := &list.Items[i]; o.GetKind() == kind && (name == "" || o.GetName() == name) {
			return o, nil
		}
	}
	return nil, fmt.Errorf("%s holds no %s %s", file, kind, name)
}
