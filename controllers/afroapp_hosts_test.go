package controllers

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Fifty apps that ask for one host at once: one gets it, the others say so and are routed nowhere; when it goes, one of
// them is promoted.
func TestOneHostHasOneWinner(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	const contenders = 50
	var group sync.WaitGroup
	for n := range contenders {
		group.Go(func() {
			w.apply(fmt.Sprintf(`
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: c%d, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/shop:latest", port: 3000, hosts: [the-one.afrotomation.com]}
`, n))
		})
	}
	group.Wait()
	winner := w.winner(contenders)
	op.quiet(t)
	w.onlyIngress(winner)

	must(t, admin.Delete(w.ctx, w.app(winner)))
	w.gone(winner)
	next := w.winner(contenders)
	if next == winner {
		t.Fatalf("%s was deleted and still holds the host", winner)
	}
	eventually(t, func() error { return w.ingressesAre(next) })
}

// winner waits until every app has its answer, and returns the one that holds the host.
func (w *world) winner(contenders int) (name string) {
	w.t.Helper()
	eventually(w.t, func() error {
		apps := &v1alpha1.AfroAppList{}
		must(w.t, admin.List(w.ctx, apps, client.InNamespace(w.ns)))
		winners := []string{}
		for i := range apps.Items {
			switch status, reason := condition(&apps.Items[i], v1alpha1.ConditionAccepted); {
			case status == "True":
				winners = append(winners, apps.Items[i].Name)
			case reason != v1alpha1.ReasonHostConflict:
				return fmt.Errorf("%s: Accepted is %q %q", apps.Items[i].Name, status, reason)
			}
		}
		if len(winners) != 1 {
			return fmt.Errorf("%d of %d hold the host: %v", len(winners), contenders, winners)
		}
		name = winners[0]
		return nil
	})
	return name
}

func (w *world) onlyIngress(name string) {
	w.t.Helper()
	must(w.t, w.ingressesAre(name))
}

func (w *world) ingressesAre(name string) error {
	for n := range 50 {
		_, err := w.get(expand.Key{Kind: "Ingress", Namespace: w.ns, Name: fmt.Sprintf("c%d", n)})
		if mine := fmt.Sprintf("c%d", n) == name; mine != (err == nil) {
			return fmt.Errorf("Ingress c%d: there is %v, want %v", n, err == nil, mine)
		}
	}
	return nil
}

// An app with two hosts, one of them lost, serves the other; the message does not name the one who holds it.
func TestLostHostDoesNotHoldUpTheOthers(t *testing.T) {
	w := newWorld(t)
	startOperator(t)
	w.cleanAtEnd()
	w.apply(`
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: secret-holder, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/shop:latest", port: 3000, hosts: [taken.afrotomation.com]}
`)
	eventually(t, func() error {
		if status, _ := condition(w.app("secret-holder"), v1alpha1.ConditionAccepted); status != "True" {
			return fmt.Errorf("not accepted")
		}
		return nil
	})
	w.apply(`
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: second, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/shop:latest", port: 3000, hosts: [free.afrotomation.com, taken.afrotomation.com]}
`)
	eventually(t, func() error {
		live, err := w.get(expand.Key{Kind: "Ingress", Namespace: w.ns, Name: "second"})
		if err != nil {
			return err
		}
		if raw, err := live.MarshalJSON(); err != nil || !strings.Contains(string(raw), "free.afrotomation.com") || strings.Contains(string(raw), "taken.afrotomation.com") {
			return fmt.Errorf("the Ingress is %s, %v", raw, err)
		}
		return nil
	})
	eventually(t, func() error {
		app := w.app("second")
		if status, reason := condition(app, v1alpha1.ConditionAccepted); status != "False" || reason != v1alpha1.ReasonHostConflict {
			return fmt.Errorf("Accepted is %s %s", status, reason)
		}
		for _, c := range app.Status.Conditions {
			if strings.Contains(c.Message, "secret-holder") {
				t.Fatalf("the holder is named: %s", c.Message)
			}
		}
		return nil
	})
}
