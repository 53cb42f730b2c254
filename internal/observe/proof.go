package observe

import (
	"slices"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/internal/image"
)

// Pod is what is known of one pod of the app.
type Pod struct {
	Name string
	// Created is its age; of pods that ended, the newest counts.
	Created time.Time
	// Ended: it has run to its end. Leaving: it is being deleted.
	Ended, Leaving bool
	// Job: a Job made it. It runs to its end with the image that it began with; no rollout replaces it.
	Job        bool
	Containers []PodImage
}

// PodImage is the image of a container, as its spec names it and as the runtime reports it.
type PodImage struct {
	Spec string
	// ID is status.containerStatuses[].imageID: what it is depends on the runtime.
	ID string
	// Running, or it ran to its end.
	Running bool
}

// Template is what a workload will make pods of.
type Template struct {
	Kind, Name string
	// Idle: it makes no pods right now: a CronJob, or a workload of zero replicas.
	Idle   bool
	Images []string
}

// relation of a container to what the registry serves.
type relation int

const (
	noRelation relation = iota // nothing can be proved
	same
	other
)

// proof is the comparison of all pods with what the registry serves.
type proof struct {
	pods   int // that run the app's image
	same   int
	digest string // that runs; of several, one that is not served
	// stale: a container runs a digest that is not served. unproven: one runs what cannot be compared.
	stale, unproven bool
	// starting: a container of the image does not run yet.
	starting bool
}

// holds tells whether every pod runs what the registry serves.
func (p proof) holds() bool { return p.same > 0 && !p.stale && !p.unproven && !p.starting }

func (l lens) prove() proof {
	s := l.served()
	var out proof
	if !l.PodsSeen {
		return out
	}
	for _, c := range l.containers() {
		out.pods++
		if !c.Running {
			out.starting = true
			continue
		}
		running := c.digest()
		switch l.relate(s, c) {
		case same:
			out.same++
			if out.digest == "" {
				out.digest = running
			}
		case other:
			if !out.stale {
				out.stale, out.digest = true, running
			}
		default:
			out.unproven = true
		}
	}
	if s.Digest == "" {
		out.unproven, out.stale = out.pods > 0, false
	}
	return out
}

// containers of the app's image, in the pods that count: those that run, or else the newest that ended or that a Job made.
func (l lens) containers() []PodImage {
	var running, ended []PodImage
	var newest time.Time
	for _, p := range l.Pods {
		if p.Leaving {
			continue
		}
		var mine []PodImage
		for _, c := range p.Containers {
			if image.SameRepository(c.Spec, l.tracked.Name()) {
				mine = append(mine, c)
			}
		}
		switch {
		case len(mine) == 0:
		case !p.Ended && !p.Job:
			running = append(running, mine...)
		case p.Created.After(newest):
			newest, ended = p.Created, mine
		}
	}
	if len(running) > 0 {
		return running
	}
	return ended
}

// digest that a container runs: what the runtime reports, or what its spec fixes.
func (c PodImage) digest() string {
	if d := image.DigestOf(c.ID); d != "" {
		return d
	}
	return image.DigestOf(c.Spec)
}

// relate compares. A digest is content: a container that runs from repository@digest runs that, whatever the runtime calls it.
// A digest that the runtime reports without the repository may be of the image's configuration, and proves nothing.
func (l lens) relate(s Served, c PodImage) relation {
	fixed, reported := image.DigestOf(c.Spec), image.DigestOf(c.ID)
	switch {
	case s.Digest == "":
		return noRelation
	case s.holds(fixed) || s.holds(reported) || l.provedBefore(s, c.digest()):
		return same
	case s.Unread && !l.staleBefore(s, c.digest()):
		return noRelation
	case fixed != "":
		return other
	case reported != "" && image.SameRepository(c.ID, l.tracked.Name()):
		return other
	}
	return noRelation
}

// holds tells whether a digest is the one that is served, or one of its images.
func (s Served) holds(digest string) bool {
	return digest != "" && (digest == s.Digest ||
		slices.ContainsFunc(s.Children, func(c ServedImage) bool { return c.Digest == digest }))
}

// provedBefore: before the operator was started again, the digest was seen to belong to the one that is still served.
func (l lens) provedBefore(s Served, digest string) bool {
	was := l.App.Status.Image
	heard := l.Registry != nil && l.Registry.Digest != ""
	return !heard && was != nil && was.InSyncSince != nil && was.RunningDigest == digest && digest != "" && was.RegistryDigest == s.Digest
}

// staleBefore: likewise, it was seen not to belong to it.
func (l lens) staleBefore(s Served, digest string) bool {
	heard := l.Registry != nil && l.Registry.Digest != ""
	was := l.App.Status.Image
	return !heard && was != nil && was.InSyncSince == nil && was.RunningDigest == digest && digest != "" && was.RegistryDigest == s.Digest
}

// cutTag takes a reference without a digest apart.
func cutTag(reference string) (name, tag string, found bool) {
	i := strings.LastIndexByte(reference, ':')
	if i < 0 || strings.Contains(reference[i:], "/") {
		return "", "", false
	}
	return reference[:i], reference[i+1:], true
}
