package expand

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// What holds of every plan, whatever went in. properties_law_test.go holds the corpus to it, shows that each law can be
// broken, and fuzz_test.go looks for an input that breaks one.

// laws finds what a plan breaks.
type laws struct {
	in    Input
	plan  *Plan
	found []string
}

func violations(in Input, plan *Plan) []string {
	l := &laws{in: in, plan: plan}
	l.order()
	for _, i := range plan.Intents {
		l.names(i)
		l.back(i)
		l.owners(i)
		l.place(i)
		l.metadata(i)
		l.content(i)
	}
	l.updater()
	l.hosts()
	l.backups()
	return l.found
}

func (l *laws) broken(i Intent, format string, args ...any) {
	l.found = append(l.found, i.Key().String()+": "+fmt.Sprintf(format, args...))
}

// order: what others rest on first, and nothing twice.
func (l *laws) order() {
	seen := map[Key]bool{}
	for n, i := range l.plan.Intents {
		if seen[i.Key()] {
			l.broken(i, "planned twice")
		}
		seen[i.Key()] = true
		if n > 0 && foreign.Order(l.plan.Intents[n-1].GVK()) > foreign.Order(i.GVK()) {
			l.broken(i, "stands behind %s", l.plan.Intents[n-1].Key())
		}
		if _, known := foreign.Of(i.GVK()); !known {
			l.broken(i, "is of no known kind")
		}
	}
}

// maxName by kind: CloudNativePG takes 50 characters, Argo CD writes the name of an Application into labels, and the Service
// of an Ingress or HTTPRoute is named as they are.
var maxName = map[string]int{"Cluster": 50, "Application": 63, "ImageUpdater": 63, "Ingress": 63, "HTTPRoute": 63, "ListenerSet": 63, "ScheduledBackup": 52}

var reservedRole = regexp.MustCompile(`^(pg_|cnpg_|postgres$|streaming_replica$)`)

func (l *laws) names(i Intent) {
	name := i.Object.GetName()
	for _, msg := range validation.IsDNS1123Subdomain(name) {
		l.broken(i, "name: %s", msg)
	}
	if limit, ok := maxName[i.Object.GetKind()]; ok && len(name) > limit {
		l.broken(i, "name is longer than %d", limit)
	}
	if ns := i.Object.GetNamespace(); ns != "" && len(validation.IsDNS1123Label(ns)) > 0 {
		l.broken(i, "namespace %q", ns)
	}
	switch i.Object.GetKind() {
	case "DatabaseRole", "Database":
		n := at[string](i, "spec", "name")
		if len(n) > 63 || n == "" || reservedRole.MatchString(n) {
			l.broken(i, "PostgreSQL does not take the name %q", n)
		}
	case "Cluster":
		if n := at[string](i, "spec", "plugins", 0, "parameters", "serverName"); len(n) > 63 {
			l.broken(i, "serverName is longer than 63")
		}
	}
}

// back: every child says whose it is.
func (l *laws) back(i Intent) {
	labels, annotations := i.Object.GetLabels(), i.Object.GetAnnotations()
	if labels[LabelManagedBy] != ManagedBy || labels[LabelOwnerUID] != string(uidOr(l.in.App.UID)) {
		l.broken(i, "labels %v do not lead back", labels)
	}
	if annotations[AnnotationOwner] != Owner(l.in.Namespace.Name, l.in.App.Name) || annotations[AnnotationRevision] == "" ||
		annotations[AnnotationNamespaceUID] != string(uidOr(l.in.Namespace.UID)) {
		l.broken(i, "annotations %v do not lead back", annotations)
	}
}

// owners (S1): what holds data, and what is in other people's namespaces, has none; the rest is collected with the app.
func (l *laws) owners(i Intent) {
	refs := i.Object.GetOwnerReferences()
	collected := slices.Contains([]string{"Ingress", "HTTPRoute", "ListenerSet", "Certificate"}, i.Object.GetKind()) ||
		i.Key() == Key{Kind: "Secret", Namespace: l.in.Namespace.Name, Name: ConnectionSecret(l.in.App.Name)}
	switch {
	case i.Data() && len(refs) > 0:
		l.broken(i, "holds data and has an owner")
	case !collected && len(refs) > 0:
		l.broken(i, "has an owner")
	case collected && (len(refs) != 1 || refs[0].UID != uidOr(l.in.App.UID) || refs[0].Kind != "AfroApp" || refs[0].Name != l.in.App.Name):
		l.broken(i, "is not owned by the app: %v", refs)
	}
	if i.Object.GetKind() == "Secret" && !collected && !i.Data() {
		l.broken(i, "a password that does not belong to the data")
	}
}

