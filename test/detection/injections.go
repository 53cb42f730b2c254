package detection

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// step is one thing that is done to an app.
type step func(*Stage, *App) error

// all steps, one after the other.
func all(steps ...step) step {
	return func(s *Stage, a *App) error {
		for _, do := range steps {
			if err := do(s, a); err != nil {
				return err
			}
		}
		return nil
	}
}

func push(s *Stage, a *App) error { return s.Push(a) }

func nothing(*Stage, *App) error { return nil }

// slow is longer than anybody waits.
const slow = 20 * time.Second

func pushed(platforms ...string) step {
	return func(s *Stage, a *App) (err error) {
		if len(platforms) == 1 {
			_, err = s.Registry.PushImage(a.Repository, a.tag(), platforms[0])
		} else {
			_, err = s.Registry.PushIndex(a.Repository, a.tag(), platforms...)
		}
		return err
	}
}

func pushedIndex(platforms ...string) step {
	return func(s *Stage, a *App) error {
		_, err := s.Registry.PushIndex(a.Repository, a.tag(), platforms...)
		return err
	}
}

func pushedTag(tags ...string) step {
	return func(s *Stage, a *App) error {
		for _, t := range tags {
			if _, err := s.Registry.PushImage(a.Repository, t, "linux/amd64"); err != nil {
				return err
			}
		}
		return nil
	}
}

func untagged(s *Stage, a *App) error { return s.Registry.Untag(a.Repository, a.tag()) }

// registryFails for the repository of the app, from now on.
func registryFails(f registryserver.Fault) step {
	return func(s *Stage, a *App) error {
		f.Repository = a.Repository
		s.Registry.Break(f)
		return nil
	}
}

// moved pushes an image elsewhere, and lets the spec name it.
func moved(repository, tag string) step {
	return func(s *Stage, a *App) error {
		a.Repository, a.Image = repository, s.Host+"/"+repository+":"+tag
		if err := s.Push(a); err != nil {
			return err
		}
		app, err := s.Get(a)
		if err != nil {
			return err
		}
		return s.Merge(app, fmt.Sprintf(`{"spec":{"image":%q}}`, a.Image))
	}
}

// redirected lets the registry send whoever asks for a manifest to another name, which serves it.
func redirected(s *Stage, a *App) error {
	_, port, _ := strings.Cut(s.Host, ":")
	return registryFails(registryserver.Fault{Part: "/manifests/", Host: s.Host, Redirect: "http://localhost:" + port})(s, a)
}

// answers a request for a manifest with a status and an error code of the protocol.
func answers(status int, code, message string) step {
	return registryFails(registryserver.Fault{Part: "/manifests/", Status: status, Header: map[string]string{"Content-Type": "application/json"},
		Body: fmt.Sprintf(`{"errors":[{"code":%q,"message":%q}]}`, code, message)})
}

type behaves interface {
	Behave(func(*actors.Behaviour)) error
}

// plays lets a peer be wrong with the app's Application or ImageUpdater.
func plays(who func(*Stage) behaves, mode actors.Mode) step {
	return playsWith(who, mode, func(a *App) string { return "argocd/" + a.Application })
}

func playsWith(who func(*Stage) behaves, mode actors.Mode, object func(*App) string) step {
	return func(s *Stage, a *App) error {
		return who(s).Behave(func(b *actors.Behaviour) {
			if b.Objects == nil {
				b.Objects = map[string]actors.Mode{}
			}
			b.Objects[object(a)] = mode
		})
	}
}

func updater(s *Stage) behaves { return s.Peers.ImageUpdater }
func argocd(s *Stage) behaves  { return s.Peers.ArgoCD }

// beforehand does what comes before the app, and pushes its image.
func beforehand(do ...step) step { return all(append([]step{push}, do...)...) }

// ownChart and ownFolder commit what an app with a source of its own is made from.
func ownChart(s *Stage, a *App) error {
	s.Repository.Commit(actors.Chart("apps/"+a.Name, a.Image))
	return nil
}

func ownFolder(s *Stage, a *App) error {
	s.Repository.Commit(actors.Kustomization("apps/"+a.Name, a.Name, a.Image, 0))
	return nil
}

