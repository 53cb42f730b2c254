package platform

import (
	"fmt"
	"regexp"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

var (
	envForm    = form{regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`), 128, "not the name of a variable", "use letters, digits and '_'"}
	refForm    = form{secretName.pattern, secretName.maxLength, secretName.cause, "name a Secret of this namespace"}
	keyOfForm  = form{regexp.MustCompile(`^[A-Za-z0-9._-]+$`), 253, "not a key of a Secret", "name a key of its data"}
	healthForm = form{regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`), 256, "not a path", "start with '/' and use letters, digits, '.', '_', '~', '-' and '/'"}
)

func (r *resolver) workload() Workload {
	spec := &r.app.Spec
	w := Workload{Port: deref(spec.Port, 0), Replicas: spec.Replicas, Env: spec.Env, Resources: spec.Resources, RunAsUser: spec.RunAsUser, Service: r.app.Name}
	if spec.Source != nil {
		w.Service = or(spec.Source.ServiceName, w.Service)
	}
	if spec.Port != nil && (*spec.Port < 1 || *spec.Port > 65535) {
		r.refusals.invalid("spec.port", "not between 1 and 65535", "set the port that the app listens on")
	}
	if len(spec.Hosts) > 0 && spec.Port == nil {
		r.refusals.invalid("spec.port", "missing, but hosts are given", "set spec.port to the port the app listens on")
	}
	r.checkReplicas(spec.Replicas)
	r.checkEnv(spec.Env)
	r.checkResources(spec.Resources)
	if u := spec.RunAsUser; u != nil && (*u < 1 || *u > 2147483647) {
		r.refusals.invalid("spec.runAsUser", "not between 1 and 2147483647", "name a user other than root by its number")
	}
	if spec.Health != nil {
		w.Health = spec.Health.Path
		r.checkHealth(spec.Health)
	}
	return w
}

func (r *resolver) checkReplicas(n *int32) {
	if n == nil {
		return
	}
	if *n < 0 || *n > 100 {
		r.refusals.between("spec.replicas", *n, 0, 100)
		return
	}
	if limit := deref(limits(r.platform).MaxReplicas, 10); *n > limit {
		r.refusals.add("spec.replicas", v1alpha1.ReasonLimitExceeded, fmt.Sprintf("more than the %d replicas that the AfroPlatform allows", limit), "ask for fewer, or ask the admin of the cluster")
	}
}

func (r *resolver) checkEnv(env []v1alpha1.EnvVar) {
	r.refusals.atMost("spec.env", len(env), 100)
	seen := map[string]bool{}
	for i, e := range env {
		f := fmt.Sprintf("spec.env[%d]", i)
		r.refusals.must(f+".name", e.Name, envForm)
		if seen[e.Name] {
			r.refusals.invalid(f+".name", e.Name+" is set twice", "remove one of them")
		}
		seen[e.Name] = true
		if utf8.RuneCountInString(e.Value) > 8192 {
			r.refusals.invalid(f+".value", "longer than 8192 characters", "put it into a Secret")
		}
		if e.ValueFrom != nil {
			r.checkEnvSource(f, e)
		}
	}
}

func (r *resolver) checkEnvSource(f string, e v1alpha1.EnvVar) {
	if e.Value != "" {
		r.refusals.invalid(f, "has a value and a valueFrom", "set one of them")
	}
	ref := e.ValueFrom.SecretKeyRef
	r.refusals.must(f+".valueFrom.secretKeyRef.name", ref.Name, refForm)
	r.refusals.must(f+".valueFrom.secretKeyRef.key", ref.Key, keyOfForm)
}

func (r *resolver) checkResources(res *v1alpha1.Resources) {
	if res == nil {
		return
	}
	req, lim := deref(res.Requests, v1alpha1.ResourceList{}), deref(res.Limits, v1alpha1.ResourceList{})
	for _, q := range []struct {
		field    string
		req, lim *resource.Quantity
	}{{"cpu", req.CPU, lim.CPU}, {"memory", req.Memory, lim.Memory}} {
		if q.req != nil && q.req.Sign() < 0 {
			r.refusals.invalid("spec.resources.requests."+q.field, "negative", "write a positive amount")
		}
		if q.lim != nil && q.lim.Sign() < 0 {
			r.refusals.invalid("spec.resources.limits."+q.field, "negative", "write a positive amount")
		}
		if q.req != nil && q.lim != nil && q.req.Cmp(*q.lim) > 0 {
			r.refusals.invalid("spec.resources.requests."+q.field, "more than the limit", "raise the limit, or lower the request")
		}
	}
}

func (r *resolver) checkHealth(h *v1alpha1.Health) {
	const f = "spec.health"
	if h.Path == "" {
		r.refusals.invalid(f+".path", "missing", "name the path that answers while the app is healthy, for example /healthz")
	}
	r.refusals.text(f+".path", h.Path, healthForm)
	if r.app.Spec.Port == nil {
		r.refusals.invalid(f, "needs a port to ask", "set spec.port, or remove spec.health")
	}
}
