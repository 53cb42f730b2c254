package main

import (
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

func TestOwnedKindsAreThoseInTheBundle(t *testing.T) {
	files := generate(t)
	csv := decode[ClusterServiceVersion](t, files, "manifests/afroapp.clusterserviceversion.yaml")
	crds := bundledCRDs(t, files)
	for _, owned := range csv.Spec.CustomResourceDefinitions.Owned {
		crd, exists := crds[owned.Name]
		if !exists {
			t.Errorf("%s is owned, and not in the bundle", owned.Name)
			continue
		}
		delete(crds, owned.Name)
		checkOwned(t, owned, crd)
	}
	for name := range crds {
		t.Errorf("%s is in the bundle, and not owned", name)
	}
}

func bundledCRDs(t *testing.T, files map[string][]byte) map[string]apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	crds := map[string]apiextensionsv1.CustomResourceDefinition{}
	for path := range files {
		if strings.HasPrefix(path, "manifests/platform.afrotomation.com_") {
			crd := decode[apiextensionsv1.CustomResourceDefinition](t, files, path)
			crds[crd.Name] = crd
		}
	}
	return crds
}

func checkOwned(t *testing.T, owned OwnedCRD, crd apiextensionsv1.CustomResourceDefinition) {
	t.Helper()
	if owned.Kind != crd.Spec.Names.Kind || owned.Version != crd.Spec.Versions[0].Name {
		t.Errorf("%s: kind %s, version %s do not fit the CRD", owned.Name, owned.Kind, owned.Version)
	}
	if owned.Description == "" || owned.DisplayName == "" || len(owned.SpecDescriptors) == 0 {
		t.Errorf("%s: texts are missing", owned.Name)
	}
	schema := *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	checkDescriptors(t, owned.Name, "spec", schema, owned.SpecDescriptors)
	checkDescriptors(t, owned.Name, "status", schema, owned.StatusDescriptors)
}

// A descriptor of a field that does not exist shows nothing, and says nothing.
func checkDescriptors(t *testing.T, name, part string, schema apiextensionsv1.JSONSchemaProps, all []Descriptor) {
	t.Helper()
	for _, descriptor := range all {
		at := schema.Properties[part]
		for _, field := range strings.Split(descriptor.Path, ".") {
			next, exists := at.Properties[field]
			if !exists {
				t.Errorf("%s: %s.%s is not a field", name, part, descriptor.Path)
				break
			}
			at = next
		}
		if descriptor.DisplayName == "" || descriptor.Description == "" {
			t.Errorf("%s: %s.%s has no text", name, part, descriptor.Path)
		}
	}
}
