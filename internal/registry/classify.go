package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// emptySecretError is a refusal that the Secret could not have prevented.
type emptySecretError struct {
	error
	secret, host string
}

func (e *emptySecretError) Unwrap() error { return e.error }

func kindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return failureOf(err, Target{}).Kind
}

// failureOf an error, in words that are the same for the same failure: ours always are, those of others are made so.
func failureOf(err error, t Target) *Failure {
	f := classify(err, t)
	var empty *emptySecretError
	if errors.As(err, &empty) {
		f.Message += fmt.Sprintf("; Secret %s holds nothing for %s", empty.secret, empty.host)
	}
	f.Message = cut(f.Message)
	return f
}

func classify(err error, t Target) *Failure {
	var status *transport.Error
	var secret *secretError
	var versions *noVersionError
	switch {
	case errors.As(err, &secret):
		return &Failure{Kind: CredentialsMissing, Message: fmt.Sprintf("Secret %s: %s", secret.secret, stable(secret.err.Error()))}
	case errors.As(err, &versions):
		return &Failure{Kind: NotFound, Message: versions.Error()}
	case errors.As(err, &status):
		return ofStatus(status, t)
	}
	if message, ok := malformed(err); ok {
		return &Failure{Kind: Malformed, Message: message}
	}
	if message, ok := unreachable(err); ok {
		return &Failure{Kind: Unreachable, Message: message}
	}
	var refused refusedError
	if errors.As(err, &refused) {
		return &Failure{Kind: Malformed, Message: refused.Error()}
	}
	// What is left are answers that go-containerregistry cannot follow. It quotes them from the second line on.
	message, _, _ := strings.Cut(err.Error(), "\n")
	return &Failure{Kind: Malformed, Message: stable(message)}
}

// ofStatus is what a registry, or its token server, says with a status.
func ofStatus(e *transport.Error, t Target) *Failure {
	f := &Failure{Kind: Failing, Message: stable(words(e))}
	if len(e.Errors) > 0 {
		f.Code = string(e.Errors[0].Code)
	}
	switch {
	case e.StatusCode == http.StatusTooManyRequests || f.Code == string(transport.TooManyRequestsErrorCode):
		f.Kind = RateLimited
	case e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden:
		f.Kind = Unauthorized
	case e.StatusCode < http.StatusInternalServerError && toTokenServer(e):
		f.Kind, f.Message = Unauthorized, "the token server: "+f.Message
	case e.StatusCode == http.StatusNotFound:
		f.Kind, f.Message = NotFound, missing(f.Code, t)+f.Message
	}
	return f
}

// toTokenServer tells whether a request went there, and not to where a registry keeps its blobs.
func toTokenServer(e *transport.Error) bool {
	return e.Request != nil && e.Request.Response == nil && !strings.HasPrefix(e.Request.URL.Path, "/v2/")
}

// missing is what a 404 is about, to stand before its words.
func missing(code string, t Target) string {
	switch {
	case t == Target{}:
		return ""
	case code == string(transport.NameUnknownErrorCode) || t.Image.Tag == "" && t.Image.Digest == "":
		return "repository " + t.Image.Repository + ": "
	case t.Image.Tag == "":
		return "digest " + t.Image.Digest + ": "
	}
	return "tag " + t.Image.Tag + ": "
}

// words of a registry. Its details may hold anything, and are left out; what is no JSON is a page for people.
func words(e *transport.Error) string {
	if len(e.Errors) > 0 {
		d := e.Errors[0]
		return strings.Trim(string(d.Code)+": "+d.Message, ": ")
	}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode)))
	var other struct {
		Details     string `json:"details"`
		Message     string `json:"message"`
		Description string `json:"error_description"`
	}
	// Token servers have forms of their own. The body is only to be had behind the error's text.
	text := e.Error()
	if at := strings.Index(text, "{"); at >= 0 && json.Unmarshal([]byte(text[at:]), &other) == nil {
		for _, s := range []string{other.Details, other.Message, other.Description} {
			if s != "" {
				return status + ": " + s
			}
		}
	}
	return status
}

func malformed(err error) (string, bool) {
	var own malformedError
	var large tooLargeError
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	switch {
	case errors.As(err, &own):
		return own.Error(), true
	case errors.As(err, &large):
		return large.Error(), true
	case errors.As(err, &syntax), errors.As(err, &form):
		return "the answer is not the JSON that was asked for", true
	}
	return "", false
}

// unreachable says why there was no answer, without the addresses and ports of the one attempt.
func unreachable(err error) (string, bool) {
	var dns *net.DNSError
	var errno syscall.Errno
	var timeout *timeoutError
	var late net.Error
	if message, ok := untrusted(err); ok {
		return message, true
	}
	switch {
	case errors.As(err, &timeout):
		return timeout.Error(), true
	case errors.As(err, &dns):
		return dns.Name + ": " + stable(dns.Err), true
	case errors.As(err, &errno):
		return errno.Error(), true
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the registry answers https with http", true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &late) && late.Timeout():
		return "no answer in time", true
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return "the connection was closed without an answer", true
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return stable(op.Op + ": " + op.Err.Error()), true
	}
	return "", false
}

// untrusted says what is wrong with a certificate. Where the library names the time of the attempt, it is left out.
func untrusted(err error) (string, bool) {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &unknown):
		return "x509: certificate signed by unknown authority", true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "x509: certificate has expired or is not yet valid", true
	case errors.As(err, &verify):
		return stable(verify.Err.Error()), true
	case errors.As(err, &record):
		return "tls: the answer is no TLS", true
	case errors.As(err, &alert):
		return alert.Error(), true
	}
	return "", false
}
