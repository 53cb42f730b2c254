package registryserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// PushImage puts an image for a platform, unlike any other, behind a tag, and returns its digest. Example: acme/shop, latest,
// linux/amd64.
func (s *Server) PushImage(repository, tag, platform string) (string, error) {
	image, err := s.newImage(platform)
	if err != nil {
		return "", err
	}
	return s.putImage(repository, tag, image)
}

// PushIndex puts an index of images for platforms behind a tag, and returns its digest. The platform unknown/unknown makes an
// attestation of one.
func (s *Server) PushIndex(repository, tag string, platforms ...string) (string, error) {
	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range platforms {
		image, err := s.newImage(p)
		if err != nil {
			return "", err
		}
		if _, err := s.putImage(repository, "", image); err != nil {
			return "", err
		}
		platform, err := v1.ParsePlatform(p)
		if err != nil {
			return "", err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	body, err := index.RawManifest()
	if err != nil {
		return "", err
	}
	return s.putManifest(repository, tag, types.OCIImageIndex, body)
}

func (s *Server) newImage(platform string) (v1.Image, error) {
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.made++
	label := strconv.Itoa(s.made)
	s.mu.Unlock()
	return mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &v1.ConfigFile{
		OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{Labels: map[string]string{"made": label}},
	})
}

func (s *Server) putImage(repository, tag string, image v1.Image) (string, error) {
	config, err := image.RawConfigFile()
	if err != nil {
		return "", err
	}
	name, err := image.ConfigName()
	if err != nil {
		return "", err
	}
	body, err := image.RawManifest()
	if err != nil {
		return "", err
	}
	if err := s.do(http.MethodPost, "/v2/"+repository+"/blobs/uploads/?digest="+name.String(), "", config); err != nil {
		return "", err
	}
	return s.putManifest(repository, tag, types.OCIManifestSchema1, body)
}

// putManifest behind a tag, or only behind its digest.
func (s *Server) putManifest(repository, tag string, t types.MediaType, body []byte) (string, error) {
	digest, _, err := v1.SHA256(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	if tag == "" {
		tag = digest.String()
	}
	return digest.String(), s.do(http.MethodPut, "/v2/"+repository+"/manifests/"+tag, string(t), body)
}

// Tag puts what is behind one tag or digest behind a tag.
func (s *Server) Tag(repository, from, tag string) error {
	w := s.direct(http.MethodGet, "/v2/"+repository+"/manifests/"+from, "", nil)
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s: %d", from, w.Code)
	}
	return s.do(http.MethodPut, "/v2/"+repository+"/manifests/"+tag, w.Header().Get("Content-Type"), w.Body.Bytes())
}

// Untag takes a tag away.
func (s *Server) Untag(repository, tag string) error {
	return s.do(http.MethodDelete, "/v2/"+repository+"/manifests/"+tag, "", nil)
}

func (s *Server) do(method, path, contentType string, body []byte) error {
	if w := s.direct(method, path, contentType, body); w.Code >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return nil
}

// direct asks the store, past every fault and count.
func (s *Server) direct(method, path, contentType string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	s.store.ServeHTTP(w, r)
	return w
}

// SetPageSize of lists of tags. 0: all on one page.
func (s *Server) SetPageSize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pageSize = n
}

// tags lists a page, with a link to the next.
func (s *Server) tags(w http.ResponseWriter, r *http.Request) {
	all := s.direct(http.MethodGet, r.URL.Path, "", nil)
	var list struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}
	if all.Code != http.StatusOK || json.Unmarshal(all.Body.Bytes(), &list) != nil {
		w.WriteHeader(all.Code)
		_, _ = w.Write(all.Body.Bytes())
		return
	}
	if last := r.URL.Query().Get("last"); last != "" {
		list.Tags = slices.DeleteFunc(list.Tags, func(tag string) bool { return tag <= last })
	}
	s.mu.Lock()
	size := s.pageSize
	s.mu.Unlock()
	if size > 0 && len(list.Tags) > size {
		list.Tags = list.Tags[:size]
		next := url.URL{Path: r.URL.Path, RawQuery: url.Values{"last": {list.Tags[size-1]}}.Encode()}
		w.Header().Set("Link", "<"+next.String()+`>; rel="next"`)
	}
	_ = json.NewEncoder(w).Encode(list)
}

// repositoryOf a request; empty for a ping or a token.
func repositoryOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/v2/")
	for _, part := range []string{"/manifests/", "/blobs/", "/tags/"} {
		if repository, _, ok := strings.Cut(path, part); ok {
			return repository
		}
	}
	return ""
}
