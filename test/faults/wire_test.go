package faults

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// server counts what reaches it.
func server(t *testing.T) (url string, reached *atomic.Int64) {
	t.Helper()
	reached = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		fmt.Fprint(w, "done")
	}))
	t.Cleanup(s.Close)
	return s.URL, reached
}

func TestWireFailsTheWriteItWasArmedFor(t *testing.T) {
	for mode, want := range map[Mode]struct {
		err     error
		reached int64 // of three writes
		dead    bool
	}{
		Refused: {errRefused, 2, false}, Lost: {errLost, 3, false}, Killed: {errDead, 2, true}, Died: {errDead, 1, true},
	} {
		t.Run(string(mode), func(t *testing.T) {
			url, reached := server(t)
			w := NewWire()
			client := &http.Client{Transport: w.Wrap(http.DefaultTransport)}
			w.Arm(Fault{At: 2, Mode: mode})
			var errs []error
			for range 3 {
				response, err := client.Post(url+"/apis/x", "", strings.NewReader("{}"))
				if err == nil {
					_, _ = io.ReadAll(response.Body)
					_ = response.Body.Close()
				}
				errs = append(errs, err)
			}
			if errs[0] != nil || !errors.Is(errs[1], want.err) || (errs[2] != nil) != want.dead {
				t.Errorf("the writes ended with %v", errs)
			}
			if reached.Load() != want.reached || w.Dead() != want.dead || !w.Hit() {
				t.Errorf("%d arrived, dead %t, hit %t", reached.Load(), w.Dead(), w.Hit())
			}
		})
	}
}

// Reads and events are not counted: what rests on nothing is no place to crash at.
func TestWireCountsWrites(t *testing.T) {
	url, _ := server(t)
	w := NewWire()
	client := &http.Client{Transport: w.Wrap(http.DefaultTransport)}
	w.Arm(Fault{At: 1, Mode: Refused})
	for _, ask := range []func() (*http.Response, error){
		func() (*http.Response, error) { return client.Get(url) },
		func() (*http.Response, error) { return client.Post(url+"/apis/events.k8s.io/v1/events", "", nil) },
	} {
		response, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	if w.Hit() || len(w.Calls()) != 0 || w.Quiet() < 0 {
		t.Errorf("hit %t, calls %v", w.Hit(), w.Calls())
	}
}
