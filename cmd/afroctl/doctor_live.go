package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/doctor"
	"github.com/afrotomation/afroapp/internal/foreign"
)

const (
	// liveTimeout bounds all questions together.
	liveTimeout = 2 * time.Minute
	// pageSize of a list.
	pageSize = 500
)

// resource is a kind that is read.
type resource struct {
	schema.GroupVersionResource
	// home: only in the namespace of Argo CD.
	home bool
	// must: without it there is nothing to say.
	must bool
}

var liveResources = []resource{
	{GroupVersionResource: foreign.Application.GroupVersion().WithResource("applications"), must: true},
	{GroupVersionResource: foreign.Application.GroupVersion().WithResource("applicationsets")},
	{GroupVersionResource: foreign.ImageUpdater.GroupVersion().WithResource("imageupdaters")},
	{GroupVersionResource: v1alpha1.GroupVersion.WithResource("afroapps")},
	{GroupVersionResource: v1alpha1.GroupVersion.WithResource("afroplatforms")},
	{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}},
	{GroupVersionResource: schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, home: true},
	{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, home: true},
}

// clusterReader reads the objects of a cluster. It has the verbs get and list, and no other.
type clusterReader struct {
	lists     func(schema.GroupVersionResource, string) lister
	namespace string
	in        doctor.Input
	skipped   []doctor.Skipped
}

// lister is the part of a client that is used.
type lister interface {
	List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error)
}

func readCluster(o *doctorOptions) (doctor.Input, []doctor.Skipped, error) {
	config, _, err := kubeconfig(o.kubeconfig, o.context)
	if err != nil {
		return doctor.Input{}, nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return doctor.Input{}, nil, err
	}
	r := &clusterReader{namespace: o.namespace, in: doctor.Input{Complete: true, ArgoNamespace: o.namespace},
		lists: func(gvr schema.GroupVersionResource, namespace string) lister {
			return client.Resource(gvr).Namespace(namespace)
		}}
	ctx, cancel := context.WithTimeout(context.Background(), liveTimeout)
	defer cancel()
	for _, res := range liveResources {
		if err := r.read(ctx, res); err != nil {
			return doctor.Input{}, nil, fmt.Errorf("%s: %w", res.GroupResource(), err)
		}
	}
	return r.in, r.skipped, nil
}

func (r *clusterReader) read(ctx context.Context, res resource) error {
	namespace := ""
	if res.home {
		namespace = r.namespace
	}
	err := r.list(ctx, res, namespace)
	if apierrors.IsForbidden(err) && !res.home {
		r.skip(res, "it may not be listed in all namespaces, so only that of Argo CD is looked at")
		r.in.Complete = false
		err = r.list(ctx, res, r.namespace)
	}
	switch {
	case err == nil:
		r.in.CRD = r.in.CRD || res.Group == foreign.ImageUpdater.Group
		return nil
	case res.must && (apierrors.IsNotFound(err) || apierrors.IsForbidden(err)):
		return err
	case apierrors.IsNotFound(err):
		r.skip(res, "the cluster does not serve it")
		return nil
	case apierrors.IsForbidden(err):
		r.skip(res, "it may not be listed")
		r.in.Complete = false
		return nil
	}
	return err
}

func (r *clusterReader) skip(res resource, why string) {
	r.skipped = append(r.skipped, doctor.Skipped{File: res.GroupResource().String(), Reason: why})
}

func (r *clusterReader) list(ctx context.Context, res resource, namespace string) error {
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := r.lists(res.GroupVersionResource, namespace).List(ctx, options)
		if err != nil {
			return err
		}
		for i := range page.Items {
			if err := r.take(&page.Items[i]); err != nil {
				return err
			}
		}
		next := page.GetContinue()
		if next == "" {
			return nil
		}
		if next == options.Continue {
			return errors.New("the list does not end")
		}
		options.Continue = next
	}
}

// take keeps what the rules look at. Of ConfigMaps that is image-updater's own; Secrets are never read.
func (r *clusterReader) take(o *unstructured.Unstructured) error {
	if o.GetKind() == "ConfigMap" && o.GetName() != "argocd-image-updater-config" {
		return nil
	}
	unstructured.RemoveNestedField(o.Object, "metadata", "managedFields")
	unstructured.RemoveNestedField(o.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	raw, err := yaml.Marshal(o.Object)
	if err != nil {
		return err
	}
	path := strings.ToLower(o.GetKind()) + "/" + o.GetName()
	if o.GetNamespace() != "" {
		path = strings.ToLower(o.GetKind()) + "/" + o.GetNamespace() + "/" + o.GetName()
	}
	r.in.Files = append(r.in.Files, doctor.File{Path: path, Raw: raw, Live: true})
	return nil
}
