package faults

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Mode is what happens to a request.
type Mode string

const (
	// Refused fails before it is sent.
	Refused Mode = "refused"
	// Lost is carried out, and its answer is lost.
	Lost Mode = "lost"
	// Killed is carried out, and the process dies before it hears of it.
	Killed Mode = "killed"
	// Died dies before the request is sent.
	Died Mode = "died"
)

// Modes are all of them.
var Modes = []Mode{Refused, Lost, Killed, Died}

// Fault is what happens to the At-th write, counted from 1 since the wire was armed.
type Fault struct {
	At   int
	Mode Mode
}

var (
	errRefused = errors.New("faults: the connection was refused")
	errLost    = errors.New("faults: the connection was cut while the answer was awaited")
	errDead    = errors.New("faults: the process is dead")
)

// Call is a request that changes something.
type Call struct {
	Method, Path string
	Code         int // of the answer; 0: none came
}

// Wire is between one process of the operator and the API server.
type Wire struct {
	next http.RoundTripper

	mu      sync.Mutex
	calls   []Call
	armedAt int
	fault   Fault
	hit     bool
	open    int // requests on their way, watches left out
	last    time.Time

	alive context.Context
	die   context.CancelFunc
}

// NewWire is a wire on which nothing fails until it is armed.
func NewWire() *Wire {
	w := &Wire{last: time.Now()}
	w.alive, w.die = context.WithCancel(context.Background())
	return w
}

// Wrap is for rest.Config.
func (w *Wire) Wrap(next http.RoundTripper) http.RoundTripper {
	w.next = next
	return w
}

// Arm a fault, to be counted from now.
func (w *Wire) Arm(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armedAt, w.fault, w.hit = len(w.calls), f, false
}

// Hit tells whether the armed fault has happened.
func (w *Wire) Hit() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hit
}

// Dead tells whether the process has died: from then on none of its requests reaches anybody.
func (w *Wire) Dead() bool { return w.alive.Err() != nil }

// Calls are the writes since the wire was armed.
func (w *Wire) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Call(nil), w.calls[w.armedAt:]...)
}

// Quiet is for how long nothing was asked and nothing is on its way.
func (w *Wire) Quiet() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open > 0 {
		return 0
	}
	return time.Since(w.last)
}

// RoundTrip implements http.RoundTripper.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.Dead() {
		return nil, errDead
	}
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(w.alive, cancel)
	if watches(r) {
		return w.next.RoundTrip(r.WithContext(ctx))
	}
	at, mode := w.begin(r)
	defer w.end()
	switch mode {
	case Refused:
		return nil, errRefused
	case Died:
		w.die()
		return nil, errDead
	}
	response, err := w.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	w.answered(at, response.StatusCode)
	if mode == Lost || mode == Killed {
		_, _ = io.Copy(io.Discard, response.Body) // it was carried out; nobody is to hear of it
		_ = response.Body.Close()
		if mode == Killed {
			w.die()
			return nil, errDead
		}
		return nil, errLost
	}
	return response, nil
}

// begin counts a write, and says what happens to it.
func (w *Wire) begin(r *http.Request) (at int, mode Mode) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	if !writes(r) {
		return -1, ""
	}
	w.calls = append(w.calls, Call{Method: r.Method, Path: r.URL.Path})
	if !w.hit && w.fault.Mode != "" && len(w.calls)-w.armedAt == w.fault.At {
		w.hit = true
		mode = w.fault.Mode
	}
	return len(w.calls) - 1, mode
}

func (w *Wire) answered(at, code int) {
	if at < 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[at].Code = code
}

func (w *Wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open--
	w.last = time.Now()
}

func watches(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.URL.RawQuery, "watch=")
}

// writes leaves out events, which are told beside the reconciles, and which nothing rests on.
func writes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.Contains(r.URL.Path, "/events")
}
