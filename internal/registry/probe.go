package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// question is what a probe asks.
type question struct {
	Target
	session  *session
	diagnose bool
}

// finding is what a probe found. With an error it may still hold a digest: what the tag points to is known, what is in
// it is not.
type finding struct {
	tag, digest, mediaType string
	children               []Image
	diagnosis              *Diagnosis
	err                    error
}

// malformedError is an answer that is not what a registry answers.
type malformedError string

func (e malformedError) Error() string { return string(e) }

func (p *Prober) questionOf(x *target) question {
	return question{Target: x.Target, session: x.host.sessions[x.Secret], diagnose: x.diagnose}
}

// ask a registry. When it refuses the credentials they may have been changed meanwhile, and it is asked once more with
// what the Secret holds now.
func (p *Prober) ask(ctx context.Context, h *host, q question) finding {
	f := p.askOnce(ctx, h, q)
	if kindOf(f.err) == Unauthorized && p.renew(ctx, h, q.session) {
		f = p.askOnce(ctx, h, q)
	}
	if kindOf(f.err) == Unauthorized && q.session.empty() {
		f.err = &emptySecretError{f.err, q.Secret, h.guard.label} // config may be changed meanwhile
	}
	return f
}

func (p *Prober) askOnce(ctx context.Context, h *host, q question) finding {
	puller, err := p.use(ctx, h, q.session)
	if err != nil {
		return finding{err: err}
	}
	repository := h.registry.Repo(q.Image.Repository)
	f := finding{tag: q.Image.Tag}
	if q.Policy == v1alpha1.ImagePolicySemver {
		if f.tag, err = newest(ctx, puller, repository, q.Range); err != nil {
			return finding{err: err}
		}
	}
	var ref name.Reference = repository.Tag(f.tag)
	if f.tag == "" {
		ref = repository.Digest(q.Image.Digest)
	}
	d, body, err := describe(ctx, puller, ref)
	if err != nil {
		return finding{err: err}
	}
	f.digest, f.mediaType = d.Digest.String(), string(d.MediaType)
	if d.MediaType.IsIndex() {
		f.children, f.err = p.childrenOf(ctx, puller, repository.Digest(f.digest), body)
	}
	if q.diagnose && f.err == nil {
		f.diagnosis, f.err = diagnose(ctx, puller, repository, f)
	}
	return f
}

// describe asks what is behind a reference, with a HEAD where that is enough: Docker Hub counts a GET as a pull. The body
// is there where it had to be read.
func describe(ctx context.Context, puller *remote.Puller, ref name.Reference) (*v1.Descriptor, []byte, error) {
	d, err := puller.Head(ctx, ref)
	if err != nil {
		if !worthAGet(err) {
			return nil, nil, err
		}
		return get(ctx, puller, ref)
	}
	if !isManifest(d.MediaType) {
		return nil, nil, notAManifest(d.MediaType)
	}
	return d, nil, nil
}

// worthAGet tells whether a GET would say more than a HEAD did: a HEAD's error has no words, and some registries leave the
// digest out of its header. A registry that is overloaded, or was not reached, is not asked twice.
func worthAGet(err error) bool {
	var status *transport.Error
	if errors.As(err, &status) {
		busy := status.StatusCode == http.StatusTooManyRequests || status.StatusCode >= http.StatusInternalServerError
		return !busy && status.Request != nil && status.Request.Method == http.MethodHead
	}
	var sent *url.Error
	return !errors.As(err, &sent) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

func get(ctx context.Context, puller *remote.Puller, ref name.Reference) (*v1.Descriptor, []byte, error) {
	d, err := puller.Get(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	var m struct {
		SchemaVersion int              `json:"schemaVersion"`
		MediaType     types.MediaType  `json:"mediaType"`
		Manifests     *json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(d.Manifest, &m); err != nil || m.SchemaVersion == 0 {
		return nil, nil, malformedError("the answer is no manifest")
	}
	// The type in the header may be missing, or a server's guess.
	switch {
	case isManifest(d.MediaType):
	case isManifest(m.MediaType):
		d.MediaType = m.MediaType
	case m.Manifests != nil:
		d.MediaType = types.OCIImageIndex
	default:
		return nil, nil, notAManifest(d.MediaType)
	}
	return &d.Descriptor, d.Manifest, nil
}

func isManifest(t types.MediaType) bool { return t.IsIndex() || t.IsImage() || t.IsSchema1() }

func notAManifest(t types.MediaType) error {
	return malformedError(fmt.Sprintf("the answer is no manifest but %q", string(t)))
}
