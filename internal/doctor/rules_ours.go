package doctor

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/types"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// What is AfroApp's own.
var ourRules = []Rule{
	{ID: "AFRO054", Severity: Error, check: refused,
		Title: "an AfroApp that its AfroPlatform refuses",
		Help:  "The controller says so in the status, once it is applied; `afroctl render` says all of it from the files. Only where the AfroPlatform is among what was read."},
}

func refused(s *set) (out []Finding) {
	platforms := s.named("AfroPlatform")
	if len(platforms) != 1 {
		return nil
	}
	p, err := typed[v1alpha1.AfroPlatform](platforms[0])
	if err != nil {
		return found(platforms[0], value{}, "the AfroPlatform cannot be read", err.Error(), "see afroctl render")
	}
	for _, o := range s.named("AfroApp") {
		app, err := typed[v1alpha1.AfroApp](o)
		if err != nil {
			out = append(out, found(o, value{}, "the AfroApp cannot be read", err.Error(), "see afroctl render")...)
			continue
		}
		var refusals platform.Refusals
		if _, err := platform.Resolve(app, s.namespace(o.namespace), p, platform.Flavours{}); errors.As(err, &refusals) {
			for _, r := range refusals {
				out = append(out, found(o, fieldOf(o.value, r.Field), r.Field+": "+r.Cause, "the AfroPlatform of "+fileOf(platforms[0]), r.Remedy)...)
			}
		}
	}
	return out
}

func fileOf(o object) string { file, _ := o.where(); return file }

// fieldOf is the value of a field such as spec.hosts[0], or the nearest one above it that is there.
func fieldOf(v value, field string) value {
	for field != "" {
		if at := lookup(v, field); at.exists() {
			return at
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return v
}

func (s *set) namespace(name string) platform.Namespace {
	out := platform.Namespace{Name: name, Labels: map[string]string{"kubernetes.io/metadata.name": name}}
	for _, o := range s.named("Namespace") {
		if o.name == name {
			out.UID = types.UID(o.str("metadata", "uid"))
			for k, v := range o.get("metadata", "labels").strings() {
				out.Labels[k] = v
			}
		}
	}
	return out
}

func typed[T any](o object) (*T, error) {
	raw, err := yaml.Marshal(o.node)
	if err != nil {
		return nil, err
	}
	out := new(T)
	return out, sigsyaml.Unmarshal(raw, out)
}
