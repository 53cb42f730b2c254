package actors_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/test/actors"
)

func TestImages(t *testing.T) {
	images := actors.NewImages()
	if _, err := images.Digest(t.Context(), webImage+":latest"); !errors.Is(err, actors.ErrNoImage) {
		t.Errorf("an image that was never pushed: %v", err)
	}
	first, second := images.Push(webImage+":latest"), images.Push(webImage+":latest")
	if first == second {
		t.Error("two pushes have one digest")
	}
	if digest, err := images.Digest(t.Context(), webImage+":latest"); err != nil || digest != second {
		t.Errorf("digest %s, want the second %s: %v", digest, second, err)
	}
	images.Push(webImage + ":1")
	images.Push(webImage + "-other:2")
	if tags, err := images.Tags(t.Context(), webImage); err != nil || !slices.Equal(tags, []string{"1", "latest"}) {
		t.Errorf("tags %v: %v", tags, err)
	}
}

func TestHTTPRegistry(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "HEAD /v2/apps/web/manifests/latest":
			if !strings.Contains(r.Header.Get("Accept"), "image.index.v1") {
				t.Error("an index is not accepted: the digest would be that of one platform")
			}
			w.Header().Set("Docker-Content-Digest", digest)
		case "HEAD /v2/apps/web/manifests/silent", "HEAD /v2/apps/web/manifests/headless":
		case "GET /v2/apps/web/manifests/headless":
			_, _ = w.Write([]byte("{}"))
		case "GET /v2/apps/web/tags/list":
			_, _ = w.Write([]byte(`{"name": "apps/web", "tags": ["1", "latest"]}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	repository := strings.TrimPrefix(server.URL, "http://") + "/apps/web"
	var registry actors.HTTPRegistry
	if have, err := registry.Digest(t.Context(), repository+":latest"); err != nil || have != digest {
		t.Errorf("digest %q: %v", have, err)
	}
	if _, err := registry.Digest(t.Context(), repository+":absent"); !errors.Is(err, actors.ErrNoImage) {
		t.Errorf("a tag that is not there: %v", err)
	}
	if _, err := registry.Digest(t.Context(), repository+":silent"); err == nil || errors.Is(err, actors.ErrNoImage) {
		t.Errorf("an answer without a digest: %v", err)
	}
	if have, err := registry.Digest(t.Context(), repository+":headless"); err != nil || have != fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("{}"))) {
		t.Errorf("a digest that the content has: %q, %v", have, err)
	}
	if tags, err := registry.Tags(t.Context(), repository); err != nil || !slices.Equal(tags, []string{"1", "latest"}) {
		t.Errorf("tags %v: %v", tags, err)
	}
	server.Close()
	if _, err := registry.Digest(t.Context(), repository+":latest"); err == nil || errors.Is(err, actors.ErrNoImage) {
		t.Errorf("a registry that is down: %v", err)
	}
}
