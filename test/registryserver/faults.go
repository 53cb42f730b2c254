package registryserver

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault is one way to fail.
type Fault struct {
	// Repository that fails. Empty: all, and pings and tokens too.
	Repository string
	// Host by which it is asked, for example 127.0.0.1:5000. Empty: any.
	Host string
	// Method and Part of the path narrow it down, for example HEAD and /manifests/. Empty: any.
	Method, Part string

	// Delay comes before everything else. It ends with the request.
	Delay time.Duration
	// Status to answer with, with Header and Body. 0: the fault does not answer.
	Status int
	Header map[string]string
	Body   string
	// Close the connection without an answer.
	Close bool
	// Redirect to an address that takes the place of scheme and host; the path stays. Example: https://blobs.example
	Redirect string
	// NoDigest leaves the digest out of the header.
	NoDigest bool
}

// Break makes the registry fail, beside what it fails in already. The first fault that fits a request is the one.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// HealRepository ends the faults of one repository.
func (s *Server) HealRepository(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return f.Repository == name })
}

func (s *Server) faultFor(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.fits(r) {
			return f
		}
	}
	return nil
}

func (f *Fault) fits(r *http.Request) bool {
	return (f.Repository == "" || f.Repository == repositoryOf(r)) && (f.Method == "" || f.Method == r.Method) &&
		(f.Host == "" || f.Host == r.Host) &&
		strings.Contains(r.URL.Path, f.Part)
}

// apply fails, and tells whether that was an answer.
func (f *Fault) apply(w http.ResponseWriter, r *http.Request) bool {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
		}
	}
	for key, value := range f.Header {
		w.Header().Set(key, value)
	}
	switch {
	case f.Close:
		panic(http.ErrAbortHandler)
	case f.Redirect != "":
		http.Redirect(w, r, f.Redirect+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	case f.Status != 0:
		w.WriteHeader(f.Status)
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte(f.Body))
		}
	default:
		return false
	}
	return true
}

// noDigest is an answer without the digest in its header.
type noDigest struct{ http.ResponseWriter }

func (n *noDigest) WriteHeader(status int) {
	n.Header().Del("Docker-Content-Digest")
	n.ResponseWriter.WriteHeader(status)
}
