package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Limits of time. They say when a story gives up, not how long something should take.
const (
	Soon      = 30 * time.Second // a write, an answer
	AWhile    = 4 * time.Minute  // pods that start, a certificate, a database that boots
	Patiently = 10 * time.Minute // a fleet
)

// hopeless is an error that no waiting heals.
type hopeless struct{ error }

// Eventually asks again and again until there is no error, and fails with the last one.
func (s *Story) Eventually(what string, within time.Duration, ask func(context.Context) error) {
	s.Helper()
	limit := time.Duration(float64(within) * factor())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.Context()), limit) // also when the story takes away what it made
	defer cancel()
	began := time.Now()
	var last error
	for {
		err := ask(ctx)
		if err == nil {
			s.Logf("%s: after %.1f s", what, time.Since(began).Seconds())
			return
		}
		if last == nil || !errors.Is(err, context.DeadlineExceeded) {
			last = err
		}
		var never hopeless
		if errors.As(err, &never) {
			s.Fatalf("%s: %v", what, err)
		}
		select {
		case <-ctx.Done():
			s.Fatalf("%s: not within %s: %v", what, limit, last)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func factor() float64 {
	if f, err := strconv.ParseFloat(os.Getenv("AFROAPP_E2E_WAIT"), 64); err == nil && f > 0 {
		return f
	}
	return 1
}

// Stays asks again and again for a while, and fails with the first error.
func (s *Story) Stays(what string, during time.Duration, ask func(context.Context) error) {
	s.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if err := ask(s.Context()); err != nil {
			s.Fatal(fmt.Errorf("%s: %w", what, err))
		}
	}
}
