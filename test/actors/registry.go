package actors

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// ErrNoImage says that the registry has no such image, as opposed to a registry that cannot be asked.
var ErrNoImage = errors.New("manifest unknown")

// Registry is where image-updater and the kubelet look for images.
type Registry interface {
	// Digest behind repository:tag, as sha256:<hex>. Missing: ErrNoImage.
	Digest(ctx context.Context, reference string) (string, error)
	// Tags of a repository.
	Tags(ctx context.Context, repository string) ([]string, error)
}

// platforms are told by a registry that knows what is behind a tag.
type platforms interface {
	Platforms(ctx context.Context, reference string) ([]string, error)
}

// Images is a registry in memory. Whoever pulls from it hears of every push at once.
type Images struct {
	mu      sync.Mutex
	pushes  int
	digests map[string]string // by repository:tag
	changed chan struct{}
}

// NewImages returns an empty registry.
func NewImages() *Images {
	return &Images{digests: map[string]string{}, changed: make(chan struct{})}
}

// Push moves the tag to a new image and returns its digest.
func (i *Images) Push(reference string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.pushes++
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil, "%s %d", reference, i.pushes)))
	i.digests[reference] = digest
	close(i.changed)
	i.changed = make(chan struct{})
	return digest
}

// Digest behind repository:tag, or ErrNoImage.
func (i *Images) Digest(_ context.Context, reference string) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if digest, ok := i.digests[reference]; ok {
		return digest, nil
	}
	return "", fmt.Errorf("%s: %w", reference, ErrNoImage)
}

// Tags of the repository, sorted.
func (i *Images) Tags(_ context.Context, repository string) ([]string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var tags []string
	for reference := range i.digests {
		if found, tag := splitTag(reference); found == repository {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags, nil
}

func (i *Images) whenChanged() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.changed
}

// HTTPRegistry asks a registry that needs no login, by the OCI distribution protocol. The zero value speaks
// plain HTTP, for a registry inside the test.
type HTTPRegistry struct {
	// Client of the requests. Default: http.DefaultClient.
	Client *http.Client
	// TLS is whether the registry speaks it.
	TLS bool
}

// Digest behind repository:tag, or ErrNoImage.
func (r HTTPRegistry) Digest(ctx context.Context, reference string) (string, error) {
	repository, tag := splitTag(reference)
	answer, err := r.ask(ctx, http.MethodHead, repository, "manifests/"+tag)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return "", fmt.Errorf("%s: %w", reference, ErrNoImage)
	}
	digest := answer.Header.Get("Docker-Content-Digest")
	if answer.StatusCode == http.StatusOK && digest == "" {
		return r.contentDigest(ctx, repository, tag)
	}
	if answer.StatusCode != http.StatusOK || digest == "" {
		return "", fmt.Errorf("%s: status %s, digest %q", reference, answer.Status, digest)
	}
	return digest, nil
}

// contentDigest is for registries that leave the header out.
func (r HTTPRegistry) contentDigest(ctx context.Context, repository, tag string) (string, error) {
	answer, err := r.ask(ctx, http.MethodGet, repository, "manifests/"+tag)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s:%s: status %s", repository, tag, answer.Status)
	}
	body, err := io.ReadAll(answer.Body)
	return fmt.Sprintf("sha256:%x", sha256.Sum256(body)), err
}

// Tags of the repository, of the first page.
func (r HTTPRegistry) Tags(ctx context.Context, repository string) ([]string, error) {
	answer, err := r.ask(ctx, http.MethodGet, repository, "tags/list")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var list struct{ Tags []string }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("tags of %s: status %s: %w", repository, answer.Status, err)
	}
	return list.Tags, nil
}

// Platforms of an image or an index, as os/arch, with the variant where there is one.
func (r HTTPRegistry) Platforms(ctx context.Context, reference string) ([]string, error) {
	type platform struct{ OS, Architecture, Variant string }
	repository, tag := splitTag(reference)
	var manifest struct {
		Config    struct{ Digest string }
		Manifests []struct{ Platform platform }
	}
	if err := r.read(ctx, repository, "manifests/"+tag, &manifest); err != nil {
		return nil, err
	}
	var all []platform
	for _, m := range manifest.Manifests {
		all = append(all, m.Platform)
	}
	if manifest.Config.Digest != "" {
		var one platform
		if err := r.read(ctx, repository, "blobs/"+manifest.Config.Digest, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	var names []string
	for _, p := range all {
		names = append(names, strings.Trim(p.OS+"/"+p.Architecture+"/"+p.Variant, "/"))
	}
	return names, nil
}

func (r HTTPRegistry) read(ctx context.Context, repository, what string, into any) error {
	answer, err := r.ask(ctx, http.MethodGet, repository, what)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s of %s: status %s", what, repository, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

func (r HTTPRegistry) ask(ctx context.Context, method, repository, what string) (*http.Response, error) {
	host, path, ok := strings.Cut(repository, "/")
	if !ok {
		return nil, fmt.Errorf("%s: no registry in the name", repository)
	}
	scheme := "http"
	if r.TLS {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("%s://%s/v2/%s/%s", scheme, host, path, what), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", strings.Join([]string{
		"application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
	}, ", "))
	if r.Client == nil {
		return http.DefaultClient.Do(request)
	}
	return r.Client.Do(request)
}

// anyImage has every image, with a digest that follows from its name and never changes.
type anyImage struct{}

func (anyImage) Digest(_ context.Context, reference string) (string, error) {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(reference))), nil
}

func (anyImage) Tags(context.Context, string) ([]string, error) { return nil, nil }

func registryOrAny(r Registry) Registry {
	if r == nil {
		return anyImage{}
	}
	return r
}

// notifies is a registry or repository that says when it has changed.
type notifies interface{ whenChanged() <-chan struct{} }

// splitTag of a reference without a digest. Without a tag it is empty.
func splitTag(reference string) (repository, tag string) {
	if i := strings.LastIndex(reference, ":"); i > strings.LastIndex(reference, "/") {
		return reference[:i], reference[i+1:]
	}
	return reference, ""
}

// splitImage of repository:tag@digest; each of tag and digest may be missing.
func splitImage(reference string) (repository, tag, digest string) {
	reference, digest, _ = strings.Cut(reference, "@")
	repository, tag = splitTag(reference)
	return repository, tag, digest
}