// rival is another ImageUpdater; its arguments are the Application and the repository.
func rival(name, pattern, tag, strategy string) step {
	return func(s *Stage, a *App) error {
		return s.Apply(fmt.Sprintf(`{apiVersion: argocd-image-updater.argoproj.io/v1alpha1, kind: ImageUpdater, metadata: {name: %s, namespace: argocd},
			spec: {applicationRefs: [{namePattern: %q, images: [{alias: web, imageName: "%s/%s:%s", commonUpdateSettings: {updateStrategy: %s, forceUpdate: false}}]}]}}`,
			name, pattern, s.Host, a.Repository, tag, strategy))
	}
}

// paused stops the operator's writes, so that somebody else's edit of our objects stays: but for an edit that the operator
// sees before the pause, so it waits until the status tells of that.
func paused(s *Stage, a *App) error {
	app, err := s.Get(a)
	if err != nil {
		return err
	}
	if err := s.Merge(app, `{"metadata":{"annotations":{"`+v1alpha1.AnnotationPaused+`":"true"}}}`); err != nil {
		return err
	}
	return s.soon("the operator says that the app is paused", func() (bool, error) {
		app, err := s.Get(a)
		if err != nil {
			return false, err
		}
		ready := meta.FindStatusCondition(app.Status.Conditions, v1alpha1.ConditionReady)
		return ready != nil && strings.Contains(ready.Message, "while the app is paused"), nil
	})
}

func object(gvk schema.GroupVersionKind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}

// edited by somebody else.
func edited(gvk schema.GroupVersionKind, patch string) step {
	return func(s *Stage, a *App) error {
		return s.Merge(object(gvk, "argocd", a.Application), patch)
	}
}

// strategyChanged sets the strategy of our ImageUpdater to one that sees nothing new behind a tag.
var strategyChanged = retold(setting("updateStrategy", "newest-build"))

func deleted(gvk schema.GroupVersionKind) step {
	return func(s *Stage, a *App) error {
		o := object(gvk, "argocd", a.Application)
		if err := s.Merge(o, `{"metadata":{"finalizers":null}}`); err != nil {
			return err
		}
		return s.Admin.Delete(s.ctx, o)
	}
}

var deploymentKind = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}

// rolloutPaused is `kubectl rollout pause`.
func rolloutPaused(s *Stage, a *App) error {
	return s.Merge(object(deploymentKind, a.Name, a.Name), `{"spec":{"paused":true}}`)
}

// kubeletFails with every pod that is started in the namespace of the app from now on.
func kubeletFails(mode actors.Mode) step {
	return func(s *Stage, a *App) error {
		return s.Peers.Kubelet.Behave(func(b *actors.Behaviour) {
			if b.Namespaces == nil {
				b.Namespaces = map[string]actors.Mode{}
			}
			b.Namespaces[a.Name] = mode
		})
	}
}

// pullSecret of the platform, with what it holds; nothing: it is a Secret of another kind.
func pullSecret(name, config string) step {
	return func(s *Stage, _ *App) error {
		if config == "" {
			return s.Apply(fmt.Sprintf(`{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: argocd}, stringData: {token: none}}`, name))
		}
		return s.Apply(fmt.Sprintf(`{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: argocd}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: %q}}`, name, config))
	}
}

// restarted deletes pods, so that new ones are started; 0: all.
func restarted(most int) step {
	return func(s *Stage, a *App) error {
		pods := &corev1.PodList{}
		if err := s.Admin.List(s.ctx, pods, client.InNamespace(a.Name)); err != nil {
			return err
		}
		for i := range pods.Items {
			if most > 0 && i == most {
				break
			}
			if err := s.Admin.Delete(s.ctx, &pods.Items[i], client.GracePeriodSeconds(0)); err != nil { // no kubelet ends the containers
				return err
			}
		}
		return nil
	}
}

// reports replaces what the runtime says of the image of every pod of the app.
func reports(id func(digest string) string) step {
	return func(s *Stage, a *App) error {
		pods := &corev1.PodList{}
		if err := s.Admin.List(s.ctx, pods, client.InNamespace(a.Name)); err != nil {
			return err
		}
		for i := range pods.Items {
			p := &pods.Items[i]
			for j := range p.Status.ContainerStatuses {
				_, digest, _ := cutLast(p.Status.ContainerStatuses[j].ImageID, "@")
				p.Status.ContainerStatuses[j].ImageID = id(digest)
			}
			if err := s.Admin.Status().Update(s.ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
}

var tooMany = registryserver.Fault{Part: "/manifests/", Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "5"},
	Body: `{"errors":[{"code":"TOOMANYREQUESTS","message":"rate limit exceeded"}]}`}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
