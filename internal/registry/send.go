package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxBody of an answer. Manifests and pages of tags have a few kilobytes.
const maxBody = 4 << 20

// timeoutError is a request that took too long.
type timeoutError struct {
	what  string
	after time.Duration
}

func (e *timeoutError) Error() string { return fmt.Sprintf("no %s within %s", e.what, e.after) }

// Timeout implements net.Error's.
func (e *timeoutError) Timeout() bool { return true }

type tooLargeError struct{}

func (tooLargeError) Error() string { return fmt.Sprintf("an answer of more than %d MiB", maxBody>>20) }

// send sends a request, and bounds the time until its header, the time until the end of its body, and the body.
func send(base http.RoundTripper, req *http.Request, header, whole time.Duration) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	late := time.AfterFunc(header, func() { cancel(&timeoutError{"answer", header}) })
	end := time.AfterFunc(whole, func() { cancel(&timeoutError{"end of the answer", whole}) })
	release := func() {
		late.Stop()
		end.Stop()
		cancel(nil)
	}
	resp, err := base.RoundTrip(req.WithContext(ctx))
	late.Stop()
	if err != nil {
		err = reason(ctx, req.Context(), err)
		release()
		return nil, err
	}
	b := &boundedBody{inner: resp.Body, left: maxBody, release: sync.OnceFunc(release)}
	b.reason = func(err error) error { return reason(ctx, req.Context(), err) }
	resp.Body = b
	return resp, nil
}

// reason of an error is our own timeout, if it has come to that.
func reason(ctx, parent context.Context, err error) error {
	if parent.Err() == nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// boundedBody is a body of bounded size and time. Its end, or an error, frees what the request holds, closed or not.
type boundedBody struct {
	inner   io.ReadCloser
	left    int64
	reason  func(error) error
	release func()
}

func (b *boundedBody) Read(buf []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLargeError{}
	}
	// One byte more than allowed tells whether there is more.
	if int64(len(buf)) > b.left+1 {
		buf = buf[:b.left+1]
	}
	n, err := b.inner.Read(buf)
	b.left -= int64(n)
	if b.left < 0 {
		b.release()
		return n - 1, tooLargeError{}
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = b.reason(err)
		}
		b.release()
	}
	return n, err
}

func (b *boundedBody) Close() error {
	err := b.inner.Close()
	b.release()
	return err
}
