// Package schema judges objects of files against their CRDs, with the code of the API server itself. The rules in
// internal/platform speak first and better; what is left is what a Go type cannot tell from something else: an empty text
// from none, a number from its text, nothing behind a field from no field.
package schema

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/config/crd"
	"github.com/afrotomation/afroapp/internal/platform"
)

// AfroApp gives what the API server would refuse in a new AfroApp, and what it would drop.
func AfroApp(fields map[string]any) platform.Refusals { return apps().judge(fields) }

// AfroPlatform is AfroApp for an AfroPlatform.
func AfroPlatform(fields map[string]any) platform.Refusals { return platforms().judge(fields) }

// Compiling takes longer than all else that afroctl does.
var (
	apps      = sync.OnceValue(func() *definition { return compile("bases/platform.afrotomation.com_afroapps.yaml") })
	platforms = sync.OnceValue(func() *definition { return compile("bases/platform.afrotomation.com_afroplatforms.yaml") })
)

// definition is one CRD, ready to judge.
type definition struct {
	structural *structuralschema.Structural
	schema     validation.SchemaValidator
	rules      *cel.Validator
}

func compile(file string) *definition {
	d, err := load(file)
	if err != nil {
		panic(fmt.Sprintf("the API server takes %s: %v", file, err))
	}
	return d
}

func load(file string) (*definition, error) {
	raw, err := crd.Bases.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var of apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(raw, &of); err != nil {
		return nil, err
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(of.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil); err != nil {
		return nil, err
	}
	delete(props.Properties, "status") // a new object has none
	d := &definition{}
	if d.structural, err = structuralschema.NewStructural(&props); err != nil {
		return nil, err
	}
	if d.schema, _, err = validation.NewSchemaValidator(&props); err != nil {
		return nil, err
	}
	const isResourceRoot = true
	d.rules = cel.NewValidator(d.structural, isResourceRoot, celconfig.PerCallLimit)
	return d, nil
}

func (d *definition) judge(fields map[string]any) platform.Refusals {
	object := map[string]any{"apiVersion": fields["apiVersion"], "kind": fields["kind"], "metadata": fields["metadata"], "spec": fields["spec"]}
	errs := validation.ValidateCustomResource(nil, object, d.schema)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, object)...)
	if !hidesRules(errs) {
		found, _ := d.rules.Validate(context.Background(), nil, d.structural, object, nil, celconfig.RuntimeCELCostBudget)
		errs = append(errs, found...)
	}
	return refusals(errs)
}

// hidesRules tells whether CEL could stumble over what is wrong already. The API server skips its rules then, too.
func hidesRules(errs field.ErrorList) bool {
	for _, e := range errs {
		switch e.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}
