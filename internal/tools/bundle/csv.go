package main

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/tools/render"
)

// buildCSV completes the base with what is installed: the Deployment, the roles that are bound to its service
// account, its image and the examples.
func buildCSV(objects []*unstructured.Unstructured, examples string) (*ClusterServiceVersion, error) {
	csv, err := one[ClusterServiceVersion](objects, "ClusterServiceVersion")
	if err != nil {
		return nil, err
	}
	deployment, err := one[appsv1.Deployment](objects, "Deployment")
	if err != nil {
		return nil, err
	}
	csv.Spec.Install, err = install(objects, deployment)
	if err != nil {
		return nil, err
	}
	image := deployment.Spec.Template.Spec.Containers[0].Image
	if !strings.Contains(image, "@sha256:") && !strings.HasSuffix(image, ":v"+csv.Spec.Version) {
		return nil, fmt.Errorf("the ClusterServiceVersion is of version %s, config/manager of image %s", csv.Spec.Version, image)
	}
	csv.Spec.RelatedImages = []RelatedImage{{Name: "manager", Image: image}}
	csv.Annotations["containerImage"] = image
	csv.Annotations["alm-examples"] = examples
	return csv, nil
}

func install(objects []*unstructured.Unstructured, deployment *appsv1.Deployment) (Install, error) {
	account := deployment.Spec.Template.Spec.ServiceAccountName
	cluster, err := permissions(objects, "ClusterRole", account)
	if err != nil {
		return Install{}, err
	}
	namespaced, err := permissions(objects, "Role", account)
	if err != nil {
		return Install{}, err
	}
	return Install{Strategy: "deployment", Spec: InstallSpec{
		ClusterPermissions: cluster,
		Permissions:        namespaced,
		Deployments:        []Deployment{{Name: deployment.Name, Label: deployment.Labels, Spec: deployment.Spec}},
	}}, nil
}

func one[T any](objects []*unstructured.Unstructured, kind string) (*T, error) {
	found, err := render.OfKind[T](objects, kind)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("config/manifests: %d objects of kind %s, want 1", len(found), kind)
	}
	return &found[0], nil
}
