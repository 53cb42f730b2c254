package registry

import (
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const (
	// maxCachedIndexes are some megabytes at most. One more than there is costs a request.
	maxCachedIndexes = 2048
	// maxImages of an index are read. Whoever may push makes an index as long as an answer may be, and another one every minute.
	maxImages = 256
	// maxPlatform is longer than any there is.
	maxPlatform = 64
)

// childrenOf an index. They belong to the digest, whoever asks and whenever, and are read once.
func (p *Prober) childrenOf(ctx context.Context, puller *remote.Puller, ref name.Digest, body []byte) ([]Image, error) {
	if found, ok := p.children.get(ref.DigestStr()); ok {
		return found, nil
	}
	if body == nil {
		d, err := puller.Get(ctx, ref)
		if err != nil {
			return nil, err
		}
		body = d.Manifest
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(body, &index); err != nil {
		return nil, malformedError("the index cannot be read")
	}
	if len(index.Manifests) > maxImages {
		return nil, malformedError(fmt.Sprintf("the index names more than %d images", maxImages))
	}
	images := imagesOf(index)
	p.children.put(ref.DigestStr(), images)
	return images, nil
}

func imagesOf(index v1.IndexManifest) []Image {
	var images []Image
	for _, m := range index.Manifests {
		platform := platformOf(m.Platform)
		// An attestation is a child by form only; no node runs it.
		if platform == "unknown/unknown" {
			continue
		}
		images = append(images, Image{Digest: m.Digest.String(), Platform: platform})
	}
	return images
}

func platformOf(p *v1.Platform) string {
	if p == nil || p.OS == "" {
		return ""
	}
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	if len(s) > maxPlatform {
		return ""
	}
	return s
}

// childCache remembers the children of the indexes that were asked for last.
type childCache struct {
	most int

	mu      sync.Mutex
	order   *list.List // of *cachedIndex, the last one asked for in front
	entries map[string]*list.Element
}

type cachedIndex struct {
	digest string
	images []Image
}

func newChildCache(most int) *childCache {
	return &childCache{most: most, order: list.New(), entries: map[string]*list.Element{}}
}

func (c *childCache) get(digest string) ([]Image, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[digest]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cachedIndex).images, true
}

func (c *childCache) put(digest string, images []Image) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[digest]; ok {
		return
	}
	c.entries[digest] = c.order.PushFront(&cachedIndex{digest, images})
	if c.order.Len() > c.most {
		last := c.order.Remove(c.order.Back()).(*cachedIndex)
		delete(c.entries, last.digest)
	}
}
