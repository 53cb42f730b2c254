package doctor

import (
	"regexp"
	"slices"
	"strings"
)

// install is what was read of image-updater's own installation.
type install struct {
	major   string // "0", "1", or empty: not known
	at      value  // what says so
	args    []value
	configs []value // ConfigMaps argocd-image-updater-config
	values  []value // of its Helm chart
	deploys []object
}

const updaterName = "argocd-image-updater"

func (s *set) findInstall() install {
	var in install
	for _, o := range s.objects {
		switch o.kind {
		case "Deployment":
			in.deployment(o)
		case "ConfigMap":
			if o.name == updaterName+"-config" {
				in.configs = append(in.configs, o.value)
			}
		}
	}
	for _, a := range s.apps {
		for _, src := range a.sources {
			if src.chart == updaterName {
				in.version(src.revision, src.get("targetRevision"))
				in.chart(valuesOf(src)...)
			}
		}
	}
	for _, d := range s.docs {
		in.document(d)
	}
	if in.major == "" && (len(s.updaters) > 0 || s.CRD) {
		in.major = "1"
	}
	return in
}

func (in *install) deployment(o object) {
	for _, c := range o.get("spec", "template", "spec", "containers").items() {
		name, tag, _ := splitImage(c.str("image"))
		if !strings.HasSuffix(name, "/"+updaterName) && o.name != updaterName {
			continue
		}
		in.deploys = append(in.deploys, o)
		in.version(tag, c.get("image"))
		in.args = append(in.args, append(c.get("command").items(), c.get("args").items()...)...)
	}
}

// chart takes values of the Helm chart.
func (in *install) chart(values ...value) {
	for _, v := range values {
		in.values = append(in.values, v)
		in.args = append(in.args, v.get("extraArgs").items()...)
		in.version(v.str("image", "tag"), v.get("image", "tag"))
	}
}

var manifestVersion = regexp.MustCompile(`argoproj-labs/argocd-image-updater/(?:.*[?&]ref=)?v?([0-9]+\.[0-9]+)`)

// document reads a Chart.yaml or kustomization.yaml that installs image-updater, and a values file that says so in its name.
func (in *install) document(d *document) {
	root := value{node: d.root, doc: d}
	name := d.file.Path[strings.LastIndex(d.file.Path, "/")+1:]
	switch {
	case name == "Chart.yaml":
		for _, dep := range root.get("dependencies").items() {
			if dep.str("name") == updaterName {
				in.version(dep.str("version"), dep.get("version"))
			}
		}
	case slices.Contains(kustomizations, name):
		for _, r := range root.get("resources").items() {
			if m := manifestVersion.FindStringSubmatch(r.text()); m != nil {
				in.version(m[1], r)
			}
		}
		for _, c := range root.get("helmCharts").items() {
			if c.str("name") == updaterName {
				in.version(c.str("version"), c.get("version"))
				in.chart(c.get("valuesInline"))
			}
		}
	case root.get("kind").exists():
	case root.get(updaterName).exists(): // of a chart that depends on it
		in.chart(root.get(updaterName))
	case strings.Contains(d.file.Path, "image-updater") && (root.get("config").exists() || root.get("extraArgs").exists()):
		in.chart(root)
	}
}

var majorVersion = regexp.MustCompile(`^v?([0-9]+)(\.|$)`)

func (in *install) version(v string, at value) {
	if m := majorVersion.FindStringSubmatch(v); m != nil && in.major == "" {
		in.major, in.at = m[1], at
	}
}

// owner of a place that belongs to no object with a name.
func ownerOf(s *set, v value) object {
	for _, o := range s.objects {
		if v.doc != nil && o.doc == v.doc {
			return o
		}
	}
	return object{}
}
