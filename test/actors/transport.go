package actors

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Transport is a network on which every host is this registry, by the OCI distribution protocol and without logins. It answers
// HEAD of manifests and lists of tags, which is what a prober asks for. Nil: a registry that has every image.
func Transport(r Registry) http.RoundTripper { return transport{registryOrAny(r)} }

type transport struct{ registry Registry }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	host := strings.Replace(r.URL.Host, "index.docker.io", "docker.io", 1)
	path := strings.TrimPrefix(r.URL.Path, "/v2/")
	if repository, reference, found := strings.Cut(path, "/manifests/"); found {
		return t.manifest(r, host+"/"+repository, reference)
	}
	if repository, found := strings.CutSuffix(path, "/tags/list"); found {
		tags, err := t.registry.Tags(r.Context(), host+"/"+repository)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(map[string]any{"name": repository, "tags": tags})
		return answer(r, http.StatusOK, "application/json", body), err
	}
	return answer(r, http.StatusOK, "application/json", []byte("{}")), nil
}

func (t transport) manifest(r *http.Request, repository, reference string) (*http.Response, error) {
	digest := reference
	if !strings.HasPrefix(reference, "sha256:") {
		var err error
		digest, err = t.registry.Digest(r.Context(), repository+":"+reference)
		if errors.Is(err, ErrNoImage) {
			return answer(r, http.StatusNotFound, "application/json", []byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)), nil
		}
		if err != nil {
			return nil, err
		}
	}
	a := answer(r, http.StatusOK, "application/vnd.oci.image.manifest.v1+json", []byte("{}"))
	a.Header.Set("Docker-Content-Digest", digest)
	return a, nil
}

func answer(r *http.Request, code int, kind string, body []byte) *http.Response {
	header := http.Header{"Content-Type": {kind}, "Content-Length": {strconv.Itoa(len(body))}}
	if r.Method == http.MethodHead {
		body = nil
	}
	return &http.Response{Status: strconv.Itoa(code) + " " + http.StatusText(code), StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}