// place (S9): each kind where it belongs, and nothing anywhere else.
func (l *laws) place(i Intent) {
	kind, ns := i.Object.GetKind(), i.Object.GetNamespace()
	app, argo, shared := l.in.Namespace.Name, platform.ArgoCDNamespace(l.in.Platform), l.sharedNamespace()
	var allowed []string
	switch kind {
	case "AfroHostClaim":
		allowed = []string{""}
	case "Application", "ImageUpdater":
		allowed = []string{argo}
	case "DatabaseRole":
		allowed = []string{shared}
	case "Secret", "Database":
		allowed = []string{app, shared}
	default:
		allowed = []string{app}
	}
	if !slices.Contains(allowed, ns) || (ns == "" && kind != "AfroHostClaim") {
		l.broken(i, "does not belong into namespace %q", ns)
	}
}

func (l *laws) sharedNamespace() string {
	if d := l.in.Platform.Spec.Database; d != nil && d.Shared != nil && l.in.App.Spec.Database != nil {
		return d.Shared.Namespace
	}
	return ""
}

var (
	knownLabels      = []string{LabelManagedBy, LabelOwnerUID, LabelData, "cnpg.io/reload"}
	knownAnnotations = map[string]*regexp.Regexp{
		"":            regexp.MustCompile(`^platform\.afrotomation\.com/(owner|revision|namespace-uid)$`),
		"Ingress":     regexp.MustCompile(`^(nginx\.ingress\.kubernetes\.io/(ssl-redirect|proxy-read-timeout|proxy-send-timeout|proxy-buffering|proxy-body-size|limit-rps)|traefik\.ingress\.kubernetes\.io/router\.(entrypoints|tls)|tailscale\.com/proxy-group)$`),
		"Application": regexp.MustCompile(`^argocd-image-updater\.argoproj\.io/(image-list|write-back-method|git-repository|git-branch|app\.(update-strategy|force-update|platforms|pull-secret|ignore-tags|kustomize\.image-name|helm\.image-name|helm\.image-tag))$`),
	}
	unitless = regexp.MustCompile(`^[0-9]+k?$`)
)

// metadata (S10): only what we know ourselves.
func (l *laws) metadata(i Intent) {
	for k := range i.Object.GetLabels() {
		if !slices.Contains(knownLabels, k) {
			l.broken(i, "label %s", k)
		}
	}
	for k, v := range i.Object.GetAnnotations() {
		own := knownAnnotations[i.Object.GetKind()]
		if !knownAnnotations[""].MatchString(k) && (own == nil || !own.MatchString(k)) {
			l.broken(i, "annotation %s", k)
		}
		if strings.HasPrefix(k, "nginx.ingress.kubernetes.io/proxy-") && !strings.HasSuffix(k, "buffering") && !unitless.MatchString(v) {
			l.broken(i, "ingress-nginx drops the Ingress for %s: %s", k, v)
		}
	}
	if f := i.Object.GetFinalizers(); len(f) > 0 && i.Object.GetKind() != "Application" {
		l.broken(i, "finalizers %v", f)
	}
	for _, err := range append(metav1validation.ValidateLabels(i.Object.GetLabels(), field.NewPath("labels")),
		apivalidation.ValidateAnnotations(i.Object.GetAnnotations(), field.NewPath("annotations"))...) {
		l.broken(i, "%v", err)
	}
}

// free are the fields that repeat what a person wrote: an own chart's values, the values of environment variables.
var free = regexp.MustCompile(`^\.spec\.source\.(helm\.valuesObject|kustomize\.patches)\b`)

// content: JSON values only, nothing empty, nothing that breaks a line.
func (l *laws) content(i Intent) {
	func() {
		defer func() {
			if r := recover(); r != nil {
				l.broken(i, "%v", r)
			}
		}()
		runtime.DeepCopyJSON(i.Object.Object)
	}()
	l.walk(i, "", i.Object.Object)
	if i.Object.GetKind() == "Application" {
		if at[any](i, "spec", "source", "helm", "parameters") != nil {
			l.broken(i, "takes helm.parameters away from image-updater")
		}
		pinned := l.plan.Effective.Delivery.Update.Policy == v1alpha1.ImagePolicyPinned
		if images := at[any](i, "spec", "source", "kustomize", "images"); images != nil && !pinned {
			l.broken(i, "takes kustomize.images away from image-updater")
		}
	}
}

