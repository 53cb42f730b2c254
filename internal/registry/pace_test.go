package registry

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/afrotomation/afroapp/test/registryserver"
)

func TestAThousandAppsWithOneImageAreOneQuestion(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		shop := targetOf(t, "ghcr.io/acme/shop:latest")
		knew := 0
		for i := range 1000 {
			app := fmt.Sprintf("app-%03d", i)
			w.prober.Follow(app, shop)
			if _, ok := w.prober.Answer(app); ok {
				knew++
			}
		}
		w.pass(time.Minute)
		w.wantCount(w.ghcr, "HEAD", "", 1)
		w.wantHealthy(w.answer("app-000"), digest)
		w.wantHealthy(w.answer("app-999"), digest)
		if told := len(w.tells()); told+knew < 1000 || told > 1000 {
			t.Errorf("%d were told, %d had the answer at once", told, knew)
		}
		for i := range 1000 {
			w.prober.Forget(fmt.Sprintf("app-%03d", i))
		}
		w.round()
		w.wantCount(w.ghcr, "HEAD", "", 1)
		if p := w.prober; len(p.apps)+len(p.targets)+len(p.untold)+len(p.hosts["ghcr.io"].targets)+len(p.hosts["ghcr.io"].sessions) != 0 {
			t.Error("something is remembered of nobody")
		}
	})
}

func TestAThousandTagsKeepToTheRate(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "0")
		for i := range 1000 {
			if err := w.ghcr.Tag("acme/shop", "0", fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		for i := range 1000 {
			app := fmt.Sprint(i)
			w.prober.Follow(app, targetOf(t, "ghcr.io/acme/shop:"+app))
			w.prober.Soon(app)
			w.prober.Diagnose(app)
			w.prober.Answer(app)
		}
		// In a bubble no time passes but what somebody waits for.
		if took := time.Since(began); took != 0 {
			t.Errorf("the calls waited %s", took)
		}
		for minute := range 20 {
			w.ghcr.ForgetRequests()
			w.pass(time.Minute)
			if n := w.ghcr.Count("", ""); n > 5*60+5 {
				t.Errorf("minute %d: %d requests", minute, n)
			}
		}
		for i := range 1000 {
			if a := w.answer(fmt.Sprint(i)); a.Digest == "" || a.Failure != nil {
				t.Fatalf("app %d: %+v, %+v", i, a, a.Failure)
			}
		}
	})
}

func TestASlowRegistryHoldsUpNobodyElse(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		all := []Registry{w.trusted("ghcr.io")}
		for i := range 6 {
			host := fmt.Sprintf("slow-%d.example", i)
			w.serve(host).Break(registryserver.Fault{Delay: 30 * time.Second, Status: 200})
			all = append(all, w.trusted(host))
		}
		w.configure(all...)
		for i := range 60 {
			w.prober.Follow(fmt.Sprint(i), targetOf(t, fmt.Sprintf("slow-%d.example/acme/shop-%d:latest", i%6, i)))
		}
		w.pass(time.Second)
		w.prober.mu.Lock()
		if n := w.prober.running; n > inAll+len(all) {
			t.Errorf("%d probes at once", n)
		}
		w.prober.mu.Unlock()
		w.wantHealthy(w.follow("shop", "ghcr.io/acme/shop:latest"), digest)
		w.pass(20 * time.Second)
		w.wantFailure(w.answer("0"), Unreachable, "no answer within 10s")
	})
}

func TestABodyThatDoesNotEnd(t *testing.T) {
	play(t, func(w *world) {
		w.serveAt("slow.example:443", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.URL.Path != "/v2/" {
				_ = http.NewResponseController(rw).Flush()
				<-r.Context().Done()
			}
		}), true)
		w.configure(w.trusted("slow.example"))
		w.prober.Follow("shop", targetOf(t, "slow.example/acme/shop:latest"))
		w.pass(40 * time.Second)
		w.wantFailure(w.answer("shop"), Unreachable, "no end of the answer within 30s")
	})
}

