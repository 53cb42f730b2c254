package controllers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// The stories of the AfroPlatform: what it makes in each namespace, and nothing else.

// platformStories: what the AfroPlatform makes for namespaces with apps. The apps are refused, so that they make nothing.
func (s *storyRun) platformStories(t *testing.T, all []story) (played int) {
	for _, x := range all {
		played++
		t.Run(x.name, func(t *testing.T) { s.at(t).playPlatform(x) })
	}
	return played
}

func (s *storyRun) playPlatform(x story) {
	t := s.t
	p := firstObject(t, x.platform)
	if x.refused {
		if err := s.replace(p, metav1.DryRunAll); err == nil {
			t.Error("the API server takes it")
		} else {
			invalid(t, err)
		}
		return
	}
	s.existingSharedCluster(x, p)
	defer s.forgetPlatform(s.strangers(x)...)
	s.platform(x.platform)
	stream, _ := s.afroctl.render(t, s.world)
	rendered := documents(t, stream)
	eventually(t, func() error {
		return sameDocuments(rendered, within(s.op.lastApplied(t, 0), rendered))
	})
	for key := range rendered {
		if _, err := s.get(key); err != nil {
			t.Error(err)
		}
	}
	s.onlyOfPlatform(rendered)
}

// forgetPlatform takes apps away, and then what the AfroPlatform has made: first it is told not to make it. The AfroPlatform
// goes too: it remembers a Cluster that it made, and does not replace it silently.
func (s *storyRun) forgetPlatform(apps ...*unstructured.Unstructured) {
	s.takeAway(apps...)
	s.shown = ""
	s.platform(filepath.Join(corpus, "platform.yaml"))
	s.forget("AfroPlatform/")
	s.withoutPlatform()
}

// strangers are apps that nobody may have, one in each namespace of the story: a namespace has its AppProject before its
// first app is right.
func (s *storyRun) strangers(x story) (out []*unstructured.Unstructured) {
	raw, err := os.ReadFile(filepath.Join(x.dir, "namespaces.yaml"))
	must(s.t, err)
	var namespaces []struct {
		Name   string            `json:"name"`
		UID    string            `json:"uid,omitempty"`
		Labels map[string]string `json:"labels,omitempty"`
	}
	must(s.t, yaml.UnmarshalStrict(raw, &namespaces))
	for _, ns := range namespaces {
		s.namespace(ns.Name, ns.Labels)
		app, err := fixtures.Decode(fmt.Appendf(nil, "{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: web, namespace: %q}, spec: {image: registry.invalid/nobody/nothing:latest}}", ns.Name))
		must(s.t, err)
		must(s.t, s.send(app[0]))
		out = append(out, app[0])
	}
	return out
}

func (s *storyRun) existingSharedCluster(x story, p *unstructured.Unstructured) {
	if x.extra.ServerName == "" {
		return
	}
	namespace, _, _ := unstructured.NestedString(p.Object, "spec", "database", "shared", "namespace")
	name, _, _ := unstructured.NestedString(p.Object, "spec", "database", "shared", "name")
	must(s.t, s.send(ownCluster(namespace, name, x.extra.ServerName, map[string]string{expand.AnnotationOwner: expand.PlatformOwner})))
	time.Sleep(time.Second) // the operator's cache shows it by then; nothing that it does tells
}

// onlyOfPlatform demands that the AfroPlatform has nothing else than these.
func (s *storyRun) onlyOfPlatform(want map[expand.Key]string) {
	s.t.Helper()
	eventually(s.t, func() error {
		for _, k := range foreign.Children {
			list := &metav1.PartialObjectMetadataList{}
			list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
			must(s.t, admin.List(s.ctx, list, client.MatchingLabels{expand.LabelManagedBy: expand.ManagedBy}))
			for _, o := range list.Items {
				key := expand.Key{Kind: k.Kind, Namespace: o.Namespace, Name: o.Name}
				if o.Annotations[expand.AnnotationOwner] == expand.PlatformOwner && want[key] == "" {
					return fmt.Errorf("%s is there and is not rendered", key)
				}
			}
		}
		return nil
	})
}
