package controllers

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/observe"
)

// stuckApps counts apps for the metrics. No app is named unless it is asked for: with thousands of apps each name is a series.
type stuckApps struct {
	clock  func() time.Time
	perApp bool

	mu   sync.Mutex
	apps map[types.NamespacedName]appState
}

type appState struct {
	ready, lane, hop, reason string
	since                    time.Time
	// stale is since when the registry serves an image while a pod runs another one. Zero: none does.
	stale time.Time
	// unseen: nobody knows which image the registry serves.
	unseen bool
}

var (
	stuckDesc  = prometheus.NewDesc("afroapp_stuck_apps", "Apps that are stuck, by lane, hop and reason.", []string{"lane", "hop", "reason"}, nil)
	oldestDesc = prometheus.NewDesc("afroapp_oldest_stuck_seconds", "Age of the oldest stuck app, in seconds; 0 when none is stuck.", nil, nil)
	staleDesc  = prometheus.NewDesc("afroapp_image_stale_apps", "Apps of which a pod runs another image than the registry serves.", nil, nil)
	oldDesc    = prometheus.NewDesc("afroapp_image_oldest_stale_seconds", "How long the oldest of these images has been served, in seconds; 0 when there is none.", nil, nil)
	perAppDesc = prometheus.NewDesc("afroapp_image_stale_seconds", "How long the registry has served an image while a pod runs another one, in seconds; 0 when none does. With --metrics-per-app.", []string{"namespace", "name"}, nil)
	unseenDesc = prometheus.NewDesc("afroapp_image_unseen_apps", "Apps of which nobody knows which image the registry serves.", nil, nil)
	appsDesc   = prometheus.NewDesc("afroapp_apps", "Apps, by the status of their condition Ready.", []string{"ready"}, nil)
)

func newStuckApps(clock func() time.Time, perApp bool) *stuckApps {
	return &stuckApps{clock: clock, perApp: perApp, apps: map[types.NamespacedName]appState{}}
}

func (s *stuckApps) record(name types.NamespacedName, result observe.Result) {
	status := result.Status
	state := appState{ready: "Unknown"}
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady); c != nil {
		state.ready = string(c.Status)
	}
	if at := status.StuckAt; at != nil {
		state.lane, state.hop, state.reason, state.since = string(at.Lane), at.Hop, at.Reason, at.Since.Time
	}
	switch i := status.Image; {
	case i == nil || i.RegistryDigest == "":
		state.unseen = true
	case result.Stale && i.RegistryDigestSince != nil:
		state.stale = i.RegistryDigestSince.Time
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps[name] = state
}

func (s *stuckApps) forget(name types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apps, name)
}

// Describe implements prometheus.Collector.
func (s *stuckApps) Describe(ch chan<- *prometheus.Desc) {
	ch <- stuckDesc
	ch <- oldestDesc
	ch <- appsDesc
	ch <- staleDesc
	ch <- oldDesc
	ch <- perAppDesc
	ch <- unseenDesc
}

// Collect implements prometheus.Collector.
func (s *stuckApps) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collectImages(ch)
	stuck, ready := map[[3]string]int{}, map[string]int{"True": 0, "False": 0, "Unknown": 0}
	oldest := 0.0
	for _, a := range s.apps {
		ready[a.ready]++
		if a.reason == "" {
			continue
		}
		stuck[[3]string{a.lane, a.hop, a.reason}]++
		oldest = max(oldest, s.clock().Sub(a.since).Seconds())
	}
	for k, n := range stuck {
		ch <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(n), k[0], k[1], k[2])
	}
	for k, n := range ready {
		ch <- prometheus.MustNewConstMetric(appsDesc, prometheus.GaugeValue, float64(n), k)
	}
	ch <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, oldest)
}

// collectImages tells how far images are behind their registries.
func (s *stuckApps) collectImages(ch chan<- prometheus.Metric) {
	stale, unseen, oldest := 0, 0, 0.0
	for name, a := range s.apps {
		age := 0.0
		if !a.stale.IsZero() {
			stale++
			age = max(0, s.clock().Sub(a.stale).Seconds())
			oldest = max(oldest, age)
		}
		if a.unseen {
			unseen++
		} else if s.perApp {
			ch <- prometheus.MustNewConstMetric(perAppDesc, prometheus.GaugeValue, age, name.Namespace, name.Name)
		}
	}
	ch <- prometheus.MustNewConstMetric(staleDesc, prometheus.GaugeValue, float64(stale))
	ch <- prometheus.MustNewConstMetric(oldDesc, prometheus.GaugeValue, oldest)
	ch <- prometheus.MustNewConstMetric(unseenDesc, prometheus.GaugeValue, float64(unseen))
}
