package detection

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// retold changes what our ImageUpdater says of its Application and its image, and waits until image-updater was told: a push
// that came sooner could still be followed by the settings of before, and then nothing would be wrong.
func retold(change func(ref, image map[string]any)) step {
	return func(s *Stage, a *App) error {
		o := object(foreign.ImageUpdater, "argocd", a.Application)
		if err := s.Admin.Get(s.ctx, client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		refs, _, _ := unstructured.NestedSlice(o.Object, "spec", "applicationRefs")
		ref := refs[0].(map[string]any)
		change(ref, ref["images"].([]any)[0].(map[string]any))
		raw, err := json.Marshal(map[string]any{"spec": map[string]any{"applicationRefs": refs}})
		if err != nil {
			return err
		}
		if err := s.Merge(o, string(raw)); err != nil {
			return err
		}
		return s.told(a, "the edit", func(*unstructured.Unstructured) bool { return true })
	}
}

// told waits until image-updater has looked at an ImageUpdater that is so.
func (s *Stage) told(a *App, of string, so func(*unstructured.Unstructured) bool) error {
	return s.soon("image-updater was told of "+of, func() (bool, error) {
		o := object(foreign.ImageUpdater, "argocd", a.Application)
		err := s.Admin.Get(s.ctx, client.ObjectKeyFromObject(o), o)
		observed, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
		return so(o) && observed == o.GetGeneration(), err
	})
}

func setting(name string, value any) func(_, image map[string]any) {
	return func(_, image map[string]any) { image["commonUpdateSettings"].(map[string]any)[name] = value }
}

func gitSetting(name string, value any) func(ref, _ map[string]any) {
	return func(ref, _ map[string]any) {
		ref["writeBackConfig"].(map[string]any)["gitConfig"].(map[string]any)[name] = value
	}
}

// stableToo follows another tag of the same image.
func stableToo(ref, image map[string]any) {
	second := maps.Clone(image)
	repository, _, _ := cutLast(image["imageName"].(string), ":")
	second["alias"], second["imageName"] = "stable", repository+":stable"
	ref["images"] = append(ref["images"].([]any), second)
}

// otherSpelling is the same registry under another name of its host.
func otherSpelling(s *Stage, a *App) error {
	s.Repository.Commit(actors.Kustomization("apps/"+a.Name, a.Name, strings.Replace(a.Image, "127.0.0.1", "localhost", 1), 0))
	return nil
}

func plainManifests(s *Stage, a *App) error {
	files := actors.Kustomization("apps/"+a.Name, a.Name, a.Image, 0)
	delete(files, "apps/"+a.Name+"/kustomization.yaml")
	s.Repository.Commit(files)
	return nil
}

func otherKeys(s *Stage, a *App) error {
	repository, tag, _ := cutLast(a.Image, ":")
	s.Repository.Commit(map[string]string{
		"apps/" + a.Name + "/Chart.yaml":  "name: web\nannotations: {actors/image-name-key: web.image, actors/image-tag-key: web.version}\n",
		"apps/" + a.Name + "/values.yaml": fmt.Sprintf("web: {image: %q, version: %q}\n", repository, tag),
	})
	return nil
}

// forgottenFile holds the digest of the first image.
func forgottenFile(s *Stage, a *App) error {
	digest, err := actors.HTTPRegistry{}.Digest(s.ctx, a.Image)
	repository, tag, _ := cutLast(a.Image, ":")
	s.Repository.Commit(map[string]string{"apps/" + a.Name + "/.argocd-source-" + a.Application + ".yaml": fmt.Sprintf(
		"helm: {parameters: [{name: image.repository, value: %q}, {name: image.tag, value: %q}]}\n", repository, tag+"@"+digest)})
	return err
}

const refusingPolicy = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: "{{app}}"}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules:
    - {apiGroups: [argoproj.io], apiVersions: [v1alpha1], resources: [applications], operations: [CREATE, UPDATE]}
  matchConditions:
  - {name: ours, expression: 'object.metadata.name == "{{app}}" && has(object.spec.source.helm) && has(object.spec.source.helm.parameters)'}
  mutations:
  - {patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: "remove", path: "/spec/source/helm/parameters"}]'}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: "{{app}}"}
