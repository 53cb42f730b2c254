package detection

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// every so many minutes.
func every(minutes int, do step) func(*Stage, *App, int) error {
	return func(s *Stage, a *App, m int) error {
		if m%minutes != 0 {
			return nil
		}
		return do(s, a)
	}
}

// once, after so many minutes.
func once(minutes int, do step) func(*Stage, *App, int) error {
	return func(s *Stage, a *App, m int) error {
		if m != minutes {
			return nil
		}
		return do(s, a)
	}
}

// failsFor a while: healedAfter ends it.
func failsFor(f registryserver.Fault) step { return registryFails(f) }

func healedAfter(minutes int) func(*Stage, *App, int) error {
	return once(minutes, func(s *Stage, a *App) error { s.Registry.HealRepository(a.Repository); return nil })
}

// rolledBack puts the first image of the app behind its tag again.
func rolledBack(s *Stage, a *App) error {
	first, err := s.Registry.PushImage(a.Repository, "older", "linux/amd64")
	if err != nil {
		return err
	}
	return s.Registry.Tag(a.Repository, first, a.tag())
}

// reportsChild lets the runtime report the first image of the index, as one that resolves its platform may do.
func reportsChild(s *Stage, a *App) error {
	answer, err := http.Get(fmt.Sprintf("http://%s/v2/%s/manifests/%s", s.Host, a.Repository, a.tag()))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var index struct {
		Manifests []struct {
			Digest string `json:"digest"`
		} `json:"manifests"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&index); err != nil || len(index.Manifests) == 0 {
		return fmt.Errorf("no index: %w", err)
	}
	return reports(func(string) string { return s.Host + "/" + a.Repository + "@" + index.Manifests[0].Digest })(s, a)
}

func manyTags(s *Stage, a *App) error {
	for i := range 100 {
		if err := s.Registry.Tag(a.Repository, a.tag(), fmt.Sprintf("build-%d", i)); err != nil {
			return err
		}
	}
	return nil
}

func scaled(replicas int) step {
	return func(s *Stage, a *App) error {
		app, err := s.Get(a)
		if err != nil {
			return err
		}
		return s.Merge(app, fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas))
	}
}

func environmentChanged(s *Stage, a *App) error {
	app, err := s.Get(a)
	if err != nil {
		return err
	}
	return s.Merge(app, fmt.Sprintf(`{"spec":{"env":[{"name":"EDIT","value":"%d"}]}}`, app.Generation))
}

// projectChanged by somebody else; the operator mends it.
func projectChanged(s *Stage, a *App, m int) error {
	return s.Merge(object(foreign.Application, "argocd", a.Application), fmt.Sprintf(`{"spec":{"project":"somebody-%d"}}`, m))
}

func otherImage(s *Stage, a *App) error {
	return s.Apply(fmt.Sprintf(`{apiVersion: argocd-image-updater.argoproj.io/v1alpha1, kind: ImageUpdater, metadata: {name: sidecar, namespace: argocd},
		spec: {applicationRefs: [{namePattern: %q, images: [{alias: sidecar, imageName: "%s/acme/sidecar:latest", commonUpdateSettings: {updateStrategy: digest, forceUpdate: false}}]}]}}`,
		a.Application, s.Host))
}
