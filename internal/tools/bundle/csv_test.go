package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func serviceVersion(t *testing.T) ClusterServiceVersion {
	t.Helper()
	return decode[ClusterServiceVersion](t, generate(t), "manifests/afroapp.clusterserviceversion.yaml")
}

func TestServiceVersionIsComplete(t *testing.T) {
	csv := serviceVersion(t)
	if csv.Name != packageName+".v"+csv.Spec.Version {
		t.Errorf("name %s does not fit version %s", csv.Name, csv.Spec.Version)
	}
	for field, value := range map[string]string{
		"displayName": csv.Spec.DisplayName, "description": csv.Spec.Description, "maturity": csv.Spec.Maturity,
		"provider": csv.Spec.Provider.Name, "createdAt": csv.Annotations["createdAt"],
		"categories": csv.Annotations["categories"], "capabilities": csv.Annotations["capabilities"],
	} {
		if value == "" {
			t.Errorf("%s is empty", field)
		}
	}
	for _, version := range []string{csv.Spec.Version, csv.Spec.MinKubeVersion} {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
			t.Errorf("%q is not a version", version)
		}
	}
	if len(csv.Spec.Maintainers) == 0 || len(csv.Spec.Links) == 0 || len(csv.Spec.Keywords) == 0 {
		t.Error("maintainers, links or keywords are missing")
	}
}

func TestInstallsWhatConfigDeploys(t *testing.T) {
	spec := serviceVersion(t).Spec
	if spec.Install.Strategy != "deployment" || len(spec.Install.Spec.Deployments) != 1 {
		t.Fatalf("strategy %q, %d deployments", spec.Install.Strategy, len(spec.Install.Spec.Deployments))
	}
	pod := spec.Install.Spec.Deployments[0].Spec.Template.Spec
	for _, granted := range slices.Concat(spec.Install.Spec.ClusterPermissions, spec.Install.Spec.Permissions) {
		if granted.ServiceAccountName != pod.ServiceAccountName {
			t.Errorf("rights for %s, the pod runs as %s", granted.ServiceAccountName, pod.ServiceAccountName)
		}
		if len(granted.Rules) == 0 {
			t.Error("permissions without rules")
		}
	}
	if len(spec.RelatedImages) != 1 || spec.RelatedImages[0].Image != pod.Containers[0].Image {
		t.Errorf("related images %v, the pod runs %s", spec.RelatedImages, pod.Containers[0].Image)
	}
}

// Hosts and the shared database belong to the whole cluster: two operators would fight for them.
func TestWatchesAllNamespacesOnly(t *testing.T) {
	supported := map[string]bool{}
	for _, mode := range serviceVersion(t).Spec.InstallModes {
		supported[mode.Type] = mode.Supported
	}
	want := map[string]bool{"OwnNamespace": false, "SingleNamespace": false, "MultiNamespace": false, "AllNamespaces": true}
	if !maps.Equal(supported, want) {
		t.Errorf("install modes %v, want %v", supported, want)
	}
}

func TestIconIsAPicture(t *testing.T) {
	icons := serviceVersion(t).Spec.Icon
	if len(icons) != 1 || icons[0].MediaType != "image/svg+xml" {
		t.Fatalf("icons %v", icons)
	}
	picture, err := base64.StdEncoding.DecodeString(icons[0].Base64Data)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(bytes.NewReader(picture)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the icon is not an SVG: %v", err)
		}
	}
}

// A sample that the API refuses would greet the user of a console with an error.
func TestExamplesAreValidObjects(t *testing.T) {
	csv := serviceVersion(t)
	var examples []json.RawMessage
	if err := json.Unmarshal([]byte(csv.Annotations["alm-examples"]), &examples); err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{"AfroApp": true, "AfroPlatform": true}
	for _, example := range examples {
		checkExample(t, example, missing)
	}
	for kind := range missing {
		t.Errorf("no example of %s", kind)
	}
}

func checkExample(t *testing.T, example json.RawMessage, missing map[string]bool) {
	t.Helper()
	var named struct{ Kind string }
	if err := json.Unmarshal(example, &named); err != nil {
		t.Fatal(err)
	}
	typed := map[string]any{"AfroApp": &v1alpha1.AfroApp{}, "AfroPlatform": &v1alpha1.AfroPlatform{}}[named.Kind]
	if typed == nil {
		t.Errorf("%s is not a kind that people write", named.Kind)
	} else if err := yaml.UnmarshalStrict(example, typed); err != nil {
		t.Errorf("%s: %v", named.Kind, err)
	}
	delete(missing, named.Kind)
}

func TestTypedManifestsDecodeStrictly(t *testing.T) {
	files := generate(t)
	decode[corev1.Service](t, files, "manifests/afroapp-controller-manager-metrics-service_v1_service.yaml")
	decode[policyv1.PodDisruptionBudget](t, files, "manifests/afroapp-controller-manager_policy_v1_poddisruptionbudget.yaml")
	roles := 0
	for path := range files {
		if strings.HasSuffix(path, "_clusterrole.yaml") {
			decode[rbacv1.ClusterRole](t, files, path)
			roles++
		}
	}
	if roles == 0 {
		t.Error("no roles for people")
	}
}
