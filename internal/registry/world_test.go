package registry

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// world is a prober and the registries that it asks, over a network in memory and in a time of their own: a test of half an
// hour takes none. That nothing is left running at its end, synctest sees.
type world struct {
	*testing.T
	network     *registryserver.Network
	certificate registryserver.Certificate
	ghcr        *registryserver.Server
	prober      *Prober

	mu      sync.Mutex
	secrets map[string]string
	reads   int
	told    []string
}

// certificate for all names; to make one takes longer than most tests.
var certificate = sync.OnceValues(func() (registryserver.Certificate, error) {
	return registryserver.NewCertificate("ghcr.io", "*.example", "localhost", "10.1.2.3", "registry.local", "index.docker.io", "auth.docker.io")
})

// play a story in a world with a registry ghcr.io.
func play(t *testing.T, story func(w *world)) {
	t.Helper()
	c, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, network: registryserver.NewNetwork(), certificate: c, secrets: map[string]string{}}
		w.prober = New(Options{
			Keychain: w.keychain, Notify: w.notify, Transport: &http.Transport{DialContext: w.network.Dial},
			Jitter: func() float64 { return 0.5 },
		})
		w.ghcr = w.serve("ghcr.io")
		w.configure(w.trusted("ghcr.io"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.prober.Start(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		story(w)
	})
}

func (w *world) notify(app string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, app)
}

func (w *world) keychain(_ context.Context, secret string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	s, ok := w.secrets[secret]
	if !ok {
		return nil, errNoSecret
	}
	return []byte(s), nil
}

// readings of Secrets since the last time.
func (w *world) readings() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.reads
	w.reads = 0
	return n
}

func (w *world) setSecret(name, config string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[name] = config
}

// serve a new registry by https at a name.
func (w *world) serve(host string) *registryserver.Server {
	s := registryserver.New()
	w.serveAt(host+":443", s, true)
	return s
}

func (w *world) serveAt(address string, h http.Handler, https bool) {
	l := w.network.Listen(address)
	if https {
		l = w.certificate.Over(l)
	}
	w.Cleanup(registryserver.Serve(h, l))
}

func (w *world) trusted(host string) Registry {
	return Registry{Host: host, CABundle: w.certificate.Bundle}
}

func (w *world) configure(registries ...Registry) {
	w.Helper()
	if err := w.prober.Configure(registries); err != nil {
		w.Fatal(err)
	}
}

func targetOf(t *testing.T, reference string) Target {
	t.Helper()
	ref, err := image.Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	return Target{Image: ref, Policy: v1alpha1.ImagePolicyRolling}
}

// follow an image, and wait for what is known of it.
func (w *world) follow(app, reference string) Answer {
	w.Helper()
	return w.followTarget(app, targetOf(w.T, reference))
}

func (w *world) followTarget(app string, t Target) Answer {
	w.Helper()
	w.prober.Follow(app, t)
	for range 20 {
		w.pass(time.Second)
		if _, ok := w.prober.Answer(app); ok {
			break
		}
	}
	return w.answer(app)
}

func (w *world) answer(app string) Answer {
	w.Helper()
	a, ok := w.prober.Answer(app)
	if !ok {
		w.Fatalf("nothing is known of %s", app)
	}
	return a
}

// pass lets time pass, and all that happens in it end.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// round is longer than an interval with its jitter.
func (w *world) round() { w.pass(6 * time.Minute) }

func (w *world) pushImage(repository, tag string) string {
	w.Helper()
	return w.must(w.ghcr.PushImage(repository, tag, "linux/amd64"))
}

func (w *world) must(digest string, err error) string {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return digest
}

func (w *world) wantFailure(a Answer, kind Kind, message string) {
	w.Helper()
	if a.Failure == nil {
		w.Fatalf("no failure, want %s: %s", kind, message)
	}
	if a.Failure.Kind != kind || a.Failure.Message != message {
		w.Errorf("failure %s: %s\nwant    %s: %s", a.Failure.Kind, a.Failure.Message, kind, message)
	}
}

func (w *world) wantDigest(a Answer, digest string) {
	w.Helper()
	if a.Digest != digest {
		w.Errorf("digest %q, want %q", a.Digest, digest)
	}
}

func (w *world) wantHealthy(a Answer, digest string) {
	w.Helper()
	w.wantDigest(a, digest)
	if a.Failure != nil {
		w.Errorf("failure %+v", *a.Failure)
	}
}

// tells are who was told since the last time.
func (w *world) tells() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	w.told = nil
	return told
}

func (w *world) wantTold(apps ...string) {
	w.Helper()
	told := w.tells()
	if slices.Sort(told); !slices.Equal(told, apps) {
		w.Errorf("told %v, want %v", told, apps)
	}
}

func (w *world) wantCount(s *registryserver.Server, method, part string, n int) {
	w.Helper()
	if got := s.Count(method, part); got != n {
		w.Errorf("%d requests %s %s, want %d: %v", got, method, part, n, s.Requests())
	}
}
