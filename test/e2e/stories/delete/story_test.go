//go:build e2e

// Package delete: an app that is deleted leaves its data, and finds it when it comes again.
package delete

import (
	"net/http"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

func TestDataOutlivesTheApp(t *testing.T) {
	s := suite.Tell(t)
	s.Platform()
	s.SharedDatabase()
	s.Namespace("kept")
	s.Push("registry.lab.internal:5000/apps/ledger:latest", "1")
	s.Apply("app.yaml")
	s.Ready("kept", "ledger", suite.AWhile)
	s.Ask(http.MethodPost, "kept", "ledger", "/rows", suite.Soon)

	s.Delete("kept", "ledger", suite.AWhile)
	s.Gone(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "kept", Name: "ledger"}}, suite.AWhile)

	s.Apply("app.yaml")
	s.Ready("kept", "ledger", suite.AWhile)
	if rows := s.Ask(http.MethodGet, "kept", "ledger", "/rows", suite.Soon); rows != "1" {
		t.Errorf("the database of the app that came again holds %s rows, and one was written", rows)
	}
}
