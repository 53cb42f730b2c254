package observe

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// upset is a story that has gone on for a while when something small happens.
func upset(t *testing.T, name string) Facts {
	t.Helper()
	for _, s := range stories(t) {
		if s.name == name {
			f := s.facts(t)
			f.App.Status = Status(f).Status
			return f
		}
	}
	t.Fatal("no story " + name)
	return Facts{}
}

func later(f Facts, d time.Duration) Facts {
	f.Now = f.Now.Add(d)
	if iu := f.Children.ImageUpdater; iu != nil && iu.Status.LastCheckedAt != nil {
		iu.Status.LastCheckedAt.Time = f.Now
	}
	f.App.Status = Status(f).Status
	return f
}

func delivered(r Result) (string, string) {
	c := meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionDelivered)
	return string(c.Status), c.Reason
}

func away(now time.Time) *RegistryFailure {
	return &RegistryFailure{Reason: v1alpha1.ReasonRegistryUnreachable, Message: "connection refused", Since: now}
}

// The operator is started again while the registry is away for a moment: what was known is still known.
func TestARestartForgetsNothing(t *testing.T) {
	f := later(upset(t, "healthy-pinned-version"), 24*time.Hour)
	was := f.App.Status.Image
	f.Registry = &Served{Reference: f.Registry.Reference, Failure: away(f.Now)}
	r := Status(f)
	if status, reason := delivered(r); status != "True" || !r.Status.Image.InSyncSince.Equal(was.InSyncSince) {
		t.Errorf("Delivered %s %s, image %+v, was %+v", status, reason, r.Status.Image, was)
	}
	g := later(upset(t, "rolling-not-written"), 2*time.Hour)
	at := g.App.Status.StuckAt
	g.Registry = &Served{Reference: g.Registry.Reference, Failure: away(g.Now)}
	if r := Status(g); at == nil || r.Status.StuckAt == nil || *r.Status.StuckAt != *at {
		t.Errorf("was stuck at %+v, and is at %+v", at, r.Status.StuckAt)
	}
}

// A probe that fails once ends no line of image-updater's.
func TestAFailedProbeEndsNoLine(t *testing.T) {
	f := later(upset(t, "recorded-write-back-refused"), 2*time.Hour)
	at := f.App.Status.StuckAt
	f.Registry.Failure = away(f.Now)
	if r := Status(f); at == nil || r.Status.StuckAt == nil || r.Status.StuckAt.Reason != at.Reason || !r.Status.StuckAt.Since.Equal(&at.Since) {
		t.Errorf("was stuck at %+v, and is at %+v", at, r.Status.StuckAt)
	}
}

const oldDigest = "sha256:9999999999999999999999999999999999999999999999999999999999999999"

// A job of an hour runs to its end with the image that it began with.
func TestALongJobIsNotStuck(t *testing.T) {
	f := upset(t, "healthy-kustomize")
	f.Pods = append(f.Pods, Pod{Name: "job", Job: true, Containers: []PodImage{
		{Spec: "ghcr.io/codenificient/web:latest@" + oldDigest, ID: "ghcr.io/codenificient/web@" + oldDigest, Running: true}}})
	f.Children.Application.Status.Summary.Images = append(f.Children.Application.Status.Summary.Images, "ghcr.io/codenificient/web:latest@"+oldDigest)
	f = later(f, 16*time.Minute)
	if status, reason := delivered(Status(f)); status != "True" {
		t.Errorf("Delivered %s %s, stuck at %+v", status, reason, f.App.Status.StuckAt)
	}
}

// Argo CD lists the image, and no pod is known to be of the app: a kind of workload that is not known. That is no alarm.
func TestUnknownWorkloadsAreNoAlarm(t *testing.T) {
	f := upset(t, "healthy-kustomize")
	f.Pods = nil
	f = later(later(f, time.Second), 16*time.Minute)
	r := Status(f)
	if status, reason := delivered(r); status != "Unknown" || reason != v1alpha1.ReasonRelationUnknown || r.Status.StuckAt != nil {
		t.Errorf("Delivered %s %s, stuck at %+v", status, reason, r.Status.StuckAt)
	}
}

// An index whose images could not be read proves nothing against a pod of one of them.
func TestAnUnreadIndexAccusesNobody(t *testing.T) {
	f := upset(t, "healthy-index")
	f.App.Status = v1alpha1.AfroAppStatus{}
	f.Registry.Children, f.Registry.Unread = nil, true
	f = later(later(f, time.Second), 16*time.Minute)
	if status, reason := delivered(Status(f)); f.App.Status.StuckAt != nil || status != "Unknown" || reason != v1alpha1.ReasonRelationUnknown {
		t.Errorf("Delivered %s %s, stuck at %+v", status, reason, f.App.Status.StuckAt)
	}
}