func TestSoonIsSoonAndNotAtOnce(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.follow("shop", "ghcr.io/acme/shop:latest")
		w.ghcr.ForgetRequests()
		digest := w.pushImage("acme/shop", "latest")
		for range 60 {
			w.prober.Soon("shop")
			w.pass(time.Second)
		}
		w.wantHealthy(w.answer("shop"), digest)
		if n := w.ghcr.Count("HEAD", ""); n < 4 || n > 6 {
			t.Errorf("asked %d times in a minute", n)
		}
		// Nobody asks any more.
		w.ghcr.ForgetRequests()
		w.pass(4 * time.Minute)
		if n := w.ghcr.Count("HEAD", ""); n > 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestSoonDuringAProbeIsNotLost(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.ghcr.Break(registryserver.Fault{Method: http.MethodHead, Delay: 5 * time.Second})
		w.prober.Follow("shop", targetOf(t, "ghcr.io/acme/shop:latest"))
		w.pass(2 * time.Second)
		w.prober.Soon("shop") // the probe may have read what was before
		w.pass(5 * time.Second)
		w.wantCount(w.ghcr, "HEAD", "", 1)
		w.pass(5 * time.Second)
		w.wantCount(w.ghcr, "HEAD", "", 2)
	})
}

func TestAPauseIsNobodysFailureButOnes(t *testing.T) {
	play(t, func(w *world) {
		slow := w.trusted("ghcr.io")
		slow.RequestsPerSecond = 1
		w.configure(slow)
		w.ghcr.Break(registryserver.Fault{Repository: "acme/shop", Status: 429, Header: map[string]string{"Retry-After": "60"}})
		apps := []string{"shop", "a", "b", "c", "d"}
		for _, app := range apps {
			w.pushImage("acme/"+app, "latest")
			w.prober.Follow(app, targetOf(t, "ghcr.io/acme/"+app+":latest"))
		}
		// Some wait for their turn while one is sent away.
		for w.ghcr.Count("HEAD", "acme/shop") == 0 {
			w.pass(100 * time.Millisecond)
		}
		w.ghcr.ForgetRequests()
		w.pass(50 * time.Second)
		w.wantCount(w.ghcr, "", "", 0)
		w.wantFailure(w.answer("shop"), RateLimited, "429 Too Many Requests")
		w.ghcr.Heal()
		w.pass(time.Minute)
		for _, app := range apps {
			if a := w.answer(app); a.Digest == "" || a.Failure != nil {
				t.Errorf("%s: %+v, %+v", app, a, a.Failure)
			}
		}
		w.wantTold("a", "b", "c", "d", "shop", "shop")
	})
}

func TestAFailureIsAskedForLessAndLess(t *testing.T) {
	play(t, func(w *world) {
		w.ghcr.Break(registryserver.Fault{Part: manifests, Status: 500})
		w.follow("shop", "ghcr.io/acme/shop:latest")
		w.pass(time.Hour)
		// After 30 s, 1, 2, 4 and 8 minutes, then every 10: some ten in an hour.
		if n := w.ghcr.Count("HEAD", ""); n < 8 || n > 11 {
			t.Errorf("asked %d times in an hour", n)
		}
		if a := w.answer("shop"); time.Since(a.Failure.Since) < time.Hour {
			t.Errorf("failing since %s", a.Failure.Since)
		} else if time.Since(a.Failure.Last) > 15*time.Minute {
			t.Errorf("failed last at %s", a.Failure.Last)
		}
	})
}

