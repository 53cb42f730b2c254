//go:build e2e

// Package drift: what somebody changes by hand on a child of an app is put back, and the app serves on.
package drift

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/e2e/suite"
)

// byHand is what somebody does to a child of each kind: a merge patch, or a JSON patch where a field of ours is in a list
// that others may add to. The last ones are of such a kind that nothing is lost meanwhile.
var byHand = map[string]string{
	"AfroHostClaim":   `{"spec":{"holder":{"name":"other"}}}`,
	"Application":     `{"spec":{"source":{"path":"nowhere"}}}`,
	"ImageUpdater":    `[{"op":"replace","path":"/spec/applicationRefs/0/images/0/imageName","value":"other"}]`,
	"Ingress":         `{"spec":{"rules":[{"host":"other.apps.lab.internal"}]}}`,
	"Certificate":     `{"spec":{"dnsNames":["other.apps.lab.internal"]}}`,
	"Secret":          `{"data":{"username":"` + base64.StdEncoding.EncodeToString([]byte("somebody")) + `"}}`,
	"Database":        `{"spec":{"owner":"somebody"}}`,
	"DatabaseRole":    `{"spec":{"login":false}}`,
	"AppProject":      `{"spec":{"description":"somebody's"}}`,
	"Cluster":         `{"spec":{"postgresql":{"parameters":{"archive_timeout":"5min"}}}}`,
	"ObjectStore":     `{"spec":{"retentionPolicy":"1d"}}`,
	"ScheduledBackup": `{"spec":{"schedule":"0 0 0 1 1 *"}}`,
}

func TestEveryChildIsPutBack(t *testing.T) {
	s := suite.Tell(t, suite.Edge)
	s.Namespace("drift")
	s.FleetPlatform("drift")
	s.SharedDatabase()
	s.Push("registry.lab.internal:5000/apps/drawer:latest", "1")
	s.Push("registry.lab.internal:5000/apps/chest:latest", "1")
	s.Apply("app.yaml")
	children := s.Ready("drift", "drawer", suite.AWhile).Status.Children
	children = append(children, s.Ready("drift", "chest", suite.AWhile).Status.Children...)
	if s.Owned { // the AfroPlatform of somebody's cluster is not for stories to touch
		children = append(children, ofThePlatform(s)...)
	}
	s.Settled(client.InNamespace("drift"))
	undisturbed, databases := s.Undisturbed(client.InNamespace("drift")), s.Undisturbed(client.InNamespace("databases"))

	for _, child := range children {
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
	s.Ready("drift", "drawer", suite.AWhile)
	s.Ready("drift", "chest", suite.AWhile)
	s.Eventually("the pods are the same", suite.Soon, undisturbed)
	s.Eventually("the pods of the databases are the same", suite.Soon, databases)
}

// ofThePlatform are the children of the AfroPlatform, but for the projects of other namespaces: apps come there meanwhile.
func ofThePlatform(s *suite.Story) []v1alpha1.Child {
	s.Helper()
	return slices.DeleteFunc(s.PlatformChildren(), func(c v1alpha1.Child) bool { return c.Kind == "AppProject" && c.Name != "afro-drift" })
}

func content(object *unstructured.Unstructured) map[string]any {
	return map[string]any{"spec": object.Object["spec"], "data": object.Object["data"]}
}