// The version that runs was pushed anew: there is nothing to wait for.
func TestAVersionPushedAnewIsNamed(t *testing.T) {
	f := upset(t, "healthy-semver")
	f.Registry.Reference = "ghcr.io/codenificient/web:1.4.0"
	f.Registry.Digest = "sha256:" + strings.Repeat("7", 64)
	f = later(later(f, time.Second), 16*time.Minute)
	if at := f.App.Status.StuckAt; at == nil || at.Reason != v1alpha1.ReasonTagMoved {
		t.Errorf("stuck at %+v", at)
	}
}

// What counts as an image that does not arrive is one that is proved not to run: no pod that starts, and no app without pods.
func TestStaleIsProved(t *testing.T) {
	for _, s := range stories(t) {
		if r := Status(s.facts(t)); r.Stale && meta.IsStatusConditionTrue(r.Status.Conditions, v1alpha1.ConditionReady) {
			t.Errorf("%s is Ready and stale", s.name)
		}
	}
	f := upset(t, "healthy-index")
	starting := f.Pods[0]
	starting.Containers = []PodImage{{Spec: starting.Containers[0].Spec}}
	f.Pods = append(f.Pods, starting)
	if Status(f).Stale {
		t.Error("a pod that starts makes the image stale")
	}
	if !Status(upset(t, "rolling-not-written")).Stale {
		t.Error("an image that nobody wrote is not stale")
	}
}

// Pods of a Job are told by their owner.
func TestPodsOfJobs(t *testing.T) {
	for kind, want := range map[string]bool{"Job": true, "ReplicaSet": false, "": false} {
		p := &corev1.Pod{}
		if kind != "" {
			p.OwnerReferences = []metav1.OwnerReference{{Kind: kind, Name: "x", Controller: new(true)}}
		}
		if got := PodOf(p).Job; got != want {
			t.Errorf("a pod of a %q: Job is %t", kind, got)
		}
	}
}

// What would tell more is wished for while it can: tags that the line advises to delete, and pods that nobody tells of.
func TestWishes(t *testing.T) {
	for name, want := range map[string]Wish{
		"tag-not-listed":                    {Registry: true, Diagnosis: true},
		"tag-behind-first-page":             {Registry: true, Diagnosis: true},
		"recorded-wrong-platform-stale":     {Registry: true},
		"healthy-kustomize":                 {},
		"pods-cannot-pull":                  {Pods: true},
		"pinned-tag-moved":                  {Registry: true, Pods: true},
		"pinned-tag-moved-early":            {Registry: true, Pods: true},
		"recorded-git-committed-not-synced": {Registry: true},
	} {
		if got := Status(upset(t, name)).Wish; got != want {
			t.Errorf("%s: wishes %+v, want %+v", name, got, want)
		}
	}
}

// Questions to a registry that fails come further and further apart: what was mended meanwhile must not be called missing.
func TestARegistryIsAskedOnceMoreBeforeItsFailureCounts(t *testing.T) {
	for reason, grace := range map[string]time.Duration{v1alpha1.ReasonTagMissing: refusalGrace, v1alpha1.ReasonRateLimited: registryGrace} {
		t.Run(reason, func(t *testing.T) {
			f := upset(t, "healthy-pinned-version")
			began := f.Now
			f.Registry.Failure = &RegistryFailure{Reason: reason, Message: "no", Since: began, Last: began}
			if r := Status(f); r.Wish.Registry || r.WakeAfter != grace-askedBefore {
				t.Fatalf("at first: wishes %+v, looks again after %s", r.Wish, r.WakeAfter)
			}
			f.Now = began.Add(grace - askedBefore)
			if r := Status(f); !r.Wish.Registry || r.WakeAfter != askedBefore || r.Status.StuckAt != nil {
				t.Errorf("before the end: wishes %+v, looks again after %s, stuck at %+v", r.Wish, r.WakeAfter, r.Status.StuckAt)
			}
			f.Registry.Failure.Last = f.Now
			if r := Status(f); r.Wish.Registry || r.WakeAfter != askedBefore {
				t.Errorf("once it was asked: wishes %+v, looks again after %s", r.Wish, r.WakeAfter)
			}
			f.Now = began.Add(grace)
			if r := Status(f); r.Status.StuckAt == nil || r.Status.StuckAt.Reason != reason {
				t.Errorf("after the end: stuck at %+v", r.Status.StuckAt)
			}
		})
	}
}
