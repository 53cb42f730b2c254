package alerts

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v2"
)

// story is a course of metrics, and which alerts fire at its end.
type story struct {
	Name string
	// Series by the minute, as promtool writes them.
	Series map[string]string
	// Minutes that pass.
	Minutes int
	// Firing are the alerts at the end; no others may.
	Firing []string
}

func TestAlerts(t *testing.T) {
	var stories []story
	load(t, "stories.yaml", &stories)
	all := alerts(t)
	fired := map[string]int{}
	for _, s := range stories {
		t.Run(s.Name, func(t *testing.T) {
			want := map[string]bool{}
			for _, name := range s.Firing {
				want[name] = true
				fired[name]++
				if _, there := all[name]; !there {
					t.Errorf("there is no alert %s", name)
				}
			}
			for name, r := range all {
				if got := s.fires(t, r); got != want[name] {
					t.Errorf("%s fires: %v, want %v", name, got, want[name])
				}
			}
		})
	}
	for name := range all {
		if fired[name] == 0 {
			t.Errorf("no story lets %s fire", name)
		}
	}
}

type rule struct {
	Alert, Expr string
	For         model.Duration
	Labels      map[string]string
	Annotations map[string]string
}

func alerts(t *testing.T) map[string]rule {
	t.Helper()
	var file struct {
		Spec struct {
			Groups []struct{ Rules []rule }
		}
	}
	load(t, "../../config/prometheus/rules.yaml", &file)
	out := map[string]rule{}
	for _, g := range file.Spec.Groups {
		for _, r := range g.Rules {
			out[r.Alert] = r
		}
	}
	if len(out) == 0 {
		t.Fatal("no alerts")
	}
	return out
}

func (s story) fires(t *testing.T, r rule) bool {
	t.Helper()
	course := "load 1m\n"
	for series, values := range s.Series {
		course += "  " + series + " " + values + "\n"
	}
	storage := promqltest.LoadedStorage(t, course)
	defer func() {
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
	}()
	engine := promql.NewEngine(promql.EngineOpts{Timeout: time.Minute, MaxSamples: 100000})
	expr, err := parser.ParseExpr(r.Expr)
	if err != nil {
		t.Fatalf("%s: %v", r.Alert, err)
	}
	a := rules.NewAlertingRule(r.Alert, expr, time.Duration(r.For), 0, labels.FromMap(r.Labels), labels.FromMap(r.Annotations), labels.EmptyLabels(), "", true, slog.New(slog.DiscardHandler))
	query := rules.EngineQueryFunc(engine, storage)
	for m := 0; m <= s.Minutes; m++ {
		if _, err := a.Eval(context.Background(), 0, time.Unix(int64(m)*60, 0), query, &url.URL{}, 0); err != nil {
			t.Fatalf("%s: %v", r.Alert, err)
		}
	}
	for _, active := range a.ActiveAlerts() {
		if active.State == rules.StateFiring {
			return true
		}
	}
	return false
}

func load(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
