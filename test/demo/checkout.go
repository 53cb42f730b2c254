package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/tools/render"
)

// files are what the demo takes from the checkout: the installation and the samples, as people get them.
type files struct {
	crds         []*apiextensionsv1.CustomResourceDefinition
	installation []*unstructured.Unstructured // config/default, but for the CRDs and the manager's Deployment
	platform     *unstructured.Unstructured
	app          *unstructured.Unstructured
	appPath      string // relative to the checkout
	appYAML      string
}

const (
	argocdNamespace = "argocd" // that of config/argocd-rbac

	samplePlatform = "config/samples/platform_v1alpha1_afroplatform.yaml"
	sampleApp      = "config/samples/platform_v1alpha1_afroapp.yaml"
)

func readFiles() (*files, error) {
	root, err := checkout()
	if err != nil {
		return nil, err
	}
	f := &files{appPath: sampleApp}
	if err := f.readInstallation(filepath.Join(root, "config", "default")); err != nil {
		return nil, err
	}
	samples, err := fixtures.Objects(filepath.Join(root, samplePlatform), filepath.Join(root, sampleApp))
	if err != nil {
		return nil, err
	}
	if len(samples) != 2 {
		return nil, fmt.Errorf("%s and %s hold %d objects, want one each", samplePlatform, sampleApp, len(samples))
	}
	f.platform, f.app = samples[0], samples[1]
	raw, err := os.ReadFile(filepath.Join(root, sampleApp))
	f.appYAML = string(raw)
	return f, err
}

// readInstallation leaves the Deployment out, because the operator runs in this process. CRDs are installed with those of
// the peers.
func (f *files) readInstallation(folder string) error {
	objects, err := render.Build(folder)
	if err != nil {
		return err
	}
	crds, err := render.OfKind[apiextensionsv1.CustomResourceDefinition](objects, "CustomResourceDefinition")
	if err != nil {
		return err
	}
	for i := range crds {
		f.crds = append(f.crds, &crds[i])
	}
	for _, o := range objects {
		if kind := o.GetKind(); kind != "CustomResourceDefinition" && kind != "Deployment" {
			f.installation = append(f.installation, o)
		}
	}
	return nil
}

// typed are the samples as the expansion takes them.
func (f *files) typed() (*v1alpha1.AfroPlatform, *v1alpha1.AfroApp, error) {
	platform, err := fixtures.As[v1alpha1.AfroPlatform](f.platform)
	if err != nil {
		return nil, nil, err
	}
	app, err := fixtures.As[v1alpha1.AfroApp](f.app)
	return platform, app, err
}

// secrets are those that the AfroPlatform names. Nothing here logs in anywhere, so what is in them is invented.
func (f *files) secrets() ([]*unstructured.Unstructured, error) {
	p, app, err := f.typed()
	if err != nil {
		return nil, err
	}
	var out []*unstructured.Unstructured
	if b := p.Spec.Backup; b != nil && p.Spec.Database != nil && p.Spec.Database.Shared != nil {
		out = append(out, secret(p.Spec.Database.Shared.Namespace, b.B2.SecretName, "Opaque", "ACCESS_KEY_ID", "ACCESS_SECRET_KEY"))
	}
	for _, r := range p.Spec.Registries {
		for _, s := range r.PullSecrets {
			for _, namespace := range []string{app.Namespace, argocdNamespace} {
				out = append(out, secret(namespace, s.Name, "kubernetes.io/dockerconfigjson", ".dockerconfigjson"))
			}
		}
	}
	return out, nil
}

func secret(namespace, name, kind string, keys ...string) *unstructured.Unstructured {
	data := map[string]any{}
	for _, k := range keys {
		data[k] = "{}"
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": map[string]any{"namespace": namespace, "name": name}, "stringData": data,
	}}
}

// checkout is the folder above the current one that holds the repository.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, sampleApp)); err == nil {
			return dir, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", errors.New("run it inside a checkout of the repository: it shows " + sampleApp)
	}
}
