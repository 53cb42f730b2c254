package registryserver

import (
	"io"
	"log"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Server is a registry. The zero value is not one; use New.
type Server struct {
	store http.Handler

	mu       sync.Mutex
	made     int // images, so that no two are equal
	pageSize int
	auth     auth
	faults   []*Fault
	requests []Request
}

// Request that came in.
type Request struct {
	Method, Host, Path, Query, Authorization string
}

// New registry, empty and open to all.
func New() *Server {
	return &Server{store: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.note(r)
	f := s.faultFor(r)
	if f != nil && f.apply(w, r) {
		return
	}
	switch {
	case r.URL.Path == "/token":
		s.token(w, r)
	case !s.admit(w, r):
	case strings.HasSuffix(r.URL.Path, "/tags/list"):
		s.tags(w, r)
	case f != nil && f.NoDigest:
		s.store.ServeHTTP(&noDigest{w}, r)
	default:
		s.store.ServeHTTP(w, r)
	}
}

func (s *Server) note(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, r.Host, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization")})
}

// Requests that came in so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count of the requests by a method to paths that contain a part. An empty one means all.
func (s *Server) Count(method, part string) int {
	n := 0
	for _, r := range s.Requests() {
		if (method == "" || r.Method == method) && strings.Contains(r.Path, part) {
			n++
		}
	}
	return n
}

// ForgetRequests begins to count anew.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}
