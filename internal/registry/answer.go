package registry

import (
	"slices"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
)

// Target is what an app follows. Apps with equal targets share one.
type Target struct {
	// Image names the registry and the repository, and the tag or the digest that is asked for.
	Image image.Reference
	// Policy tells how. Semver follows the newest version in Range, whatever the tag of Image; Pinned asks whether the digest
	// is there, where Image has one; anything else follows the tag.
	Policy v1alpha1.ImagePolicy
	// Range of versions, as Masterminds reads it.
	Range string
	// Secret is what the Keychain is asked for. Empty: the registry is asked without credentials.
	Secret string
}

// canonical drops what makes no difference, so that more apps share.
func (t Target) canonical() Target {
	t.Image.Registry = canonicalHost(t.Image.Registry)
	switch {
	case t.Policy == v1alpha1.ImagePolicySemver:
		t.Image.Tag, t.Image.Digest = "", ""
	case t.Image.Tag == "" || t.Policy == v1alpha1.ImagePolicyPinned && t.Image.Digest != "":
		t.Image.Tag, t.Range = "", ""
	default:
		t.Image.Digest, t.Range = "", ""
	}
	if t.Policy != v1alpha1.ImagePolicySemver {
		t.Policy = ""
	}
	return t
}

// Answer is what is known of an app's image. What it points to is shared and not to be changed.
type Answer struct {
	// Reference that was asked for, with the tag that was found where a range was asked for.
	Reference string
	Tag       string
	// Digest behind the tag: of the index, where there is one. A failure keeps the last one.
	Digest    string
	MediaType string
	// Children are the images of the index. A single image has none, and neither has an index that could not be read.
	Children []Image
	// DigestSince is when this process first saw the digest.
	DigestSince time.Time
	// Checked is when the registry last said what is behind the tag, be it nothing.
	Checked time.Time
	// Failure is why the last question was not answered as hoped. Nil: it was.
	Failure *Failure
	// Diagnosis of the digest, once it was asked for.
	Diagnosis *Diagnosis
}

// Image is a child of an index.
type Image struct {
	Digest string
	// Platform as os/architecture or os/architecture/variant. Empty: the index does not say.
	Platform string
}

// Failure is why a question was not answered.
type Failure struct {
	Kind Kind
	// Code is the registry's own, for example MANIFEST_UNKNOWN. Empty: it gave none.
	Code string
	// Message is the registry's own words where it has some. It stays the same for as long as the failure does.
	Message string
	// Since is when this process met the first of the failures in a row, of whatever kind. Not to be allowed is one of its own.
	Since time.Time
	// Last is when it met the last one. That the same was met again is no news.
	Last time.Time
}

// Kind of a failure.
type Kind string

// Kinds of failures.
const (
	// Unreachable: no answer by HTTP, for want of a name, a connection, a trusted certificate or time.
	Unreachable Kind = "Unreachable"
	// Unauthorized: 401 or 403, by the registry or by its token server.
	Unauthorized Kind = "Unauthorized"
	// NotFound: no such tag, no such repository, or no version in the range.
	NotFound Kind = "NotFound"
	// RateLimited: 429. The registry is left alone for as long as it says.
	RateLimited Kind = "RateLimited"
	// Failing: 5xx, or another status nobody expects.
	Failing Kind = "Failing"
	// Malformed: an answer that is not what a registry answers.
	Malformed Kind = "Malformed"
	// CredentialsMissing: the Secret cannot be read, or holds no docker config.
	CredentialsMissing Kind = "CredentialsMissing"
	// NotAllowed: the admin has not named the registry. Nothing is sent to it.
	NotAllowed Kind = "NotAllowed"
)

// Diagnosis is what is asked for on demand only: why image-updater may not see what a registry serves.
type Diagnosis struct {
	// Digest that it belongs to.
	Digest string
	// TagListed tells whether tags/list has the tag on any of its pages, FirstPage whether on its first: image-updater takes a
	// tag that it does not see listed for none. Nil: it cannot be told, or there is no tag.
	TagListed *bool
	FirstPage *bool
	// Platforms of the index's images, or the one in the config of a single image.
	Platforms []string
	// Failure is why the rest cannot be told. A registry may refuse the list and serve the image. It has no Since.
	Failure *Failure
}

// sameAs tells whether nobody who reads the answer finds a difference. That it was confirmed is none.
func (a Answer) sameAs(b Answer) bool {
	return a.Reference == b.Reference && a.Tag == b.Tag && a.Digest == b.Digest && a.MediaType == b.MediaType &&
		slices.Equal(a.Children, b.Children) && a.Failure.sameAs(b.Failure) && a.Diagnosis.sameAs(b.Diagnosis)
}

func (f *Failure) sameAs(g *Failure) bool {
	if f == nil || g == nil {
		return f == g
	}
	return f.Kind == g.Kind && f.Code == g.Code && f.Message == g.Message
}

func (d *Diagnosis) sameAs(e *Diagnosis) bool {
	if d == nil || e == nil {
		return d == e
	}
	return d.Digest == e.Digest && sameBool(d.TagListed, e.TagListed) && sameBool(d.FirstPage, e.FirstPage) &&
		slices.Equal(d.Platforms, e.Platforms) && d.Failure.sameAs(e.Failure)
}

func sameBool(a, b *bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
