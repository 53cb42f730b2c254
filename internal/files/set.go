package files

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// App is an AfroApp and where it stands.
type App struct {
	*v1alpha1.AfroApp
	File string
	// Fields as the file has them: the type cannot tell an empty text from none.
	Fields map[string]any
}

// Subject of the app in a Problem.
func (a App) Subject() string { return "afroapp/" + a.Name }

// Platform is the AfroPlatform and where it stands.
type Platform struct {
	*v1alpha1.AfroPlatform
	File   string
	Fields map[string]any // as the file has them
}

// Set is what files hold.
type Set struct {
	// Apps, sorted by namespace and name.
	Apps []App
	// Platform, or nil.
	Platform *Platform
	// BrokenPlatform: there is an AfroPlatform, and it could not be read.
	BrokenPlatform bool
	// Problems, in the order of the files.
	Problems []Problem

	names      map[types.NamespacedName]string // of AfroApps, with their file
	namespaces map[string]platform.Namespace
	archives   map[types.NamespacedName]string
}

// Load reads files, folders and standard input. Objects of other kinds are passed over.
func Load(paths []string, o Options) *Set {
	s := &Set{names: map[types.NamespacedName]string{}, namespaces: map[string]platform.Namespace{}, archives: map[types.NamespacedName]string{}}
	contents, problems := read(paths, o.Stdin)
	s.Problems = problems
	for _, f := range contents {
		for _, d := range split(f) {
			objects, problems := parse(d)
			s.Problems = append(s.Problems, problems...)
			for _, x := range objects {
				s.take(x, o)
			}
		}
	}
	slices.SortStableFunc(s.Apps, func(a, b App) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return s
}

// Namespace is what the files say of a namespace. Every namespace carries its name as a label: the API server sees to it.
func (s *Set) Namespace(name string) platform.Namespace {
	ns := s.namespaces[name]
	labels := map[string]string{"kubernetes.io/metadata.name": name}
	for k, v := range ns.Labels {
		labels[k] = v
	}
	return platform.Namespace{Name: name, UID: ns.UID, Labels: labels}
}

// ServerName is the archive of a CloudNativePG Cluster, where the files hold that Cluster; else empty.
func (s *Set) ServerName(namespace, name string) string {
	return s.archives[types.NamespacedName{Namespace: namespace, Name: name}]
}

func (s *Set) problem(o object, format string, args ...any) {
	s.Problems = append(s.Problems, Problem{File: o.file, Subject: o.subject(), Text: fmt.Sprintf(format, args...)})
}

func (s *Set) take(x object, o Options) {
	group, version, found := strings.Cut(x.apiVersion(), "/")
	switch {
	case found && group == v1alpha1.GroupVersion.Group || slices.Contains(kinds, x.kind()):
		s.takeOurs(x, o)
	case x.kind() == "Namespace" && x.apiVersion() == "v1":
		s.namespaces[x.name()] = platform.Namespace{Name: x.name(), UID: types.UID(text(x.metadata("uid"))), Labels: stringMap(x.metadata("labels"))}
	case x.kind() == foreign.Cluster.Kind && group == foreign.Cluster.Group && version == foreign.Cluster.Version:
		s.archives[types.NamespacedName{Namespace: x.namespace(), Name: x.name()}] = archive(x)
	}
}

var kinds = []string{"AfroApp", "AfroPlatform", "AfroHostClaim"}

// takeOurs refuses what looks like ours and is not: an object that is passed over would read as one that is fine.
func (s *Set) takeOurs(x object, o Options) {
	if want := v1alpha1.GroupVersion.String(); x.apiVersion() != want {
		s.problem(x, "apiVersion: %q is not known; write %s", x.apiVersion(), want)
		return
	}
	switch x.kind() {
	case "AfroApp":
		s.takeApp(x, o)
	case "AfroPlatform":
		s.takePlatform(x, o)
	case "AfroHostClaim": // made by the controller; it says nothing that is needed here
	default:
		s.problem(x, "kind: not one of %s; mend its spelling", strings.Join(kinds, ", "))
	}
}

func (s *Set) takeApp(x object, o Options) {
	app, ok := typed[v1alpha1.AfroApp](s, x, o)
	if !ok {
		return
	}
	if app.Namespace == "" {
		app.Namespace = o.Namespace
	}
	if !o.Lenient && !s.namespaced(x, app) {
		return
	}
	key := types.NamespacedName{Namespace: app.Namespace, Name: app.Name}
	if other, taken := s.names[key]; taken {
		s.problem(x, "metadata.name: %s is also in %s; remove one of them", key, other)
		return
	}
	s.names[key] = x.file
	s.Apps = append(s.Apps, App{AfroApp: app, File: x.file, Fields: x.fields})
}

// namespaced tells whether an app names a namespace that can exist: child names and grants are made of it.
func (s *Set) namespaced(x object, app *v1alpha1.AfroApp) bool {
	switch {
	case app.Namespace == "":
		s.problem(x, "metadata.namespace: missing; write it, or name it with --namespace")
	case len(validation.IsDNS1123Label(app.Namespace)) > 0:
		s.problem(x, "metadata.namespace: not the name of a namespace; use lower-case letters, digits and '-', at most 63")
	default:
		return true
	}
	return false
}

func (s *Set) takePlatform(x object, o Options) {
	p, ok := typed[v1alpha1.AfroPlatform](s, x, o)
	switch {
	case !ok:
		s.BrokenPlatform = true
	case s.Platform != nil:
		s.problem(x, "metadata.name: an AfroPlatform is also in %s, and a cluster has one; remove one of them", s.Platform.File)
	default:
		s.Platform = &Platform{AfroPlatform: p, File: x.file, Fields: x.fields}
	}
}

func typed[T any](s *Set, x object, o Options) (*T, bool) {
	out, errs := decode[T](x.fields, !o.Lenient)
	for _, e := range errs {
		s.problem(x, "%s", e)
	}
	return out, len(errs) == 0
}

// archive is the folder that the Barman plugin of a Cluster writes to.
func archive(x object) string {
	spec, _ := x.fields["spec"].(map[string]any)
	plugins, _ := spec["plugins"].([]any)
	for _, p := range plugins {
		plugin, _ := p.(map[string]any)
		if plugin["name"] == foreign.BarmanPlugin {
			return stringMap(plugin["parameters"])["serverName"]
		}
	}
	return ""
}

func stringMap(v any) map[string]string {
	in, _ := v.(map[string]any)
	out := make(map[string]string, len(in))
	for k, x := range in {
		out[k] = text(x)
	}
	return out
}
