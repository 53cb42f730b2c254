package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
)

// How the peers are played: slowly enough to be watched, and faster than the real ones.
const (
	stepTime        = 250 * time.Millisecond // before each answer
	updaterInterval = time.Second            // of image-updater's cycles; really 2 minutes
	heartbeat       = time.Second            // Argo CD and CloudNativePG move timestamps that mean nothing
)

// cast is the played peers.
type cast struct {
	*actors.Set
	*process
}

func startActors(w *world, s *shelf, clock *clock) (*cast, error) {
	registry := actors.HTTPRegistry{Client: &http.Client{Transport: s.network}, TLS: true}
	c := &cast{Set: actors.All(w.config, actors.Options{Registry: registry, UpdaterInterval: updaterInterval, Heartbeat: heartbeat})}
	if err := c.Behave(func(b *actors.Behaviour) { b.Delay = stepTime }); err != nil {
		return nil, err
	}
	if err := c.ImageUpdater.Behave(func(b *actors.Behaviour) { b.Wrong = byClock(clock) }); err != nil {
		return nil, err
	}
	c.process = begin(c.Run)
	return c, nil
}

// byClock lets image-updater date its looks by the operator's clock: by its own, it would seem to have stopped looking once
// that is put forward.
func byClock(c *clock) func(*unstructured.Unstructured) {
	return func(answer *unstructured.Unstructured) {
		if _, looked, _ := unstructured.NestedString(answer.Object, "status", "lastCheckedAt"); looked {
			_ = unstructured.SetNestedField(answer.Object, c.Now().UTC().Format(time.RFC3339), "status", "lastCheckedAt") // a text fits there
		}
	}
}

// end the actors; where none play it does nothing.
func (c *cast) end() error {
	if c == nil {
		return nil
	}
	return c.stop()
}

// choir listens to everything that an app becomes and rests on.
type choir struct {
	world   *world
	intents []expand.Intent
	heard   map[expand.Key]string
}

func newChoir(w *world, p plans) *choir {
	c := &choir{world: w, heard: map[expand.Key]string{}}
	for _, i := range slices.Concat(p.app, p.platform) {
		if _, speaks := voices[i.GVK()]; speaks {
			c.intents = append(c.intents, i)
		}
		if i.GVK() == foreign.Application {
			c.intents = append(c.intents, workloadOf(i))
		}
	}
	return c
}

// workloadOf is the Deployment that the workload chart makes: it is named like the release.
func workloadOf(application expand.Intent) expand.Intent {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(deployment)
	namespace, _, _ := unstructured.NestedString(application.Object.Object, "spec", "destination", "namespace")
	o.SetNamespace(namespace)
	release, _, _ := unstructured.NestedString(application.Object.Object, "spec", "source", "helm", "releaseName")
	o.SetName(release)
	return expand.Intent{Lane: v1alpha1.LaneDelivery, Object: o}
}

// remark is something that a peer says anew.
type remark struct {
	lane       v1alpha1.Lane
	peer, text string
}

// listen returns what is new since the last time.
func (c *choir) listen(ctx context.Context) ([]remark, error) {
	var news []remark
	for _, i := range c.intents {
		o, err := c.world.live(ctx, i)
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		v := voices[i.GVK()]
		if said := v.says(o); said != "" && said != c.heard[i.Key()] {
			c.heard[i.Key()] = said
			news = append(news, remark{lane(i), v.peer, i.Key().Kind + ": " + said})
		}
	}
	return news, nil
}

// lane of an object; what the platform makes for all apps is data, and has none.
func lane(i expand.Intent) v1alpha1.Lane {
	if i.Lane == "" {
		return v1alpha1.LaneData
	}
	return i.Lane
}
