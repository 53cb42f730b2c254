package controllers

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/registry"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// Many apps with images of their own in one registry, through the operator. While the registry answers nothing, every app is
// written all the same: no reconcile waits. When it answers, each minute of the prober's clock has no more requests than the
// AfroPlatform allows.
func TestOneRegistryAndManyApps(t *testing.T) {
	const namespaces = 20
	apps, perSecond := inLong(1000, 100), inLong(5, 1)
	w := newWorld(t)
	w.dropPlatformAtEnd()
	w.apply(strings.Replace(platformYAML, "{host: ghcr.io}", fmt.Sprintf("{host: ghcr.io, requestsPerSecond: %d, probeInterval: 5m}", perSecond), 1))
	l := newLoad(t, apps)
	began := time.Now()
	startOperatorWith(t, Options{Registry: registry.Options{Clock: l.clock, Transport: l}})
	w.cleanAtEnd()
	for n := range namespaces {
		must(t, ensureNamespace(w.ctx, fmt.Sprintf("%s-%d", w.ns, n)))
	}
	for n := range apps {
		w.apply(fmt.Sprintf(`{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: app-%[1]d, namespace: "{{ns}}-%[2]d"},
			spec: {image: "ghcr.io/codenificient/app-%[1]d:latest"}}`, n, n%namespaces))
	}
	eventuallyWithin(t, 5*patienceOfTests, func() error { return w.allWritten(apps) })
	if asked, answered := l.counts(); answered != 0 || asked == 0 {
		t.Errorf("%d questions and %d answers while the registry hangs", asked, answered)
	}
	t.Logf("%d apps written in %s, while the registry answered nothing", apps, time.Since(began).Round(time.Second))

	l.answer()
	l.through(30 * time.Minute)
	l.judge(perSecond)
	if inLong(true, false) { // a status that is mere progress waits for a minute
		eventuallyWithin(t, 3*patienceOfTests, func() error { return w.allServed(apps) })
	}
}

// allWritten tells whether every app has its children, and says so.
func (w *world) allWritten(apps int) error {
	for _, gvk := range []schemaGVK{foreign.Application, foreign.ImageUpdater} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		must(w.t, admin.List(w.ctx, list, client.MatchingLabels{expand.LabelManagedBy: expand.ManagedBy}))
		if len(list.Items) != apps {
			return fmt.Errorf("%d of kind %s, want %d", len(list.Items), gvk.Kind, apps)
		}
	}
	return w.allApps(apps, func(a *v1alpha1.AfroApp) bool {
		status, _ := condition(a, v1alpha1.ConditionApplied)
		return status == "True" && a.Status.ObservedGeneration == a.Generation
	})
}

// allServed tells whether every app's status names the digest that the registry serves.
func (w *world) allServed(apps int) error {
	return w.allApps(apps, func(a *v1alpha1.AfroApp) bool { return a.Status.Image != nil && a.Status.Image.RegistryDigest != "" })
}

func (w *world) allApps(want int, is func(*v1alpha1.AfroApp) bool) error {
	list := &v1alpha1.AfroAppList{}
	must(w.t, admin.List(w.ctx, list))
	n := 0
	for i := range list.Items {
		if is(&list.Items[i]) {
			n++
		}
	}
	if n != want {
		return fmt.Errorf("%d of %d apps, want %d", n, len(list.Items), want)
	}
	return nil
}

// load is a registry in memory that notes at which time of the prober's clock it is asked. At first it answers nothing.
type load struct {
	*testing.T
	server *registryserver.Server
	clock  *handClock
	opened chan struct{}

	mu       sync.Mutex
	at       []time.Time
	heads    map[string]int
	answered int
}

func newLoad(t *testing.T, apps int) *load {
	l := &load{T: t, server: registryserver.New(), clock: newHandClock(), opened: make(chan struct{}), heads: map[string]int{}}
	for n := range apps {
		_, err := l.server.PushImage(fmt.Sprintf("codenificient/app-%d", n), "latest", "linux/amd64")
		must(t, err)
	}
	return l
}

// RoundTrip implements http.RoundTripper.
func (l *load) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.at = append(l.at, l.clock.Now())
	l.mu.Unlock()
	select {
	case <-l.opened:
	case <-r.Context().Done():
		return nil, errors.New("no answer")
	}
	rec := httptest.NewRecorder()
	l.server.ServeHTTP(rec, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered++
	if r.Method == http.MethodHead {
		l.heads[r.URL.Path]++
	}
	answer := rec.Result()
	answer.Request = r
	return answer, nil
}

func (l *load) answer() { close(l.opened) }

func (l *load) counts() (asked, answered int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.at), l.answered
}

// through lets time pass from one thing that somebody waits for to the next, and what comes of it happen in between.
func (l *load) through(d time.Duration) {
	end := l.clock.Now().Add(d)
	for l.clock.Now().Before(end) {
		l.rest()
		l.clock.next(end)
	}
	l.rest()
}

// rest waits until nothing comes of the last step any more.
func (l *load) rest() {
	for last, calm := "", 0; calm < 3; {
		asked, answered := l.counts()
		now := fmt.Sprint(asked, answered, l.clock.waits())
		if calm++; now != last {
			last, calm = now, 0
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// judge every minute that begins with a request.
func (l *load) judge(perSecond int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(l.at, time.Time.Compare)
	most := 0
	for i, j := 0, 0; i < len(l.at); i++ {
		for j < len(l.at) && l.at[j].Sub(l.at[i]) < time.Minute {
			j++
		}
		most = max(most, j-i)
	}
	// In a minute what it lets through, and what had gathered before it.
	if allowed := 60*perSecond + perSecond; most > allowed {
		l.Errorf("%d requests in a minute, allowed are %d", most, allowed)
	}
	least, highest := len(l.at), 0
	for _, n := range l.heads {
		least, highest = min(least, n), max(highest, n)
	}
	l.Logf("%d requests in %s of the prober's clock, at most %d in a minute; each of %d images was asked for %d to %d times",
		len(l.at), l.at[len(l.at)-1].Sub(l.at[0]).Round(time.Second), most, len(l.heads), least, highest)
	if least < 3 {
		l.Errorf("an image was asked for %d times in six intervals", least)
	}
}

// handClock stands still until it is moved.
type handClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []handTimer
}

type handTimer struct {
	at time.Time
	c  chan time.Time
}

func newHandClock() *handClock {
	return &handClock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := handTimer{c.now.Add(d), make(chan time.Time, 1)}
	if d <= 0 {
		t.c <- c.now
		return t.c
	}
	c.timers = append(c.timers, t)
	return t.c
}

func (c *handClock) waits() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// longestStep is how far the clock moves when nobody waits yet.
const longestStep = time.Second

// next moves to the next timer, but not beyond the end.
func (c *handClock) next(end time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	to := c.now.Add(longestStep)
	if end.Before(to) {
		to = end
	}
	for _, t := range c.timers {
		if t.at.Before(to) {
			to = t.at
		}
	}
	c.now = to
	c.timers = slices.DeleteFunc(c.timers, func(t handTimer) bool {
		due := !t.at.After(to)
		if due {
			t.c <- to
		}
		return due
	})
}
