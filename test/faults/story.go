package faults

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
)

// Story is told by every suite.
type Story struct {
	Name string
	// Platform is the AfroPlatform, in YAML. Default: the one of the golden stories.
	Platform string
	// Start is brought about before anything fails, in YAML. Default: nothing.
	Start string
	// Steps are taken one after the other, each when the operator has come to rest with the one before.
	Steps []Step
}

// Step is what somebody does.
type Step struct {
	Name string
	Do   func(context.Context, client.Client) error
	// Allows names objects of which this step wants the data deleted, as Change.Key says them: both keys were turned.
	Allows []string
}

const person = client.FieldOwner("kubectl")

// Apply manifests, as `kubectl apply --server-side` does.
func Apply(manifests string) Step {
	return Step{Name: "apply", Do: func(ctx context.Context, c client.Client) error { return applyAll(ctx, c, manifests) }}
}

func applyAll(ctx context.Context, c client.Client, manifests string) error {
	objects, err := fixtures.Decode([]byte(manifests))
	if err != nil {
		return err
	}
	for _, o := range objects {
		o.SetUID("") // golden inputs have one
		if err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(o), person, client.ForceOwnership); err != nil {
			return fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

// DeleteApp deletes an AfroApp.
func DeleteApp(namespace, name string) Step {
	return Step{Name: "delete", Do: func(ctx context.Context, c client.Client) error {
		return c.Delete(ctx, &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	}}
}

// Edit an object by a merge patch.
func Edit(object *unstructured.Unstructured, patch string) Step {
	return Step{Name: "edit " + object.GetKind(), Do: func(ctx context.Context, c client.Client) error {
		return c.Patch(ctx, object.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch)), person)
	}}
}

// Object names one.
func Object(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

// corpus are the golden stories of internal/expand.
const corpus = "../../internal/expand/testdata"
