package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/controllers"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

const (
	operatorNamespace = "afroapp-system"
	operatorAccount   = "afroapp-controller-manager"
	// person is the field manager of what a person applies.
	person = "kubectl"
)

// world is a control plane, seen by its administrator.
type world struct {
	plane  *controlplane.ControlPlane
	config *rest.Config
	admin  client.Client
}

// startWorld runs the control plane with every CRD, those of the peers too. The real controllers of Deployments run, and
// no kubelet: Pods wait for somebody who plays one.
func startWorld(ctx context.Context, ours *files) (*world, error) {
	peers, err := crds.Load()
	if err != nil {
		return nil, err
	}
	plane, err := controlplane.Start(ctx, controlplane.Options{
		CRDs: append(peers, ours.crds...), Controllers: controlplane.DefaultControllers,
	})
	if err != nil {
		return nil, err
	}
	w := &world{plane: plane, config: plane.Config()}
	w.config.WarningHandler = rest.NoWarnings{}
	scheme, err := controllers.Scheme()
	if err == nil {
		w.admin, err = client.New(w.config, client.Options{Scheme: scheme})
	}
	if err != nil {
		_ = plane.Stop() // the error that is told is the one that came first
		return nil, err
	}
	return w, nil
}

// apply is `kubectl apply --server-side`. What the API server refuses because something it rests on is still on its way is
// tried again.
func (w *world) apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	for _, o := range objects {
		err := until(ctx, installLimit, fmt.Sprintf("applying %s %s", o.GetKind(), o.GetName()), func(ctx context.Context) error {
			err := w.admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(o.DeepCopy()), client.FieldOwner(person), client.ForceOwnership)
			if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
				return notYet("%v", err)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// namespaces makes those that plans need.
func (w *world) namespaces(ctx context.Context, names ...string) error {
	for _, name := range names {
		err := w.admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// app as it is now.
func (w *world) app(ctx context.Context, of *unstructured.Unstructured) (*v1alpha1.AfroApp, error) {
	app := &v1alpha1.AfroApp{}
	return app, w.admin.Get(ctx, client.ObjectKeyFromObject(of), app)
}

// live is an object as it is now; nil where there is none.
func (w *world) live(ctx context.Context, i expand.Intent) (*unstructured.Unstructured, error) {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(i.GVK())
	if err := w.admin.Get(ctx, client.ObjectKeyFromObject(i.Object), o); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return o, nil
}

// condition of an app; Unknown where it is not there yet.
func condition(app *v1alpha1.AfroApp, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(app.Status.Conditions, kind); c != nil && app.Status.ObservedGeneration == app.Generation {
		return *c
	}
	return metav1.Condition{Type: kind, Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonNotYetReported, Message: "there is no status yet"}
}

// seconds since a moment, for people.
func seconds(since time.Time) string { return fmt.Sprintf("%.1f s", time.Since(since).Seconds()) }

// version that the API server says of itself.
func (w *world) version() (string, error) {
	c, err := discovery.NewDiscoveryClientForConfig(w.config)
	if err != nil {
		return "", err
	}
	v, err := c.ServerVersion()
	if err != nil {
		return "", err
	}
	return v.GitVersion, nil
}
