package controllers

import (
	"slices"
	"testing"

	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// Data that is kept elsewhere, because the platform's database moved or the mode changed, says nothing of the app.
func TestOnlyWhatIsPlannedIsMirrored(t *testing.T) {
	here := expand.Key{Kind: "Database", Namespace: "here", Name: "shop"}
	before := expand.Key{Kind: "Database", Namespace: "before", Name: "shop"}
	o := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"namespace": here.Namespace, "name": here.Name}}}
	o.SetGroupVersionKind(foreign.Database)
	p := &pass{children: map[expand.Key]client.Object{here: &cnpgv1.Database{}, before: &cnpgv1.Database{}}}
	p.facts.Plan = &expand.Plan{Intents: []expand.Intent{{Object: o}}}
	if got := p.mirrored(); !slices.Equal(got, []expand.Key{here}) {
		t.Errorf("with a plan: %v", got)
	}
	p.facts.Plan, p.rows = nil, map[expand.Key]v1alpha1.Child{before: {}}
	if got := p.mirrored(); !slices.Equal(got, []expand.Key{before}) {
		t.Errorf("without one: %v", got)
	}
}
