package expand

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/platform"
)

const (
	// ArgoFinalizer makes Argo CD delete what it made before the Application goes.
	ArgoFinalizer = "resources-finalizer.argocd.argoproj.io"
	// inCluster is the cluster that Argo CD itself runs in.
	inCluster = "https://kubernetes.default.svc"
)

// delivery plans the Application, and what tells image-updater to follow the image.
func (b *builder) delivery() {
	app := b.application()
	if b.eff.Delivery.Update.Policy != v1alpha1.ImagePolicyPinned {
		if b.eff.Delivery.Update.Flavour == v1alpha1.UpdaterCRD {
			b.add(b.imageUpdater())
		} else {
			app.Object.SetAnnotations(b.updaterAnnotations())
		}
	}
	b.add(app)
}

// application leaves helm.parameters and kustomize.images out: they are image-updater's, and a list that we
// named once would be ours as a whole.
func (b *builder) application() Intent {
	d := b.eff.Delivery
	i := intent(v1alpha1.LaneDelivery, foreign.Application, d.ArgoCDNamespace, b.names.shared, map[string]any{
		"spec": map[string]any{
			"project":     d.Project,
			"destination": map[string]any{"server": inCluster, "namespace": b.eff.Namespace.Name},
			"source":      b.applicationSource(),
			"syncPolicy":  map[string]any{"automated": map[string]any{"prune": true, "selfHeal": true}},
		},
	})
	if d.Source.Type == platform.SourceHelm {
		// Behind the pruning of the intent: an empty list or a null of an own chart's values takes a default of the chart away.
		setNested(i.Object.Object, "spec.source.helm.valuesObject", b.ownValues())
	}
	if !d.Orphan {
		i.Object.SetFinalizers([]string{ArgoFinalizer})
	}
	i.Whole, i.Parameters = b.wholeSource(), b.imageParameters()
	return i
}

// wholeSource is what of the source is ours also where we say nothing. image-updater replaces the spec by the one that it read
// when its cycle began: what was taken out meanwhile comes back with that, and is image-updater's then, so that no apply takes
// it out again. A block of the other kind of source Argo CD refuses. Parameters go before values: those of before would undo a pin.
func (b *builder) wholeSource() [][]string {
	helm, kustomize := []string{"spec", "source", "helm"}, []string{"spec", "source", "kustomize"}
	if b.eff.Delivery.Source.Type == platform.SourceKustomize {
		return [][]string{helm, append(kustomize, "patches")}
	}
	whole := [][]string{kustomize, append(slices.Clone(helm), "valuesObject")}
	if b.eff.Delivery.Update.Policy == v1alpha1.ImagePolicyPinned {
		whole = append(whole, append(slices.Clone(helm), "parameters"))
	}
	return whole
}

// imageParameters of another image go before the values, and keep the app on that image for ever: image-updater follows the new one,
// which nothing runs, and skips it.
func (b *builder) imageParameters() *ImageParameters {
	s := b.eff.Delivery.Source
	if s.Type == platform.SourceKustomize {
		return nil
	}
	return &ImageParameters{Path: []string{"spec", "source", "helm", "parameters"}, Name: s.ImageNameKey, Tag: s.ImageTagKey, Image: b.eff.Delivery.Image.Name()}
}

func (b *builder) applicationSource() map[string]any {
	s := b.eff.Delivery.Source
	source := map[string]any{"repoURL": s.RepoURL, "path": s.Path, "targetRevision": s.Revision}
	switch s.Type {
	case platform.SourceKustomize:
		source["kustomize"] = b.kustomize()
	case platform.SourceHelm:
		source["helm"] = map[string]any{"releaseName": b.in.App.Name}
	default:
		source["helm"] = map[string]any{"releaseName": b.in.App.Name, "valuesObject": b.chartValues()}
	}
	return source
}

