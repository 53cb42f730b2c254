package controlplane

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/rest"
)

// Request is a class of requests as the API server counts them. Verb is in capitals, and finer than
// HTTP's: a server-side apply is APPLY, another patch is PATCH.
type Request struct {
	Verb, Group, Resource, Subresource, Code string
}

// Requests counts answered requests by class, over all users.
type Requests map[Request]int

// Since returns what was added after an earlier count, without the classes that did not grow.
func (r Requests) Since(earlier Requests) Requests {
	added := Requests{}
	for class, n := range r {
		if more := n - earlier[class]; more > 0 {
			added[class] = more
		}
	}
	return added
}

// Sum adds up the classes that match.
func (r Requests) Sum(match func(Request) bool) int {
	total := 0
	for class, n := range r {
		if match(class) {
			total += n
		}
	}
	return total
}

// Metrics reads apiserver_request_total from the API server's own /metrics. An open watch is not
// counted before it ends. Reading counts as a request itself, without resource.
func (cp *ControlPlane) Metrics(ctx context.Context) (Requests, error) {
	config := cp.Config()
	c, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	defer c.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(config.Host, "/")+"/metrics", nil)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	answer, err := c.Do(request)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading the API server's metrics: it answered %s", answer.Status)
	}
	return parseRequests(answer.Body)
}

const requestTotal = "apiserver_request_total"

func parseRequests(text io.Reader) (Requests, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil, fmt.Errorf("parsing the API server's metrics: %w", err)
	}
	family, ok := families[requestTotal]
	if !ok || family.GetType() != dto.MetricType_COUNTER {
		return nil, fmt.Errorf("the API server's metrics have no counter %s", requestTotal)
	}
	requests := Requests{}
	for _, metric := range family.GetMetric() {
		requests[classOf(metric.GetLabel())] += int(metric.GetCounter().GetValue())
	}
	return requests, nil
}

func classOf(labels []*dto.LabelPair) Request {
	var class Request
	fields := map[string]*string{
		"verb": &class.Verb, "group": &class.Group, "resource": &class.Resource,
		"subresource": &class.Subresource, "code": &class.Code,
	}
	for _, label := range labels {
		if field, ok := fields[label.GetName()]; ok {
			*field = label.GetValue()
		}
	}
	return class
}
