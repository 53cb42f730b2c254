package registry

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
)

// instant answers every HEAD at once, as a registry would.
type instant struct{}

func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/vnd.oci.image.manifest.v1+json"}}
	header.Set("Docker-Content-Digest", fmt.Sprintf("sha256:%064d", len(r.URL.Path)))
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: http.NoBody, ContentLength: 1, Request: r}, nil
}

// BenchmarkFollow reports what an app costs that was answered: with a repository of its own, and with an image that others
// follow too.
func BenchmarkFollow(b *testing.B) {
	for name, repository := range map[string]func(app int) string{
		"own":    func(app int) string { return fmt.Sprintf("acme/app-%d", app) },
		"shared": func(int) string { return "acme/shop" },
	} {
		b.Run(name, func(b *testing.B) {
			var told sync.WaitGroup
			p := New(Options{Transport: instant{}, Notify: func(string) { told.Done() }})
			if err := p.Configure([]Registry{{Host: "ghcr.io", RequestsPerSecond: 1_000_000}}); err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error)
			before, apps := heapBytes(), 0
			for b.Loop() {
				x := Target{Policy: "Rolling"}
				x.Image.Registry, x.Image.Repository, x.Image.Tag = "ghcr.io", repository(apps), "latest"
				p.Follow(fmt.Sprintf("namespace/app-%d", apps), x)
				apps++
			}
			b.StopTimer()
			told.Add(apps)
			go func() { ended <- p.Start(ctx) }()
			told.Wait()
			b.ReportMetric(float64(heapBytes()-before)/float64(apps), "bytes/app")
			cancel()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		})
	}
}

func heapBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