spec: {policyName: "{{app}}"}
`

const withParameters = `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: "{{app}}", namespace: argocd}, spec: {project: none,
  destination: {namespace: none, server: "https://none"}, source: {repoURL: "https://none", path: none, helm: {parameters: [{name: image.tag, value: none}]}}}}`

// parametersRefused by an admission policy; it is in force once a trial shows it.
func parametersRefused(s *Stage, a *App) error {
	if err := s.Apply(strings.ReplaceAll(refusingPolicy, "{{app}}", a.Application)); err != nil {
		return err
	}
	return s.soon("the policy is in force", func() (bool, error) {
		trial, err := fixtures.Decode([]byte(strings.ReplaceAll(withParameters, "{{app}}", a.Application)))
		if err != nil {
			return false, err
		}
		if err := s.Admin.Create(s.ctx, trial[0], client.DryRunAll); err != nil {
			return false, err
		}
		_, kept, _ := unstructured.NestedSlice(trial[0].Object, "spec", "source", "helm", "parameters")
		return !kept, nil
	})
}

// soon waits until something is so.
func (s *Stage) soon(what string, so func() (bool, error)) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if yes, err := so(); yes || err != nil {
			return err
		}
	}
	return errors.New("not in time: " + what)
}

var (
	listWithoutTag = registryserver.Fault{Part: "/tags/list", Status: http.StatusOK, Header: map[string]string{"Content-Type": "application/json"},
		Body: `{"name":"x","tags":["1.0","1.1"]}`}
	slowManifests = registryserver.Fault{Part: "/manifests/", Delay: 700 * time.Millisecond}
)

// nothingLost waits until the Application holds the last edit and the last image, whoever wrote over whom.
func nothingLost(s *Stage, a *App) error {
	return s.soon("the Application holds the edit and the image", func() (bool, error) {
		digest, err := actors.HTTPRegistry{}.Digest(s.ctx, a.Image)
		if err != nil {
			return false, err
		}
		app, err := s.Get(a)
		if err != nil {
			return false, err
		}
		helm, err := s.helm(a)
		held := fmt.Sprint(helm["valuesObject"])
		return strings.Contains(fmt.Sprint(helm["parameters"]), digest) && strings.Contains(held, "value:"+app.Spec.Env[0].Value), err
	})
}

// helm block of the Application.
func (s *Stage) helm(a *App) (map[string]any, error) {
	o := object(foreign.Application, "argocd", a.Application)
	err := s.Admin.Get(s.ctx, types.NamespacedName{Namespace: "argocd", Name: a.Application}, o)
	helm, _, _ := unstructured.NestedMap(o.Object, "spec", "source", "helm")
	return helm, err
}

// imagePaused stops the updates of the image, and waits until image-updater was told.
func imagePaused(s *Stage, a *App) error {
	app, err := s.Get(a)
	if err != nil {
		return err
	}
	if err := s.Merge(app, `{"spec":{"imageUpdate":{"paused":true}}}`); err != nil {
		return err
	}
	return s.told(a, "the pause", func(o *unstructured.Unstructured) bool {
		return strings.Contains(fmt.Sprint(o.Object["spec"]), "ignoreTags:[*]")
	})
}

// staysBehind is an error once the Application was given what the tag points to now.
func staysBehind(s *Stage, a *App) error {
	digest, err := actors.HTTPRegistry{}.Digest(s.ctx, a.Image)
	if err != nil {
		return err
	}
	helm, err := s.helm(a)
	if strings.Contains(fmt.Sprint(helm["parameters"]), digest) {
		return errors.New("image-updater wrote a new image although it was paused")
	}
	return err
}

func refusesPushes(s *Stage, a *App) error {
	s.Repository.Refuse("apps/" + a.Name)
	return nil
}
