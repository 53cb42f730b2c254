package suite

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Browser asks hosts over TLS as somebody on the internet would, except that every host is the edge.
func (s *Story) Browser() *http.Client {
	s.Helper()
	var authorities []byte
	if s.Trust != "" {
		var err error
		if authorities, err = os.ReadFile(s.Trust); err != nil {
			s.Fatal(err)
		}
	}
	browser, err := NewClient(s.Edge, authorities)
	if err != nil {
		s.Fatalf("%s: %v", s.Trust, err)
	}
	return browser
}

// NewClient makes an HTTP client that finds every host at one address, and trusts these authorities, in PEM. Without an
// address names are looked up; without authorities those of this machine are trusted.
func NewClient(address string, authorities []byte) (*http.Client, error) {
	var trust *x509.CertPool
	if authorities != nil {
		trust = x509.NewCertPool()
		if !trust.AppendCertsFromPEM(authorities) {
			return nil, errors.New("it holds no certificate")
		}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, // each request is one that somebody makes for the first time
		TLSClientConfig:   &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(to)
			if err != nil {
				return nil, err
			}
			if address != "" {
				host = address
			}
			return dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
		},
	}}, nil
}

// Answer waits until a host answers over TLS, with a certificate for its name, and with this text in it.
func (s *Story) Answer(method, url, text string, within time.Duration) string {
	s.Helper()
	browser, body := s.Browser(), ""
	s.Eventually(method+" "+url, within, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return hopeless{err}
		}
		response, err := browser.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }() // read below
		raw, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
		if err != nil {
			return err
		}
		body = strings.TrimSpace(string(raw))
		if response.StatusCode != http.StatusOK || !strings.Contains(body, text) {
			return fmt.Errorf("%s: %.200s", response.Status, body)
		}
		return nil
	})
	return body
}
