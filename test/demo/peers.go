package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
)

// How the peers are played: slowly enough to be watched, and faster than the real ones.
const (
	stepTime        = 250 * time.Millisecond // before each answer
	updaterInterval = 3 * time.Second        // of image-updater's cycles; really 2 minutes
	heartbeat       = time.Second            // Argo CD and CloudNativePG move timestamps that mean nothing
)

// cast is the played peers.
type cast struct {
	*actors.Set
	*process
}

func startActors(w *world) (*cast, error) {
	c := &cast{Set: actors.All(w.config, actors.Options{UpdaterInterval: updaterInterval, Heartbeat: heartbeat})}
	if err := c.Behave(func(b *actors.Behaviour) { b.Delay = stepTime }); err != nil {
		return nil, err
	}
	c.process = begin(c.Run)
	return c, nil
}

// end the actors; where none play it does nothing.
func (c *cast) end() error {
	if c == nil {
		return nil
	}
	return c.stop()
}

var deployment = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}

// voice is how a kind speaks, in the words of its controller.
type voice struct {
	peer string
	says func(*unstructured.Unstructured) string
}

var voices = map[schema.GroupVersionKind]voice{
	foreign.Application: {"Argo CD", func(o *unstructured.Unstructured) string {
		return both("sync", text(o, "sync", "status"), "health", text(o, "health", "status"))
	}},
	foreign.ImageUpdater: {"image-updater", updaterSays},
	deployment:           {"Kubernetes", podsReady},
	foreign.Ingress:      {"ingress-nginx", address},
	foreign.Cluster:      {"CloudNativePG", clusterSays},
	foreign.DatabaseRole: {"CloudNativePG", applied},
	foreign.Database:     {"CloudNativePG", applied},
	foreign.ObjectStore:  {"Barman Cloud", recoverable},
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

func text(o *unstructured.Unstructured, path ...string) string {
	s, _, _ := unstructured.NestedString(o.Object, append([]string{"status"}, path...)...)
	return s
}

func number(o *unstructured.Unstructured, path ...string) int64 {
	n, _, _ := unstructured.NestedInt64(o.Object, append([]string{"status"}, path...)...)
	return n
}

func both(a, x, b, y string) string {
	if x == "" || y == "" {
		return ""
	}
	return fmt.Sprintf("%s %s, %s %s", a, x, b, y)
}

func updaterSays(o *unstructured.Unstructured) string {
	if text(o, "lastCheckedAt") == "" {
		return ""
	}
	said := fmt.Sprintf("matches %d, looks after %d", number(o, "applicationsMatched"), number(o, "imagesManaged"))
	updates, _, _ := unstructured.NestedSlice(o.Object, "status", "recentUpdates")
	for _, u := range updates {
		fields, _ := u.(map[string]any)
		if version, _ := fields["newVersion"].(string); version != "" {
			said += ", wrote " + version[:min(len(version), 19)] + "…"
		}
	}
	return said
}

func podsReady(o *unstructured.Unstructured) string {
	wanted, _, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	return fmt.Sprintf("%d of %d ready", number(o, "readyReplicas"), wanted)
}

func address(o *unstructured.Unstructured) string {
	points, _, _ := unstructured.NestedSlice(o.Object, "status", "loadBalancer", "ingress")
	for _, p := range points {
		fields, _ := p.(map[string]any)
		if ip, _ := fields["ip"].(string); ip != "" {
			return "address " + ip
		}
	}
	return ""
}

func clusterSays(o *unstructured.Unstructured) string {
	phase := text(o, "phase")
	if phase == "" {
		return ""
	}
	said := []string{phase}
	if archiving := conditionOf(o, "ContinuousArchiving"); archiving != "" {
		said = append(said, archiving)
	}
	return strings.Join(said, "; ")
}

func conditionOf(o *unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if fields, _ := c.(map[string]any); fields["type"] == kind {
			message, _ := fields["message"].(string)
			return message
		}
	}
	return ""
}

func applied(o *unstructured.Unstructured) string {
	if yes, known, _ := unstructured.NestedBool(o.Object, "status", "applied"); known && yes {
		return "applied"
	}
	_, cause, ok := strings.Cut(text(o, "message"), "ERROR: ")
	if !ok {
		return text(o, "message")
	}
	return cause // PostgreSQL's own words
}

func recoverable(o *unstructured.Unstructured) string {
	windows, _, _ := unstructured.NestedMap(o.Object, "status", "serverRecoveryWindow")
	for _, w := range windows {
		fields, _ := w.(map[string]any)
		if from, _ := fields["firstRecoverabilityPoint"].(string); from != "" {
			return "recoverable from " + from
		}
	}
	return ""
}
