package manifests

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Examples are what people copy first: the API server, with all rules of the schema, takes them.
func TestAPIServerTakesTheExamples(t *testing.T) {
	prepare(t)
	admin := adminClient(t)
	for _, dir := range []string{"samples", "samples/fleet", "argocd/parent"} {
		for _, object := range build(t, dir) {
			if object.GroupVersionKind().Group != "platform.afrotomation.com" {
				continue
			}
			if namespace := object.GetNamespace(); namespace != "" {
				makeNamespace(t, namespace)
			}
			eventually(t, "served: "+object.GetKind(), func() bool {
				_, err := admin.RESTMapper().RESTMapping(object.GroupVersionKind().GroupKind(), "v1alpha1")
				return err == nil
			})
			if err := admin.Create(t.Context(), object, client.DryRunAll, client.FieldValidation("Strict")); err != nil {
				t.Errorf("%s: %s: %v", dir, object.GetName(), err)
			}
		}
	}
}
