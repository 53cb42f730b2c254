package registry

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const (
	// credentialsAge is how old credentials may get before their Secret is read again.
	credentialsAge = 10 * time.Minute
	// credentialsRest is how long a Secret is not read again after it was read.
	credentialsRest = 10 * time.Second
	// maxLeft is how many repositories nobody asks for any more a puller may remember.
	maxLeft = 256
)

// session is what is shared by all that is asked of one registry with one Secret: the credentials, and the puller that
// keeps the tokens bought with them.
type session struct {
	secret  string
	targets int // under the prober's mutex
	left    atomic.Int64

	mu     sync.Mutex
	puller *remote.Puller
	auth   authn.AuthConfig
	// found tells whether the Secret holds something for the registry.
	found bool
	read  time.Time
	// broken is why the Secret cannot be used, as of refused: many targets that share it ask for it at once.
	broken  *secretError
	refused time.Time
}

// secretError is a Secret that cannot be used.
type secretError struct {
	secret string
	err    error
}

func (e *secretError) Error() string { return fmt.Sprintf("Secret %s: %v", e.secret, e.err) }
func (e *secretError) Unwrap() error { return e.err }

// use gives the puller, and reads the Secret first when it was not read for long.
func (p *Prober) use(ctx context.Context, h *host, s *session) (*remote.Puller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil && p.now().Sub(s.refused) < credentialsRest {
		return nil, s.broken
	}
	if s.secret != "" && (s.read.IsZero() || p.now().Sub(s.read) >= credentialsAge) {
		if _, err := p.reread(ctx, h, s); err != nil {
			return nil, err
		}
	}
	if s.puller != nil && s.left.Load() < maxLeft {
		return s.puller, nil
	}
	puller, err := newPuller(h.guard, s.auth)
	if err != nil {
		return nil, err
	}
	s.puller = puller
	s.left.Store(0)
	return puller, nil
}

// renew reads the Secret again after a refusal. It tells whether there is anything new to try.
func (p *Prober) renew(ctx context.Context, h *host, s *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret == "" || p.now().Sub(s.read) < credentialsRest {
		return false
	}
	changed, err := p.reread(ctx, h, s)
	return changed && err == nil
}

// reread reads the Secret. New credentials take a new puller; the same ones keep their tokens.
func (p *Prober) reread(ctx context.Context, h *host, s *session) (changed bool, err error) {
	auth, found, err := p.credentials(ctx, h, s.secret)
	if err != nil {
		// What was in the Secret is no longer, so it is not used either.
		s.puller, s.auth, s.found, s.read = nil, authn.AuthConfig{}, false, time.Time{}
		s.broken, s.refused = &secretError{s.secret, err}, p.now()
		return false, s.broken
	}
	s.broken, s.read = nil, p.now()
	if auth == s.auth && found == s.found {
		return false, nil
	}
	s.puller, s.auth, s.found = nil, auth, found
	return true, nil
}

func (p *Prober) credentials(ctx context.Context, h *host, secret string) (authn.AuthConfig, bool, error) {
	if p.options.Keychain == nil {
		return authn.AuthConfig{}, false, fmt.Errorf("nothing to read it with")
	}
	config, err := p.options.Keychain(ctx, secret)
	if err != nil {
		return authn.AuthConfig{}, false, err
	}
	return credentialsFor(h.registry.RegistryStr(), config)
}

// empty tells whether there was a Secret with nothing in it for the registry.
func (s *session) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secret != "" && !s.found
}

// newPuller asks each question once. What is asked again, and when, is ours to say: a retry nobody counts is a request
// more than the registry bears.
func newPuller(t http.RoundTripper, auth authn.AuthConfig) (*remote.Puller, error) {
	who := authn.Anonymous
	if auth != (authn.AuthConfig{}) {
		who = authn.FromConfig(auth)
	}
	return remote.NewPuller(
		remote.WithTransport(t), remote.WithAuth(who), remote.WithUserAgent("afroapp"),
		remote.WithRetryPredicate(func(error) bool { return false }), remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
		remote.WithRetryStatusCodes(),
		// Tags are listed as image-updater lists them: by pages of the size that the registry chooses.
		remote.WithPageSize(0),
	)
}
