//go:build e2e

// Package drift: what somebody changes by hand on a child of an app is put back, and the app serves on.
package drift

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

// byHand is what somebody does to a child of each kind: a merge patch, or a JSON patch where a field of ours is in a list
// that others may add to.
var byHand = map[string]string{
	"AfroHostClaim": `{"spec":{"holder":{"name":"other"}}}`,
	"Application":   `{"spec":{"source":{"path":"nowhere"}}}`,
	"ImageUpdater":  `[{"op":"replace","path":"/spec/applicationRefs/0/images/0/imageName","value":"other"}]`,
	"Ingress":       `{"spec":{"rules":[{"host":"other.apps.lab.internal"}]}}`,
	"Certificate":   `{"spec":{"dnsNames":["other.apps.lab.internal"]}}`,
	"Secret":        `{"data":{"username":"` + base64.StdEncoding.EncodeToString([]byte("somebody")) + `"}}`,
	"Database":      `{"spec":{"owner":"somebody"}}`,
	"DatabaseRole":  `{"spec":{"login":false}}`,
	"AppProject":    `{"spec":{"destinations":[]}}`,
}

func TestEveryChildIsPutBack(t *testing.T) {
	s := suite.Tell(t, suite.Edge)
	s.Platform()
	s.Namespace("drift")
	s.Push("registry.lab.internal:5000/apps/wiki:latest", "1")
	s.Apply("app.yaml")
	app := s.Ready("drift", "wiki", suite.AWhile)
	s.Settled(client.InNamespace("drift"))
	undisturbed := s.Undisturbed(client.InNamespace("drift"))

	for _, child := range app.Status.Children {
		patch, known := byHand[child.Kind]
		if !known {
			t.Errorf("nobody says how a %s drifts", child.Kind)
			continue
		}
		object := s.Child(child)
		want := content(object)
		if err := s.ByHand(object, patch); err != nil {
			t.Errorf("%s %s: %v", child.Kind, child.Name, err)
			continue
		}
		if reflect.DeepEqual(content(object), want) {
			t.Errorf("%s %s: %s changed nothing", child.Kind, child.Name, patch)
		}
		s.Eventually(fmt.Sprintf("%s %s is put back", child.Kind, child.Name), suite.Soon, func(context.Context) error {
			if got := content(s.Child(child)); !reflect.DeepEqual(got, want) {
				return fmt.Errorf("it is %v", got)
			}
			return nil
		})
	}
	s.Ready("drift", "wiki", suite.AWhile)
	s.Eventually("the pods are the same", suite.Soon, undisturbed)
}

func content(object *unstructured.Unstructured) map[string]any {
	return map[string]any{"spec": object.Object["spec"], "data": object.Object["data"]}
}
