package main

import (
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClusterServiceVersion is OLM's operators.coreos.com/v1alpha1, as far as this bundle uses it. The types of
// operator-framework/api are not used: a whole module for one file. Decoding is strict, so a field that is
// not here cannot slip into the base unnoticed.
type ClusterServiceVersion struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              CSVSpec `json:"spec"`
}

// CSVSpec holds the texts of the base, and what the tool fills in: Install and RelatedImages.
type CSVSpec struct {
	DisplayName               string         `json:"displayName"`
	Version                   string         `json:"version"`
	Maturity                  string         `json:"maturity"`
	MinKubeVersion            string         `json:"minKubeVersion"`
	Replaces                  string         `json:"replaces,omitempty"`
	Description               string         `json:"description"`
	Keywords                  []string       `json:"keywords"`
	Maintainers               []Maintainer   `json:"maintainers"`
	Provider                  Link           `json:"provider"`
	Links                     []Link         `json:"links"`
	Icon                      []Icon         `json:"icon"`
	InstallModes              []InstallMode  `json:"installModes"`
	CustomResourceDefinitions CRDs           `json:"customresourcedefinitions"`
	Install                   Install        `json:"install"`
	RelatedImages             []RelatedImage `json:"relatedImages"`
}

// Maintainer is who to write to.
type Maintainer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Link is a page.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Icon is a picture in base64.
type Icon struct {
	Base64Data string `json:"base64data"`
	MediaType  string `json:"mediatype"`
}

// InstallMode says whether a set of namespaces can be watched.
type InstallMode struct {
	Type      string `json:"type"`
	Supported bool   `json:"supported"`
}

// CRDs are the kinds that the operator brings.
type CRDs struct {
	Owned []OwnedCRD `json:"owned"`
}

// OwnedCRD presents one version of a kind.
type OwnedCRD struct {
	Name              string          `json:"name"`
	Kind              string          `json:"kind"`
	Version           string          `json:"version"`
	DisplayName       string          `json:"displayName"`
	Description       string          `json:"description"`
	Resources         []KindReference `json:"resources,omitempty"`
	SpecDescriptors   []Descriptor    `json:"specDescriptors,omitempty"`
	StatusDescriptors []Descriptor    `json:"statusDescriptors,omitempty"`
}

// KindReference is a kind that an owned one becomes.
type KindReference struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Descriptor presents one field.
type Descriptor struct {
	Path         string   `json:"path"`
	DisplayName  string   `json:"displayName"`
	Description  string   `json:"description"`
	XDescriptors []string `json:"x-descriptors,omitempty"`
}

// Install is what OLM deploys.
type Install struct {
	Strategy string      `json:"strategy"`
	Spec     InstallSpec `json:"spec"`
}

// InstallSpec holds the Deployment and the rights of its service account.
type InstallSpec struct {
	ClusterPermissions []Permissions `json:"clusterPermissions"`
	Permissions        []Permissions `json:"permissions"`
	Deployments        []Deployment  `json:"deployments"`
}

// Permissions of a service account.
type Permissions struct {
	ServiceAccountName string              `json:"serviceAccountName"`
	Rules              []rbacv1.PolicyRule `json:"rules"`
}

// Deployment by name.
type Deployment struct {
	Name  string                `json:"name"`
	Label map[string]string     `json:"label,omitempty"`
	Spec  appsv1.DeploymentSpec `json:"spec"`
}

// RelatedImage is an image to mirror for clusters without the internet.
type RelatedImage struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}
