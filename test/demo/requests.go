package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// counter sees every request that the operator sends.
type counter struct {
	mu   sync.Mutex
	sent []request
}

type request struct {
	method, path string
	watch        bool
}

// counted is a transport whose requests are counted.
type counted struct {
	*counter
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.sent = append(c.sent, request{r.Method, r.URL.Path, r.URL.Query().Has("watch")})
	c.mu.Unlock()
	return c.next.RoundTrip(r)
}

// mark is a moment to count from.
func (c *counter) mark() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sent)
}

// since are the requests after a mark. A watch that is opened anew is none: it carries what others did.
func (c *counter) since(mark int) []request {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []request
	for _, r := range c.sent[mark:] {
		if !r.watch {
			out = append(out, r)
		}
	}
	return out
}

// bill is what an app has cost, in requests.
type bill struct{ children, finalizer, status, reads int }

func (b bill) total() int { return b.children + b.finalizer + b.status + b.reads }

// requests in words.
func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// billOf counts the requests about an app and its children. Lists and watches of whole kinds are not among them: they are
// sent once, when the operator starts, however many apps there are.
func (c *counter) billOf(namespace, name string, children []expand.Intent) bill {
	app := "/namespaces/" + namespace + "/afroapps/" + name
	paths := map[string]bool{}
	for _, i := range children {
		paths[pathOf(i)] = true
	}
	var b bill
	for _, r := range c.since(0) {
		switch path := resourcePath(r.path); {
		case path != app && path != app+"/status" && !paths[path]:
		case r.method == http.MethodGet:
			b.reads++
		case path == app:
			b.finalizer++
		case path == app+"/status":
			b.status++
		default:
			b.children++
		}
	}
	return b
}

// resourcePath is what stands behind the group and version: /namespaces/shop/secrets/shop-db of
// /api/v1/namespaces/shop/secrets/shop-db.
func resourcePath(path string) string {
	parts := strings.Split(path, "/")
	prefix := 3 // "", api, v1
	if len(parts) > 1 && parts[1] == "apis" {
		prefix = 4
	}
	return "/" + strings.Join(parts[min(prefix, len(parts)):], "/")
}

// pathOf an object, after the version.
func pathOf(i expand.Intent) string {
	kind, _ := foreign.Of(i.GVK())
	path := "/" + kind.Resource + "/" + i.Key().Name
	if ns := i.Key().Namespace; ns != "" {
		path = "/namespaces/" + ns + path
	}
	return path
}

// cost says how many requests the operator sent for the app so far.
func (s *story) cost(began string) {
	b := s.bill()
	s.say("%s the operator sent %d requests for an app with %d children: %d for the children, %d for the finalizer, %d for the "+
		"status, and %d reads.", began, b.total(), len(s.plans.app), b.children, b.finalizer, b.status, b.reads)
}

// bill of the app so far.
func (s *story) bill() bill {
	return s.operator.billOf(s.files.app.GetNamespace(), s.files.app.GetName(), s.plans.app)
}
