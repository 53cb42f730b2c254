package platform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

var (
	hostForm = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`), 253, "not a host name",
		"use lower-case letters, digits, '-' and '.', no wildcard, no port, no trailing dot, for example shop.example.com"}
	pathForm = form{regexp.MustCompile(`^/[A-Za-z0-9._/-]*$`), 256, "not a path prefix", "start with '/' and use letters, digits, '.', '_', '-' and '/', for example /api"}

	ipAddress = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)
	// unusualPath is what the API server refuses in an Ingress and in an HTTPRoute.
	unusualPath = regexp.MustCompile(`//|/\.\.?(/|$)`)
	wholeTimes  = regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
)

// isHost tells whether a host could be one: an address is none.
func isHost(h string) bool {
	return len(h) <= hostForm.maxLength && hostForm.pattern.MatchString(h) && !ipAddress.MatchString(h)
}

func (r *resolver) checkEdge() {
	spec := &r.app.Spec
	r.refusals.set("spec.hosts", spec.Hosts, 10, hostForm)
	for i, h := range spec.Hosts {
		if ipAddress.MatchString(h) {
			r.refusals.invalid(fmt.Sprintf("spec.hosts[%d]", i), "an address, not a host name", hostForm.remedy)
		}
	}
	r.checkHostless()
	r.checkPaths(spec.Paths)
	if spec.TLS != nil {
		oneOf(&r.refusals, "spec.tls.mode", spec.TLS.Mode, v1alpha1.TLSWildcard, v1alpha1.TLSPerHost, v1alpha1.TLSOff)
	}
	if spec.Exposure != nil {
		r.checkExposure(spec.Exposure)
	}
}

// checkHostless refuses what would be without effect: a limit on nothing reads like a limit.
func (r *resolver) checkHostless() {
	spec := &r.app.Spec
	if len(spec.Hosts) > 0 {
		return
	}
	if spec.Paths != nil {
		r.refusals.invalid("spec.paths", "without hosts nothing is routed", "add spec.hosts, or remove spec.paths")
	}
	if spec.Exposure != nil {
		r.refusals.invalid("spec.exposure", "without hosts nothing is exposed", "add spec.hosts, or remove spec.exposure")
	}
	if spec.TLS != nil {
		r.refusals.invalid("spec.tls", "without hosts there is nothing to certify", "add spec.hosts, or remove spec.tls")
	}
}

func (r *resolver) checkPaths(paths []string) {
	if paths == nil {
		return
	}
	if len(paths) == 0 {
		r.refusals.invalid("spec.paths", "empty, so nothing is routed", "name a path, or leave it out to route them all")
	}
	r.refusals.set("spec.paths", paths, 10, pathForm)
	for i, p := range paths {
		f := fmt.Sprintf("spec.paths[%d]", i)
		if same, ok := samePrefix(paths[:i], p); ok {
			r.refusals.invalid(f, p+" is the same prefix as "+same, "remove one of them")
		}
		if unusualPath.MatchString(p) {
			r.refusals.invalid(f, "holds '//' or an element '.' or '..', which no edge takes", "write the path as it is asked for, for example /api")
		}
		if strings.HasPrefix(p, "/.well-known/acme-challenge") {
			r.refusals.invalid(f, "this path is reserved for certificate challenges", "choose another")
		}
	}
}

// samePrefix finds a path that differs in the '/' at its end only. ingress-nginx makes one location of both, nginx refuses
// the second one, and from then on no change of any app reaches it.
func samePrefix(paths []string, path string) (string, bool) {
	i := slices.IndexFunc(paths, func(p string) bool {
		return p != path && strings.TrimRight(p, "/") == strings.TrimRight(path, "/")
	})
	if i < 0 {
		return "", false
	}
	return paths[i], true
}

var maxBody = resource.MustParse("10Gi")

func (r *resolver) checkExposure(x *v1alpha1.Exposure) {
	const f = "spec.exposure."
	oneOf(&r.refusals, f+"visibility", x.Visibility, v1alpha1.VisibilityPublic, v1alpha1.VisibilityTailnet)
	if x.Streaming != nil && !isIdleTimeout(x.Streaming.IdleTimeout) {
		r.refusals.invalid(f+"streaming.idleTimeout", "not between 1s and 24h", "write for example 1h")
	}
	if q := x.MaxBodySize; q != nil && (q.Sign() <= 0 || q.Cmp(maxBody) > 0 || q.Value()%1024 != 0) {
		r.refusals.invalid(f+"maxBodySize", "not whole KiB between 1Ki and 10Gi", "write for example 10Mi")
	}
	if x.RateLimit != nil {
		r.refusals.between(f+"rateLimit.requestsPerSecond", x.RateLimit.RequestsPerSecond, 1, 10000)
	}
}

func isIdleTimeout(s string) bool { return len(s) <= 16 && between(s, time.Second, 24*time.Hour) }

// between takes what CEL takes: hours, minutes and seconds in whole numbers.
func between(s string, least, most time.Duration) bool {
	d, err := time.ParseDuration(s)
	return err == nil && wholeTimes.MatchString(s) && d >= least && d <= most
}
