package registryserver

import (
	"net"
	"sync"
	"time"
)

// linger is how long what was written is still carried to the other end after a Close.
const linger = time.Second

// pipe is two ends of a connection that take what is written before the other end reads it, as a network does. Over a
// net.Pipe two ends that write at once wait for each other for ever.
func pipe() (net.Conn, net.Conn) {
	a, b := net.Pipe()
	mu := &sync.Mutex{}
	near, far := newEnd(a, mu), newEnd(b, mu)
	near.other, far.other = far, near
	go near.carry()
	go far.carry()
	return near, far
}

type end struct {
	net.Conn
	other *end

	mu      *sync.Mutex // of both ends
	changed *sync.Cond
	pending []byte
	closed  bool
	broken  error
}

func newEnd(c net.Conn, mu *sync.Mutex) *end { return &end{Conn: c, mu: mu, changed: sync.NewCond(mu)} }

func (e *end) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return 0, net.ErrClosed
	case e.broken != nil:
		return 0, e.broken
	}
	e.pending = append(e.pending, b...)
	e.changed.Signal()
	return len(b), nil
}

// SetDeadline is for reading: writing does not wait.
func (e *end) SetDeadline(t time.Time) error { return e.SetReadDeadline(t) }

// SetWriteDeadline has nothing to do.
func (e *end) SetWriteDeadline(time.Time) error { return nil }

func (e *end) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if err != nil && e.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

func (e *end) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// Close ends reading at once, and writing when all is carried over.
func (e *end) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return net.ErrClosed
	}
	e.closed = true
	// What is written to an end that is closed nobody reads.
	past := time.Unix(1, 0)
	_ = e.SetReadDeadline(past)
	_ = e.other.Conn.SetWriteDeadline(past)
	if !e.other.closed {
		_ = e.Conn.SetWriteDeadline(time.Now().Add(linger))
	}
	e.changed.Signal()
	return nil
}

// carry what is written to the other end.
func (e *end) carry() {
	defer func() { _ = e.Conn.Close() }()
	for {
		b, ok := e.next()
		if !ok {
			return
		}
		if _, err := e.Conn.Write(b); err != nil {
			e.mu.Lock()
			e.broken = err
			e.mu.Unlock()
			return
		}
	}
}

func (e *end) next() ([]byte, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.pending) == 0 {
		if e.closed {
			return nil, false
		}
		e.changed.Wait()
	}
	b := e.pending
	e.pending = nil
	return b, true
}
