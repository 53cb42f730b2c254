package controllers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/afrotomation/afroapp/internal/expand"
)

// sent is one request of the operator.
type sent struct {
	method, path string
	name         string // that a list selects by
	watch        bool
	body         []byte // of a server-side apply
	code         int    // of the answer; 0 before there is one
}

func (s sent) write() bool { return s.method != http.MethodGet }

func (s sent) String() string { return fmt.Sprintf("%s %s %d", s.method, s.path, s.code) }

// counter counts every request that the operator sends.
type counter struct {
	mu     sync.Mutex
	all    []sent
	next   http.RoundTripper
	broken func(sent) bool // requests that the API server does not answer
}

// breaks lets requests fail from now on; nil: none.
func (c *counter) breaks(which func(sent) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = which
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	s := sent{method: r.Method, path: r.URL.Path, watch: r.URL.Query().Get("watch") != ""}
	s.name, _ = strings.CutPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/apply-patch") {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		s.body, r.Body = raw, io.NopCloser(bytes.NewReader(raw))
	}
	c.mu.Lock()
	place, broken := len(c.all), c.broken
	c.all = append(c.all, s)
	c.mu.Unlock()
	if broken != nil && broken(s) {
		return nil, errors.New("the connection was reset")
	}
	answer, err := c.next.RoundTrip(r)
	if err == nil {
		c.mu.Lock()
		c.all[place].code = answer.StatusCode
		c.mu.Unlock()
	}
	return answer, err
}

// applied is what the operator last applied to an object, without the precondition.
func (c *counter) applied(i expand.Intent) (map[string]any, bool) {
	kind := kindOf(i.Key())
	suffix := "/" + kind.Resource + "/" + i.Key().Name
	if ns := i.Key().Namespace; ns != "" {
		suffix = "/namespaces/" + ns + suffix
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := len(c.all) - 1; n >= 0; n-- {
		if c.all[n].body == nil || !strings.HasSuffix(c.all[n].path, suffix) {
			continue
		}
		out := map[string]any{}
		if json.Unmarshal(c.all[n].body, &out) != nil {
			return nil, false
		}
		meta := out["metadata"].(map[string]any)
		delete(meta, "resourceVersion")
		delete(meta, "uid")
		return out, true
	}
	return nil, false
}

// asRendered demands that what was sent is what `afroctl render` prints.
func (c *counter) asRendered(t *testing.T, plan *expand.Plan) {
	t.Helper()
	for _, i := range plan.Intents {
		got, ok := c.applied(i)
		if !ok {
			t.Errorf("%s was never applied", i.Key())
			continue
		}
		raw, err := json.Marshal(i.Object.Object)
		must(t, err)
		want := map[string]any{}
		must(t, json.Unmarshal(raw, &want))
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: rendered (-) and applied (+) differ:\n%s", i.Key(), d)
		}
	}
}

// since are the requests after a mark, watches and events left out.
func (c *counter) since(mark int) []sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []sent
	for _, s := range c.all[mark:] {
		if !s.watch && !strings.Contains(s.path, "/events") {
			out = append(out, s)
		}
	}
	return out
}

// after a mark, everything.
func (c *counter) after(mark int) []sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all[mark:])
}

func (c *counter) mark() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}

// writes are the writes after a mark.
func (c *counter) writes(mark int) []sent {
	return slices.DeleteFunc(c.since(mark), func(s sent) bool { return !s.write() })
}
