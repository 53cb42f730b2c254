package registryserver

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// Network is a network in memory, with names of its own. A test with many connections needs no ports for it, and one in a
// synctest bubble no real time.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	dials     []string
}

// NewNetwork without anybody in it.
func NewNetwork() *Network { return &Network{listeners: map[string]*listener{}} }

// Listen on an address, for example ghcr.io:443.
func (n *Network) Listen(address string) net.Listener {
	l := &listener{network: n, address: address, incoming: make(chan net.Conn), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.listeners[address] = l
	return l
}

// Dial is a DialContext for an http.Transport. A name nobody listens on is not known; a known name refuses other ports.
func (n *Network) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dials = append(n.dials, address)
	l := n.listeners[address]
	known := n.knows(address)
	n.mu.Unlock()
	switch {
	case l == nil && known:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case l == nil:
		host, _, _ := net.SplitHostPort(address)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	near, far := pipe()
	select {
	case l.incoming <- far:
		return near, nil
	case <-l.closed:
	case <-ctx.Done():
	}
	_, _ = near.Close(), far.Close()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// Dials are the addresses that were dialled.
func (n *Network) Dials() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.dials...)
}

func (n *Network) knows(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	for other := range n.listeners {
		if h, _, _ := net.SplitHostPort(other); h == host {
			return true
		}
	}
	return false
}

type listener struct {
	network  *Network
	address  string
	incoming chan net.Conn
	once     sync.Once
	closed   chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		if l.network.listeners[l.address] == l {
			delete(l.network.listeners, l.address)
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return address(l.address) }

type address string

func (address) Network() string  { return "memory" }
func (a address) String() string { return string(a) }
