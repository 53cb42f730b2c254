package platform

import (
	"fmt"
	"regexp"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// MaxNameLength of an AfroApp: names of children are derived from it, and CloudNativePG takes 50.
const MaxNameLength = 40

// databaseService are names that CloudNativePG gives to Services of the Cluster <app>-db.
var databaseService = regexp.MustCompile(`-db-(rw|ro|r)$`)

// Resolve reads an app against its platform. It refuses what breaks a rule of the API (the same rules as the
// CRD's, for objects that never saw it) and what the namespace was not granted. The error is of type Refusals.
func Resolve(app *v1alpha1.AfroApp, ns Namespace, p *v1alpha1.AfroPlatform, f Flavours) (*Effective, error) {
	if p == nil {
		return nil, Refusals{{Field: "spec", Reason: v1alpha1.ReasonPlatformMissing,
			Cause: "there is no AfroPlatform named " + v1alpha1.PlatformName, Remedy: "ask the admin of the cluster to apply one"}}
	}
	if err := ValidatePlatform(p); err != nil {
		first := err.(Refusals)[0]
		return nil, Refusals{{Field: "spec", Reason: v1alpha1.ReasonPlatformInvalid,
			Cause: "the AfroPlatform is invalid: " + first.Field + ": " + first.Cause, Remedy: "ask the admin of the cluster: " + first.Remedy}}
	}
	tenant, ok := TenantOf(p, ns)
	if !ok {
		return nil, strangerTo(p, ns)
	}
	r := resolver{app: app, ns: ns, platform: p, flavours: f, tenant: tenant}
	r.name()
	e := &Effective{Namespace: ns, Name: app.Name, Delivery: r.delivery(), Edge: r.edge(), Database: r.database()}
	if err := r.refusals.orNil(); err != nil {
		return nil, err
	}
	return e, nil
}

func strangerTo(p *v1alpha1.AfroPlatform, ns Namespace) Refusals {
	r := Refusal{Field: "metadata.namespace", Reason: v1alpha1.ReasonNamespaceNotPermitted,
		Cause: fmt.Sprintf("no tenant of the AfroPlatform matches namespace %s", ns.Name), Remedy: "ask the admin of the cluster to add it to spec.tenants"}
	if isSystem(p, ns.Name) {
		r.Cause = fmt.Sprintf("namespace %s is the cluster's or the platform's own, and no tenant of the AfroPlatform names it", ns.Name)
		r.Remedy = "use another namespace; '*' and selectors do not match this one, spec.tenants[].namespaces would have to name it"
	}
	return Refusals{r}
}

// resolver carries the input through the facets and collects refusals.
type resolver struct {
	app      *v1alpha1.AfroApp
	ns       Namespace
	platform *v1alpha1.AfroPlatform
	flavours Flavours
	tenant   *v1alpha1.Tenant
	refusals Refusals
}

func (r *resolver) name() {
	if len(r.app.Name) > MaxNameLength {
		r.refusals.invalid("metadata.name", fmt.Sprintf("longer than %d characters, and child names are derived from it", MaxNameLength), "choose a shorter name")
	}
	if r.app.Name == "kubernetes" {
		r.refusals.invalid("metadata.name", "kubernetes is the Service of the API server, which the app's would take over in namespace default", "choose another name")
	}
	if databaseService.MatchString(r.app.Name) {
		r.refusals.invalid("metadata.name", "ends as the Services of a dedicated database do (-db-rw, -db-ro, -db-r), and would take over the one of another app", "choose another name")
	}
	if !dnsLabel.MatchString(r.app.Name) {
		r.refusals.invalid("metadata.name", "not a DNS label, and the Service is named so", "use lower-case letters, digits and '-', beginning with a letter")
	}
}

// rule names the grant that refuses, so that its admin can be asked for it.
func (r *resolver) rule() string { return fmt.Sprintf("tenant %q of the AfroPlatform", r.tenant.Name) }

// or gives a default to an empty value.
func or[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}

// deref gives a default to an absent value.
func deref[T any](value *T, def T) T {
	if value == nil {
		return def
	}
	return *value
}
