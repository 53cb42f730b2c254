package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// baseTransport is what requests leave by, with a trust of its own where there is a bundle.
func baseTransport(base http.RoundTripper, bundle []byte) (http.RoundTripper, error) {
	if base == nil {
		base = http.DefaultTransport
	}
	t, ok := base.(*http.Transport)
	if !ok {
		return base, nil
	}
	t = t.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if len(bundle) == 0 {
		return t, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(bundle) {
		return nil, errors.New("the CA bundle holds no certificate")
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

// guard is what every request to a registry, its token server and its blob store goes through. It holds what
// go-containerregistry leaves to chance: the scheme, where credentials go, how often, how long and how much.
type guard struct {
	address string // of the registry, as go-containerregistry writes it
	label   string
	plain   bool
	// heuristic: go-containerregistry thinks by its name that the registry speaks http. It does not.
	heuristic bool

	base                   http.RoundTripper
	gate                   *gate
	clock                  Clock
	metrics                *collectors
	headerTimeout, timeout time.Duration
}

// refusedError is a request that was not sent.
type refusedError string

func (e refusedError) Error() string { return string(e) }

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, err := g.permit(req)
	if err != nil {
		return nil, err
	}
	if err := g.gate.wait(req.Context()); err != nil {
		return nil, err
	}
	began := time.Now()
	resp, err := send(g.base, sent, g.headerTimeout, g.timeout)
	g.metrics.request(g.label, resp, time.Since(began))
	if err != nil {
		return nil, err
	}
	resp.Request = req
	if pause, ok := pauseOf(resp, g.clock.Now()); ok {
		g.gate.pause(pause)
	}
	g.mend(req, resp)
	return resp, nil
}

// permit tells how a request may be sent, if at all.
func (g *guard) permit(req *http.Request) (*http.Request, error) {
	scheme := "https"
	if g.plain {
		scheme = "http"
	}
	from := origin(req)
	switch {
	case from == req && req.URL.Host == g.address && req.URL.Scheme != scheme:
		// go-containerregistry tries http on its own for names that look local, and https before http.
		return nil, refusedError("the registry is asked by " + scheme + " only")
	case from == req && req.URL.Scheme != "https" && !g.plain:
		return nil, refusedError("the registry's token server is asked by https only")
	case from == req:
		return req, nil
	case req.Response.Request.URL.Scheme == "https" && req.URL.Scheme != "https":
		return nil, refusedError("a redirect from https to http is not followed")
	case sameHost(from.URL, req.URL):
		return req, nil
	case req.Body != nil && req.Body != http.NoBody:
		// The body of a token request is a credential.
		return nil, refusedError("a redirect of a token request to another host is not followed")
	}
	req = req.Clone(req.Context())
	req.Header.Del("Authorization")
	req.Header.Del("Cookie")
	return req, nil
}

// origin is the request that was redirected until it became this one.
func origin(req *http.Request) *http.Request {
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	return req
}

func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// mend takes from an answer what go-containerregistry would trip over.
func (g *guard) mend(req *http.Request, resp *http.Response) {
	if !sameHost(origin(req).URL, req.URL) {
		// Whoever a registry sends us to does not say where the registry's credentials go.
		resp.Header.Del("WWW-Authenticate")
	}
	link := resp.Header.Get("Link")
	if !g.heuristic || link == "" || req.URL.Host != g.address {
		return
	}
	// A further page is followed only by the scheme that is guessed from the registry's name; then it is sent by the right one.
	if target, rest, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">"); ok {
		if next, err := req.URL.Parse(target); err == nil && next.Host == g.address && next.Scheme == "https" {
			next.Scheme = "http"
			resp.Header.Set("Link", "<"+next.String()+">"+rest)
		}
	}
}