func (l *laws) walk(i Intent, path string, v any) {
	own := l.plan.Effective.Delivery.Source.Type == platform.SourceHelm && strings.HasPrefix(path, ".spec.source.helm.valuesObject")
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 && !own {
			l.broken(i, "%s is empty", path)
		}
		for k, x := range v {
			l.walk(i, path+"."+k, x)
		}
	case []any:
		if len(v) == 0 && !own {
			l.broken(i, "%s is empty", path)
		}
		for n, x := range v {
			l.walk(i, fmt.Sprintf("%s[%d]", path, n), x)
		}
	case string:
		if strings.ContainsFunc(v, unicode.IsControl) && !free.MatchString(path) {
			l.broken(i, "%s holds %q", path, v)
		}
	case nil:
		if !own {
			l.broken(i, "%s is null", path)
		}
	}
}

// updater: one way of telling image-updater, none for a pinned image, and everything written out.
func (l *laws) updater() {
	d := l.plan.Effective.Delivery
	var crs, annotated int
	for _, i := range l.plan.Intents {
		switch i.Object.GetKind() {
		case "ImageUpdater":
			crs++
			l.updaterCR(i)
		case "Application":
			if list := i.Object.GetAnnotations()[updaterPrefix+"image-list"]; list != "" {
				annotated++
				if !strings.HasPrefix(list, "app=") || strings.Contains(list, ",") {
					l.broken(i, "image-list %q is not one image", list)
				}
			}
		}
	}
	want := 1
	if d.Update.Policy == v1alpha1.ImagePolicyPinned {
		want = 0
	}
	if crs+annotated != want {
		l.found = append(l.found, fmt.Sprintf("image-updater is told %d times, not %d", crs+annotated, want))
	}
}

func (l *laws) updaterCR(i Intent) {
	ref := at[map[string]any](i, "spec", "applicationRefs", 0)
	settings := at[map[string]any](i, "spec", "applicationRefs", 0, "images", 0, "commonUpdateSettings")
	if ref["namePattern"] != i.Object.GetName() || ref["useAnnotations"] != false {
		l.broken(i, "does not name its Application exactly")
	}
	if !l.plan.Has(Key{Kind: "Application", Namespace: i.Object.GetNamespace(), Name: i.Object.GetName()}) {
		l.broken(i, "has no Application")
	}
	if settings["updateStrategy"] == nil || settings["forceUpdate"] == nil || settings["platforms"] == nil {
		l.broken(i, "leaves the CRD to fill in what it likes: %v", settings)
	}
}

// hosts: nothing is served or certified that is not claimed, and nothing that is lost.
func (l *laws) hosts() {
	for _, i := range l.plan.Intents {
		var served []any
		switch i.Object.GetKind() {
		case "HTTPRoute":
			served = at[[]any](i, "spec", "hostnames")
		case "Certificate":
			served = at[[]any](i, "spec", "dnsNames")
		case "Ingress":
			for n := range at[[]any](i, "spec", "rules") {
				served = append(served, at[any](i, "spec", "rules", n, "host"))
			}
			if tailnet := l.plan.Effective.Edge.Tailnet; tailnet {
				served = []any{l.plan.Effective.Edge.Hosts[0]}
			}
		default:
			continue
		}
		if len(served) == 0 {
			l.broken(i, "serves every host")
		}
		for _, h := range served {
			host, _ := h.(string)
			if !l.plan.Has(Key{Kind: "AfroHostClaim", Name: host}) || slices.Contains(l.in.LostHosts, host) {
				l.broken(i, "host %q is not held", host)
			}
		}
	}
}

var sixFields = regexp.MustCompile(`^0 [0-9]+ ([0-9]+|\*) \* \* ([0-6]|\*)$`)

// backups: a schedule that is a schedule, of a Cluster that archives.
func (l *laws) backups() {
	for _, i := range l.plan.Intents {
		if i.Object.GetKind() != "ScheduledBackup" {
			continue
		}
		if s := at[string](i, "spec", "schedule"); !sixFields.MatchString(s) {
			l.broken(i, "schedule %q has not six fields", s)
		}
		if at[string](i, "spec", "method") != "plugin" || at[any](i, "spec", "immediate") != true {
			l.broken(i, "would never back up")
		}
		cluster := Key{Kind: "Cluster", Namespace: i.Object.GetNamespace(), Name: at[string](i, "spec", "cluster", "name")}
		for _, c := range l.plan.Intents {
			if c.Key() == cluster && at[any](c, "spec", "plugins", 0, "isWALArchiver") != true {
				l.broken(c, "archives nothing")
			}
		}
	}
}

// at reads a value by keys of maps and indexes of lists; the zero value where there is none.
func at[T any](i Intent, path ...any) T {
	var v any = i.Object.Object
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			list, _ := v.([]any)
			if p >= len(list) {
				v = nil
				continue
			}
			v = list[p]
		}
	}
	out, _ := v.(T)
	return out
}
