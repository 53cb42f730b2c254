//go:build e2e

// Package drift: what somebody changes by hand on a child of an app is put back, and the app serves on.
package drift

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
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
}

// platformByHand is the same for the children of the AfroPlatform, one field of each: other apps move the rest meanwhile.
var platformByHand = map[string]struct {
	field []string
	value any
}{
	"AppProject":      {[]string{"spec", "description"}, "somebody's"},
	"Cluster":         {[]string{"spec", "postgresql", "parameters", "archive_timeout"}, "5min"},
	"ObjectStore":     {[]string{"spec", "retentionPolicy"}, "1d"},
	"ScheduledBackup": {[]string{"spec", "schedule"}, "0 0 0 1 1 *"},
}

func TestEveryChildIsPutBack(t *testing.T) {
	s := suite.Tell(t, suite.Edge)
	s.Namespace("drift")
	s.FleetPlatform("drift")
	s.Push("registry.lab.internal:5000/apps/drawer:latest", "1")
	s.Apply("app.yaml")
	app := s.Ready("drift", "drawer", suite.AWhile)
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
	if s.Owned { // the AfroPlatform of somebody's cluster is not for stories to touch
		putThePlatformBack(s)
	}
	s.Ready("drift", "drawer", suite.AWhile)
	s.Eventually("the pods are the same", suite.Soon, undisturbed)
}

func putThePlatformBack(s *suite.Story) {
	s.Helper()
	children := s.PlatformChildren()
	for kind, by := range platformByHand {
		at := slices.IndexFunc(children, func(c v1alpha1.Child) bool { return c.Kind == kind && (kind != "AppProject" || c.Name == "afro-drift") })
		if at < 0 {
			s.Errorf("the AfroPlatform has no %s for this", kind)
			continue
		}
		look := func() any {
			value, _, err := unstructured.NestedFieldNoCopy(s.Child(children[at]).Object, by.field...)
			if err != nil {
				s.Fatal(err)
			}
			return value
		}
		want, patch := look(), map[string]any{}
		if err := unstructured.SetNestedField(patch, by.value, by.field...); err != nil {
			s.Fatal(err)
		}
		raw, err := json.Marshal(patch)
		if err != nil {
			s.Fatal(err)
		}
		object := s.Child(children[at])
		if err := s.ByHand(object, string(raw)); err != nil {
			s.Errorf("%s %s: %v", kind, object.GetName(), err)
			continue
		}
		if value, _, _ := unstructured.NestedFieldNoCopy(object.Object, by.field...); reflect.DeepEqual(value, want) {
			s.Errorf("%s %s: %s changed nothing", kind, object.GetName(), raw)
		}
		s.Eventually(fmt.Sprintf("%s %s is put back", kind, object.GetName()), suite.Soon, func(context.Context) error {
			if got := look(); !reflect.DeepEqual(got, want) {
				return fmt.Errorf("%s is %v", strings.Join(by.field, "."), got)
			}
			return nil
		})
	}
}

func content(object *unstructured.Unstructured) map[string]any {
	return map[string]any{"spec": object.Object["spec"], "data": object.Object["data"]}
}
