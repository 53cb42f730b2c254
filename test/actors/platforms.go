package actors

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// describes is a registry that says what an image is built for. Of any other, every image is for every platform.
type describes interface {
	// Platforms of a digest, as os/arch[/variant]; those of an index are its images'.
	Platforms(ctx context.Context, repository, digest string) ([]string, error)
}

// ownPlatform is that of image-updater's own pod, which counts where it is told none.
const ownPlatform = "linux/amd64"

// fits tells whether image-updater takes a digest: an image for none of its platforms is passed over, and the line of the log
// that says why is at level debug.
func (f followed) fits(ctx context.Context, registry Registry, digest string) (bool, error) {
	r, ok := registry.(describes)
	if !ok {
		return true, nil
	}
	has, err := r.Platforms(ctx, f.repository, digest)
	if err != nil {
		return false, err
	}
	wanted := f.platforms
	if len(wanted) == 0 {
		wanted = []string{ownPlatform}
	}
	return slices.ContainsFunc(has, func(h string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return h == w || strings.HasPrefix(h, w+"/") })
	}), nil
}

type describedPlatform struct{ OS, Architecture, Variant string }

func (p describedPlatform) String() string {
	return strings.TrimSuffix(p.OS+"/"+p.Architecture+"/"+p.Variant, "/")
}

// Platforms of an index stand in it; that of a single image stands in its configuration.
func (r HTTPRegistry) Platforms(ctx context.Context, repository, digest string) ([]string, error) {
	var manifest struct {
		Manifests []struct{ Platform describedPlatform }
		Config    struct{ Digest string }
	}
	if err := r.read(ctx, repository, "manifests/"+digest, &manifest); err != nil {
		return nil, err
	}
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.String())
	}
	if manifest.Config.Digest == "" {
		return platforms, nil
	}
	var config describedPlatform
	err := r.read(ctx, repository, "blobs/"+manifest.Config.Digest, &config)
	return []string{config.String()}, err
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
