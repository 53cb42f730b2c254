package registry

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// diagnose finds out why image-updater may not see what a registry serves. What the registry refuses to tell is part of the
// diagnosis; an error is that it could not be made.
func diagnose(ctx context.Context, puller *remote.Puller, repository name.Repository, f finding) (*Diagnosis, error) {
	d := &Diagnosis{Digest: f.digest}
	var failed error
	d.Platforms, failed = platforms(ctx, puller, repository.Digest(f.digest), f)
	if f.tag != "" {
		first, anywhere, err := listed(ctx, puller, repository, f.tag)
		if err != nil {
			failed = err
		} else {
			d.FirstPage, d.TagListed = &first, &anywhere
		}
	}
	if paused(failed) || ctx.Err() != nil {
		return nil, failed
	}
	if failed != nil {
		d.Failure = failureOf(failed, Target{})
	}
	return d, nil
}

// platforms of an index are known with its children; that of a single image is in its config.
func platforms(ctx context.Context, puller *remote.Puller, ref name.Digest, f finding) ([]string, error) {
	var found []string
	for _, child := range f.children {
		found = append(found, child.Platform)
	}
	if t := types.MediaType(f.mediaType); !t.IsImage() {
		return found, nil
	}
	d, err := puller.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	image, err := d.Image()
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	return []string{platformOf(&v1.Platform{OS: config.OS, Architecture: config.Architecture, Variant: config.Variant})}, nil
}
