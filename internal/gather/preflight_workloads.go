package gather

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/preflight"
)

var (
	deployment  = schemaGVK{Group: "apps", Version: "v1", Kind: "Deployment"}
	statefulSet = schemaGVK{Group: "apps", Version: "v1", Kind: "StatefulSet"}
)

const (
	labelName      = "app.kubernetes.io/name"
	labelPartOf    = "app.kubernetes.io/part-of"
	labelComponent = "app.kubernetes.io/component"
	// maxWorkloads of one search. There is one of each in a cluster; but labels are free to anybody.
	maxWorkloads = 500
)

// What the projects call their Deployments: the label of their manifests and charts, and their names.
var (
	updaterLabels = []string{"argocd-image-updater", "argocd-image-updater-controller"}
	updaterNames  = []string{"argocd-image-updater-controller", "argocd-image-updater"}
	cnpgLabels    = []string{"cloudnative-pg"}
	barmanLabels  = []string{"plugin-barman-cloud"}
)

// workload is what a Deployment and a StatefulSet have in common.
type workload struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Replicas *int32                 `json:"replicas"`
		Template corev1.PodTemplateSpec `json:"template"`
	} `json:"spec"`
}

// argoCD finds the application-controller: a StatefulSet, or a Deployment with dynamic sharding. At most 3 requests.
func (e eyes) argoCD(ctx context.Context, out *preflight.Read) {
	if !e.flavours.Serves(foreign.Application) {
		return
	}
	which := []client.ListOption{client.InNamespace(e.argocd), client.MatchingLabels{labelPartOf: "argocd", labelComponent: "application-controller"}}
	items, sets := e.workloads(ctx, statefulSet, which...)
	deployments, byName := preflight.NotFound, preflight.NotFound
	if len(items) == 0 {
		items, deployments = e.workloads(ctx, deployment, which...)
	}
	if len(items) == 0 {
		items, byName = e.workloadNamed(ctx, statefulSet, "argocd-application-controller")
	}
	if out.ArgoCD.Reading = together(sets, deployments, byName); len(items) > 0 {
		out.ArgoCD = preflight.Workloads{Reading: preflight.Found, Items: plain(items)}
	}
}

// operators finds image-updater, CloudNativePG and its plugin in any namespace, with one list of labels. At most 5 requests,
// and at most 4 for the environment of image-updater.
func (e eyes) operators(ctx context.Context, out *preflight.Read) {
	needsCNPG := preflight.DatabasesOffered(e.platform) && e.flavours.Serves(foreign.Cluster)
	needsBarman := preflight.BackupsOffered(e.platform) && e.flavours.Serves(foreign.ObjectStore)
	all, reading := e.workloads(ctx, deployment, named(slices.Concat(updaterLabels, cnpgLabels, barmanLabels)))
	out.Updater = e.updaters(ctx, labelled(all, updaterLabels), reading)
	if needsCNPG {
		out.CNPG = found(labelled(all, cnpgLabels), reading)
	}
	if !needsBarman {
		return
	}
	if out.Barman = found(labelled(all, barmanLabels), reading); out.Barman.Reading == preflight.NotFound {
		out.Barman = found(e.workloads(ctx, deployment, client.MatchingLabels{"app": "barman-cloud"}))
	}
}

// updaters looks beside Argo CD where the whole cluster told nothing, or could not be asked.
func (e eyes) updaters(ctx context.Context, items []workload, everywhere preflight.Reading) preflight.Workloads {
	here := preflight.NotFound
	if len(items) == 0 && everywhere != preflight.Found {
		items, here = e.workloads(ctx, deployment, client.InNamespace(e.argocd), named(updaterLabels))
	}
	for _, name := range updaterNames {
		if len(items) > 0 {
			break
		}
		items, here = e.workloadNamed(ctx, deployment, name)
	}
	if len(items) == 0 {
		return preflight.Workloads{Reading: together(everywhere, here)}
	}
	return preflight.Workloads{Reading: preflight.Found, Items: e.withEnvironment(ctx, items)}
}

// found are workloads of a list that answered, or that did not.
func found(items []workload, reading preflight.Reading) preflight.Workloads {
	switch {
	case reading != preflight.Found:
		return preflight.Workloads{Reading: reading}
	case len(items) == 0:
		return preflight.Workloads{Reading: preflight.NotFound}
	}
	return preflight.Workloads{Reading: preflight.Found, Items: plain(items)}
}

// workloads lists by labels. The reading is Found also where nothing is: the list was answered.
func (e eyes) workloads(ctx context.Context, gvk schemaGVK, opts ...client.ListOption) ([]workload, preflight.Reading) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err := e.live.List(ctx, list, append(opts, client.Limit(maxWorkloads))...); err != nil {
		return nil, readingOf(err)
	}
	var out []workload
	for i := range list.Items {
		if w, err := workloadOf(&list.Items[i]); err == nil {
			out = append(out, w)
		}
	}
	return out, preflight.Found
}

// workloadNamed is in Argo CD's namespace.
func (e eyes) workloadNamed(ctx context.Context, gvk schemaGVK, name string) ([]workload, preflight.Reading) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	if err := e.live.Get(ctx, client.ObjectKey{Namespace: e.argocd, Name: name}, u); err != nil {
		return nil, readingOf(err)
	}
	w, err := workloadOf(u)
	if err != nil {
		return nil, preflight.Failed
	}
	return []workload{w}, preflight.Found
}

func workloadOf(u *unstructured.Unstructured) (w workload, err error) {
	err = runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &w)
	return w, err
}

func named(values []string) client.ListOption { return selecting(labelName, values...) }

// selecting is for labels that are constants here.
func selecting(label string, values ...string) client.ListOption {
	r, err := labels.NewRequirement(label, selection.In, values)
	if err != nil {
		panic("a label of our peers: " + err.Error())
	}
	return client.MatchingLabelsSelector{Selector: labels.NewSelector().Add(*r)}
}

func labelled(items []workload, values []string) (out []workload) {
	for _, w := range items {
		if slices.Contains(values, w.Labels[labelName]) {
			out = append(out, w)
		}
	}
	return out
}

func plain(items []workload) (out []preflight.Workload) {
	for _, w := range items {
		out = append(out, w.facts())
	}
	return out
}

func (w workload) facts() preflight.Workload {
	c := w.container()
	return preflight.Workload{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name, Image: c.Image,
		Stopped: w.Spec.Replicas != nil && *w.Spec.Replicas == 0, Args: slices.Concat(c.Command, c.Args)}
}

// container is the first: sidecars are added behind it.
func (w workload) container() corev1.Container {
	if cs := w.Spec.Template.Spec.Containers; len(cs) > 0 {
		return cs[0]
	}
	return corev1.Container{}
}
