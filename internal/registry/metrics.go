package registry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type collectors struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	errors   *prometheus.CounterVec
	success  *prometheus.GaugeVec
	interval *prometheus.GaugeVec
}

func newCollectors() *collectors {
	return &collectors{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "afroapp_registry_requests_total",
			Help: "Requests to a registry and to what it refers to, by status code; code is error when there was no answer.",
		}, []string{"registry", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "afroapp_registry_request_duration_seconds",
			Help:    "Time until the header of the answer.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}, []string{"registry"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "afroapp_registry_errors_total", Help: "Questions to a registry that were not answered, by kind.",
		}, []string{"registry", "kind"}),
		success: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "afroapp_registry_last_success_timestamp_seconds", Help: "When a registry last answered a question.",
		}, []string{"registry"}),
		interval: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "afroapp_registry_probe_interval_seconds", Help: "How often a registry is asked for an image, by the AfroPlatform.",
		}, []string{"registry"}),
	}
}

// Collectors to register where metrics are served.
func (p *Prober) Collectors() []prometheus.Collector {
	m := p.metrics
	return []prometheus.Collector{m.requests, m.duration, m.errors, m.success, m.interval}
}

func (m *collectors) request(registry string, resp *http.Response, took time.Duration) {
	code := "error"
	if resp != nil {
		code = strconv.Itoa(resp.StatusCode)
	}
	m.requests.WithLabelValues(registry, code).Inc()
	m.duration.WithLabelValues(registry).Observe(took.Seconds())
}

func (m *collectors) failed(registry string, k Kind) {
	m.errors.WithLabelValues(registry, string(k)).Inc()
}

func (m *collectors) succeeded(registry string, at time.Time) {
	m.success.WithLabelValues(registry).Set(float64(at.UnixNano()) / 1e9)
}

// drop forgets a registry that is no longer asked.
func (m *collectors) drop(registry string) {
	of := prometheus.Labels{"registry": registry}
	m.requests.DeletePartialMatch(of)
	m.duration.DeletePartialMatch(of)
	m.errors.DeletePartialMatch(of)
	m.success.DeletePartialMatch(of)
	m.interval.DeletePartialMatch(of)
}
