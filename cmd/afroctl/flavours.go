package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// peer is a system of the cluster, and in which flavours it may be there. The first flavour is the default.
type peer struct {
	name     string
	flavours []flavour
}

// flavour is a value of --flavours, and what a cluster with it lacks.
type flavour struct {
	value   string
	missing []schema.GroupVersionKind
	lack    string // in words, for notes
}

var peers = []peer{
	{"argocd", []flavour{{value: "installed"},
		{"none", []schema.GroupVersionKind{foreign.Application, foreign.AppProject}, "Argo CD is not installed"}}},
	{"image-updater", []flavour{{value: "crd"},
		{"annotations", []schema.GroupVersionKind{foreign.ImageUpdater}, "image-updater is configured by annotations"}}},
	{"cert-manager", []flavour{{value: "installed"},
		{"none", []schema.GroupVersionKind{foreign.Certificate}, "cert-manager is not installed"}}},
	{"gateway-api", []flavour{{value: "installed"},
		{"no-listenersets", []schema.GroupVersionKind{foreign.ListenerSet}, "the Gateway API is too old for ListenerSets"},
		{"none", []schema.GroupVersionKind{foreign.HTTPRoute, foreign.ListenerSet}, "the Gateway API is not installed"}}},
	{"cnpg", []flavour{{value: "installed"},
		{"before-1.30", []schema.GroupVersionKind{foreign.DatabaseRole}, "CloudNativePG is older than 1.30"},
		{"none", []schema.GroupVersionKind{foreign.Cluster, foreign.Database, foreign.DatabaseRole, foreign.ScheduledBackup}, "CloudNativePG is not installed"}}},
	{"barman", []flavour{{value: "installed"},
		{"none", []schema.GroupVersionKind{foreign.ObjectStore}, "the Barman Cloud plugin is not installed"}}},
}

// installed is what a cluster serves, and in words why it does not serve the rest.
type installed struct {
	flavours platform.Flavours
	lacks    map[schema.GroupKind]string
}

// parseFlavours reads peer=flavour, separated by commas.
func parseFlavours(arg string) (installed, error) {
	out := installed{flavours: platform.Flavours{Missing: map[schema.GroupKind]bool{}}, lacks: map[schema.GroupKind]string{}}
	chosen := map[string]bool{}
	for _, pair := range strings.FieldsFunc(arg, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		f, err := flavourOf(name, value)
		if err != nil {
			return out, err
		}
		if chosen[name] {
			return out, fmt.Errorf("--flavours: %s is given twice", name)
		}
		chosen[name] = true
		for _, gvk := range f.missing {
			out.flavours.Missing[gvk.GroupKind()], out.lacks[gvk.GroupKind()] = true, f.lack
		}
	}
	return out, nil
}

func flavourOf(name, value string) (flavour, error) {
	var names []string
	for _, p := range peers {
		names = append(names, p.name)
		if p.name != name {
			continue
		}
		var values []string
		for _, f := range p.flavours {
			if f.value == value {
				return f, nil
			}
			values = append(values, f.value)
		}
		return flavour{}, fmt.Errorf("--flavours: %s=%s: not one of %s", name, value, strings.Join(values, ", "))
	}
	return flavour{}, fmt.Errorf("--flavours: %q: not one of %s", name, strings.Join(names, ", "))
}
