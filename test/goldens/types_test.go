package goldens

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	kjson "sigs.k8s.io/json"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// elsewhere are the kinds whose Go types this module does without. test/conformance decodes those of
// argoproj.io; the CRDs judge all of them in TestServer.
var elsewhere = map[schema.GroupKind]bool{
	{Group: "argoproj.io", Kind: "Application"}:                       true,
	{Group: "argoproj.io", Kind: "AppProject"}:                        true,
	{Group: "argocd-image-updater.argoproj.io", Kind: "ImageUpdater"}: true,
	{Group: "barmancloud.cnpg.io", Kind: "ObjectStore"}:               true,
}

// goTypes are the real ones: of Kubernetes, cert-manager, CloudNativePG, Gateway API, and ours.
func goTypes(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	err := errors.Join(scheme.AddToScheme(s), certmanagerv1.AddToScheme(s), cnpgv1.AddToScheme(s),
		gatewayv1.Install(s), v1alpha1.AddToScheme(s))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGoldensAreOfTheirTypes(t *testing.T) {
	known := goTypes(t)
	decoded := map[string]int{}
	for _, g := range corpus(t) {
		if elsewhere[g.GroupVersionKind().GroupKind()] {
			continue
		}
		if err := decode(known, g); err != nil {
			t.Errorf("%s: %v", g, err)
		}
		decoded[g.GetKind()]++
	}
	if len(decoded) == 0 {
		t.Error("nothing was decoded")
	}
	t.Logf("decoded: %v", decoded)
}

// decode does what the API server does with strict field validation: names are compared by case, and an
// unknown or repeated field is an error.
func decode(known *runtime.Scheme, g golden) error {
	object, err := known.New(g.GroupVersionKind())
	if err != nil {
		return fmt.Errorf("no Go type to check it with: %w", err)
	}
	strict, err := kjson.UnmarshalStrict(g.json, object)
	return errors.Join(append([]error{err}, strict...)...)
}

func TestDecodingFindsFaults(t *testing.T) {
	known := goTypes(t)
	for name, fault := range map[string]struct{ yaml, want string }{
		"Certificate":     {"apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {secret: x}", `unknown field "spec.secret"`},
		"Cluster":         {"apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nspec: {instance: 3}", `unknown field "spec.instance"`},
		"Database":        {"apiVersion: postgresql.cnpg.io/v1\nkind: Database\nspec: {Name: x}", `unknown field "spec.Name"`},
		"DatabaseRole":    {"apiVersion: postgresql.cnpg.io/v1\nkind: DatabaseRole\nspec: {log-in: true}", `unknown field "spec.log-in"`},
		"ScheduledBackup": {"apiVersion: postgresql.cnpg.io/v1\nkind: ScheduledBackup\nspec: {schedule: 5}", "cannot unmarshal number"},
		"HTTPRoute":       {"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: {rules: [{timeout: {}}]}", `unknown field "spec.rules[0].timeout"`},
		"ListenerSet":     {"apiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nspec: {parentRefs: []}", `unknown field "spec.parentRefs"`},
		"Ingress":         {"apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {ingressClass: nginx}", `unknown field "spec.ingressClass"`},
		"Secret":          {"apiVersion: v1\nkind: Secret\ndata: {password: not base64}", "illegal base64"},
		"AfroHostClaim":   {"apiVersion: platform.afrotomation.com/v1alpha1\nkind: AfroHostClaim\nspec: {hostname: x}", `unknown field "spec.hostname"`},
		"an old version":  {"apiVersion: networking.k8s.io/v1beta9\nkind: Ingress", "no Go type"},
		"unheard of":      {"apiVersion: example.com/v1\nkind: Unheard", "no Go type"},
	} {
		goldens, err := parse("fault", []byte(fault.yaml))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := decode(known, goldens[0]); err == nil || !strings.Contains(err.Error(), fault.want) {
			t.Errorf("%s: got %v, want %q", name, err, fault.want)
		}
	}
	if _, err := parse("fault", []byte("apiVersion: v1\nkind: Secret\nkind: Secret\n")); err == nil {
		t.Error("a key that stands twice was accepted")
	}
}
