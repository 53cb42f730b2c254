package controllers

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// stuckApps counts apps for the metrics. No app is named: with thousands of apps each name would be a series.
type stuckApps struct {
	clock func() time.Time

	mu   sync.Mutex
	apps map[types.NamespacedName]appState
}

type appState struct {
	ready, lane, reason string
	since               time.Time
}

var (
	stuckDesc  = prometheus.NewDesc("afroapp_stuck_apps", "Apps that are stuck, by lane and reason.", []string{"lane", "reason"}, nil)
	oldestDesc = prometheus.NewDesc("afroapp_oldest_stuck_seconds", "Age of the oldest stuck app, in seconds; 0 when none is stuck.", nil, nil)
	appsDesc   = prometheus.NewDesc("afroapp_apps", "Apps, by the status of their condition Ready.", []string{"ready"}, nil)
)

func newStuckApps(clock func() time.Time) *stuckApps {
	return &stuckApps{clock: clock, apps: map[types.NamespacedName]appState{}}
}

func (s *stuckApps) record(name types.NamespacedName, status v1alpha1.AfroAppStatus) {
	state := appState{ready: "Unknown"}
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady); c != nil {
		state.ready = string(c.Status)
	}
	if at := status.StuckAt; at != nil {
		state.lane, state.reason, state.since = string(at.Lane), at.Reason, at.Since.Time
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
}

// Collect implements prometheus.Collector.
func (s *stuckApps) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stuck, ready := map[[2]string]int{}, map[string]int{"True": 0, "False": 0, "Unknown": 0}
	oldest := 0.0
	for _, a := range s.apps {
		ready[a.ready]++
		if a.reason == "" {
			continue
		}
		stuck[[2]string{a.lane, a.reason}]++
		oldest = max(oldest, s.clock().Sub(a.since).Seconds())
	}
	for k, n := range stuck {
		ch <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(n), k[0], k[1])
	}
	for k, n := range ready {
		ch <- prometheus.MustNewConstMetric(appsDesc, prometheus.GaugeValue, float64(n), k)
	}
	ch <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, oldest)
}