// chartValues are the values of the workload chart (config/workload-chart/values.yaml).
func (b *builder) chartValues() map[string]any {
	d, w := b.eff.Delivery, b.eff.Delivery.Workload
	values := map[string]any{
		"image":     map[string]any{"repository": d.Image.Name(), "tag": d.Image.TagOrDigest()},
		"podLabels": map[string]any{LabelApp: b.in.App.Name},
		"env":       envValues(w.Env),
		"resources": resourceValues(w.Resources, true),
	}
	if d.Update.PullSecret != "" {
		values["imagePullSecrets"] = []any{d.Update.PullSecret}
	}
	if w.Port != 0 {
		values["port"] = w.Port
	}
	if w.Replicas != nil {
		values["replicas"] = *w.Replicas
	}
	if w.RunAsUser != nil {
		values["runAsUser"] = *w.RunAsUser
	}
	if w.Health != "" {
		values["health"] = map[string]any{"path": w.Health}
	}
	if b.eff.Database != nil {
		values["database"] = map[string]any{"secretName": ConnectionSecret(b.in.App.Name)}
	}
	return values
}

// ownValues are the user's values as they are, with the image to start from. The same keys are image-updater's
// parameters, which go before values.
func (b *builder) ownValues() map[string]any {
	values := map[string]any{}
	if v := b.eff.Delivery.Source.Values; v != nil {
		// Not encoding/json: it would make 9007199254740993 another number.
		if err := utiljson.Unmarshal(v.Raw, &values); err != nil {
			panic("Resolve refused what is no object: " + err.Error())
		}
	}
	setNested(values, b.eff.Delivery.Source.ImageNameKey, b.eff.Delivery.Image.Name())
	setNested(values, b.eff.Delivery.Source.ImageTagKey, b.eff.Delivery.Image.TagOrDigest())
	return values
}

func envValues(env []v1alpha1.EnvVar) []any {
	var out []any
	for _, e := range env {
		if e.ValueFrom != nil {
			ref := e.ValueFrom.SecretKeyRef
			out = append(out, map[string]any{"name": e.Name, "valueFrom": map[string]any{
				"secretKeyRef": map[string]any{"name": ref.Name, "key": ref.Key}}})
			continue
		}
		out = append(out, map[string]any{"name": e.Name, "value": e.Value})
	}
	return out
}

// What the scheduler sets aside for an app that does not say.
var defaultCPU, defaultMemory = resource.MustParse("10m"), resource.MustParse("64Mi")

func resourceValues(r *v1alpha1.Resources, defaults bool) map[string]any {
	var req, lim v1alpha1.ResourceList
	if r != nil && r.Requests != nil {
		req = *r.Requests
	}
	if r != nil && r.Limits != nil {
		lim = *r.Limits
	}
	if defaults {
		req.CPU, req.Memory = requestOr(req.CPU, lim.CPU, defaultCPU), requestOr(req.Memory, lim.Memory, defaultMemory)
	}
	return map[string]any{"requests": quantities(req), "limits": quantities(lim)}
}

// requestOr is a request, or its default. A default above the limit would be a pod that nobody may create.
func requestOr(request, limit *resource.Quantity, def resource.Quantity) *resource.Quantity {
	if request != nil {
		return request
	}
	if limit != nil && limit.Cmp(def) < 0 {
		return limit
	}
	return &def
}

func quantities(l v1alpha1.ResourceList) map[string]any {
	out := map[string]any{}
	if l.CPU != nil {
		out["cpu"] = quantity(*l.CPU)
	}
	if l.Memory != nil {
		out["memory"] = quantity(*l.Memory)
	}
	return out
}

// quantity writes an amount. It takes a copy: String keeps its result in the quantity, and the input is other people's.
func quantity(q resource.Quantity) string {
	q = q.DeepCopy()
	return q.String()
}

// setNested sets a key with dots. Resolve refused values with something in the way.
func setNested(values map[string]any, key string, value any) {
	head, rest, nested := cut(key)
	if !nested {
		values[head] = value
		return
	}
	inner, ok := values[head].(map[string]any)
	if !ok {
		inner = map[string]any{}
		values[head] = inner
	}
	setNested(inner, rest, value)
}

// trackedImage is what image-updater is told to follow: the tag of a rolling image, the range of versions.
func trackedImage(ref image.Reference, u platform.Update) string {
	if u.Policy == v1alpha1.ImagePolicySemver {
		return officialName(ref) + ":" + u.Range
	}
	return ref.Name() + ":" + ref.Tag
}

// officialName leaves library/ out. Where a range is no tag (^1.27), image-updater reads the name in another way than the
// name of the image that runs, would not find it there, and would say so at debug level only.
func officialName(ref image.Reference) string {
	if ref.Registry == "docker.io" {
		ref.Repository = strings.TrimPrefix(ref.Repository, "library/")
	}
	return ref.Name()
}
