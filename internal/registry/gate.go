package registry

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxPause bounds what a registry says: GHCR has been seen to name milliseconds where seconds are due.
	maxPause = time.Hour
	minPause = time.Second
	// plainPause is for a 429 that names no time.
	plainPause = 30 * time.Second
)

// gate lets requests to one registry through, as many in a second as it bears, and none while it wants to be left alone.
type gate struct {
	clock   Clock
	limiter *rate.Limiter

	mu    sync.Mutex
	until time.Time
}

// pausedError is a request that was not sent because the registry wants to be left alone.
type pausedError struct{}

func (*pausedError) Error() string { return "the registry asked for a pause" }

func newGate(c Clock, perSecond int) *gate {
	return &gate{clock: c, limiter: rate.NewLimiter(rate.Limit(perSecond), perSecond)}
}

func (g *gate) setRate(perSecond int) {
	now := g.clock.Now()
	g.limiter.SetLimitAt(now, rate.Limit(perSecond))
	g.limiter.SetBurstAt(now, perSecond)
}

func (g *gate) pausedUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

func (g *gate) pause(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// wait for a request's turn.
func (g *gate) wait(ctx context.Context) error {
	now := g.clock.Now()
	if g.pausedUntil().After(now) {
		return &pausedError{}
	}
	r := g.limiter.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		select {
		case <-ctx.Done():
			r.CancelAt(g.clock.Now())
			return ctx.Err()
		case <-g.clock.After(d):
		}
	}
	if g.pausedUntil().After(g.clock.Now()) {
		return &pausedError{}
	}
	return nil
}

// pauseOf is until when a registry wants to be left alone.
func pauseOf(resp *http.Response, now time.Time) (time.Time, bool) {
	busy := resp.StatusCode == http.StatusTooManyRequests
	if !busy && resp.StatusCode != http.StatusServiceUnavailable {
		return time.Time{}, false
	}
	d, ok := retryAfter(resp.Header.Get("Retry-After"), now)
	if !ok {
		d = plainPause
	}
	return now.Add(min(max(d, minPause), maxPause)), busy || ok
}

// retryAfter reads seconds and dates, as the standard has them, and durations with a unit, as some registries do.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && !math.IsNaN(seconds) {
		return time.Duration(min(max(seconds, 0), maxPause.Seconds()) * float64(time.Second)), true
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now), true
	}
	d, err := time.ParseDuration(value)
	return d, err == nil
}