func TestAnotherTargetTakesThePlaceOfTheFirst(t *testing.T) {
	play(t, func(w *world) {
		one, two := w.pushImage("acme/one", "latest"), w.pushImage("acme/two", "latest")
		w.wantHealthy(w.follow("shop", "ghcr.io/acme/one:latest"), one)
		w.prober.Follow("shop", targetOf(t, "ghcr.io/acme/one:latest"))
		w.wantHealthy(w.answer("shop"), one)
		w.prober.Follow("shop", targetOf(t, "ghcr.io/acme/two:latest"))
		if a, ok := w.prober.Answer("shop"); ok && a.Digest == one {
			t.Error("an answer about another image")
		}
		w.pass(time.Second)
		w.wantHealthy(w.answer("shop"), two)
		w.prober.Forget("shop")
		if _, ok := w.prober.Answer("shop"); ok {
			t.Error("an answer for an app that was forgotten")
		}
	})
}

func TestTheEndInTheMiddleLeavesNothingRunning(t *testing.T) {
	c, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	// What still runs at the end, or waits for somebody, synctest reports.
	synctest.Test(t, func(t *testing.T) {
		n, s := registryserver.NewNetwork(), registryserver.New()
		s.Break(registryserver.Fault{Part: manifests, Delay: time.Hour})
		defer registryserver.Serve(s, c.Over(n.Listen("ghcr.io:443")))()
		p := New(Options{Transport: &http.Transport{DialContext: n.Dial}})
		if err := p.Configure([]Registry{{Host: "ghcr.io", CABundle: c.Bundle}}); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			p.Follow(fmt.Sprint(i), targetOf(t, fmt.Sprintf("ghcr.io/acme/shop:%d", i)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := p.Start(ctx); err != nil {
			t.Error(err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.running != 0 {
			t.Errorf("%d probes run on", p.running)
		}
	})
}

// By TCP and in real time, with the transport that an operator has.
func TestOverTCPNothingIsLeftEither(t *testing.T) {
	c, err := registryserver.NewCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("http", func(t *testing.T) { overTCP(t, Registry{PlainHTTP: true}, registryserver.Listen) })
	t.Run("https", func(t *testing.T) {
		overTCP(t, Registry{CABundle: c.Bundle}, func(h http.Handler) (string, func(), error) { return registryserver.ListenTLS(h, c) })
	})
}

func overTCP(t *testing.T, r Registry, listen func(http.Handler) (string, func(), error)) {
	s := registryserver.New()
	digest, err := s.PushIndex("acme/shop", "latest", "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	address, stop, err := listen(s)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1)
	p := New(Options{Notify: func(app string) { told <- app }})
	r.Host = address
	if err := p.Configure([]Registry{r}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- p.Start(ctx) }()
	p.Follow("shop", targetOf(t, address+"/acme/shop:latest"))
	<-told
	if a, _ := p.Answer("shop"); a.Digest != digest || a.Failure != nil {
		t.Errorf("answer %+v, %+v", a, a.Failure)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	stop()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestMetricsCountWhatWasSent(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(w.prober.Collectors()...)
		w.ghcr.RequireBearer("https://ghcr.io/token", "", "")
		w.follow("shop", "ghcr.io/acme/shop:latest")
		w.follow("gone", "ghcr.io/acme/shop:gone")
		m := w.prober.metrics
		// The 401 of the ping, its token and the HEAD; then HEAD and GET of what is not there.
		for code, n := range map[string]float64{"401": 1, "200": 2, "404": 2} {
			if got := testutil.ToFloat64(m.requests.WithLabelValues("ghcr.io", code)); got != n {
				t.Errorf("%v requests with %s, want %v", got, code, n)
			}
		}
		if got := testutil.ToFloat64(m.errors.WithLabelValues("ghcr.io", "NotFound")); got != 1 {
			t.Errorf("%v errors", got)
		}
		if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
			t.Errorf("%v, %v", problems, err)
		}
		w.configure()
		if n, err := testutil.GatherAndCount(registry); err != nil || n != 0 {
			t.Errorf("%d series of a registry that is gone, %v", n, err)
		}
	})
}
