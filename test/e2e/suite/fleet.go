package suite

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

//go:embed fleet-platform.yaml
var fleetPlatform string

// fleetFolder is the sample that users copy, as stories see it from their folders.
const fleetFolder = "../../../../config/samples/fleet"

// fleetHere puts what a lab has in the place of what the fleet's owner has: registries, domains, repositories.
var fleetHere = strings.NewReplacer(
	"ghcr.io/", "registry.lab.internal:5000/", "docker.io/", "registry.lab.internal:5000/",
	"www.clickrise.io", "www-clickrise-io.apps.lab.internal", "clickrise.io", "clickrise-io.apps.lab.internal",
	"uptime.tail4d2c.ts.net", "uptime.apps.lab.internal", "afrotomation.com/v1alpha1", "afrotomation.com/v1alpha1",
	"afrotomation.com", "apps.lab.internal", "https://github.com/codenificient/", "https://git.lab.internal:3000/",
	"postgis, ", "", // of the extensions, Debian's PostGIS would be half of the database's image
)

// Fleet of config/samples/fleet. It stays after the story, for the next one: only a throw-away cluster may have it.
type Fleet struct {
	Story *Story
	Apps  []*v1alpha1.AfroApp
}

// Fleet brings the fleet up: images, repositories, Secrets, namespaces, the AfroPlatform and the AfroApps, as their owner
// would. What is there already is not changed by it.
func (s *Story) Fleet() *Fleet {
	s.Helper()
	f := &Fleet{Story: s}
	objects, err := fleetApps()
	if err != nil {
		s.Fatal(err)
	}
	for _, object := range objects {
		app := f.fit(object)
		f.Apps = append(f.Apps, app)
	}
	f.sources()
	s.ApplyText(fleetNamespaces(s))
	s.FleetPlatform(f.Namespaces()...)
	for n, object := range objects {
		object.SetResourceVersion("")
		if err := s.Client.Apply(s.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(author), client.ForceOwnership); err != nil {
			s.Fatal(fmt.Errorf("applying %s/%s: %w", f.Apps[n].Namespace, f.Apps[n].Name, err))
		}
	}
	return f
}

// FleetPlatform is the AfroPlatform of the fleet, with the Secrets that it names, for apps in these namespaces.
func (s *Story) FleetPlatform(namespaces ...string) {
	s.Helper()
	for _, namespace := range append(namespaces, "databases", "argocd") {
		err := s.Client.Create(s.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			s.Fatal(err)
		}
		s.secrets(namespace)
	}
	s.ApplyText(fleetPlatform)
	s.platformReady()
}

// Namespaces of the fleet's apps.
func (f *Fleet) Namespaces() []string {
	var names []string
	for _, app := range f.Apps {
		names = append(names, app.Namespace)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Ready waits until every app is Ready.
func (f *Fleet) Ready(within time.Duration) {
	f.Story.Helper()
	most := -1
	f.Story.Eventually(fmt.Sprintf("%d apps are Ready", len(f.Apps)), within, func(ctx context.Context) error {
		apps := &v1alpha1.AfroAppList{}
		if err := f.Story.Client.List(ctx, apps); err != nil {
			return err
		}
		var waiting []string
		for _, app := range f.Apps {
			there := slices.IndexFunc(apps.Items, func(a v1alpha1.AfroApp) bool { return a.Namespace == app.Namespace && a.Name == app.Name })
			if there < 0 {
				waiting = append(waiting, app.Namespace+"/"+app.Name+": not there")
			} else if err := readyError(&apps.Items[there]); err != nil {
				waiting = append(waiting, fmt.Sprintf("%s/%s: %v", app.Namespace, app.Name, err))
			}
		}
		if ready := len(f.Apps) - len(waiting); ready > most {
			most = ready
			f.Story.Logf("%d of %d apps are Ready", ready, len(f.Apps))
		}
		if len(waiting) > 0 {
			return fmt.Errorf("%d are not:\n%s", len(waiting), strings.Join(waiting, "\n"))
		}
		return nil
	})
}

// Undisturbed remembers the pods of all apps.
func (f *Fleet) Undisturbed() func(context.Context) error { return f.Story.Undisturbed(f.pods()) }

// Unwritten remembers when the operator has written to each child last.
func (f *Fleet) Unwritten() func(context.Context) error {
	f.Story.Helper()
	before, err := f.written(f.Story.Context())
	if err != nil || len(before) == 0 {
		f.Story.Fatalf("the children of the fleet: %d, %v", len(before), err)
	}
	return func(ctx context.Context) error {
		now, err := f.written(ctx)
		if err != nil {
			return err
		}
		var changed []string
		for child, at := range now {
			if before[child] != at {
				changed = append(changed, fmt.Sprintf("%s was written at %s, before at %s", child, at, before[child]))
			}
		}
		if len(changed) > 0 || len(now) != len(before) {
			slices.Sort(changed)
			return fmt.Errorf("of %d children, then %d, were written:\n%s", len(before), len(now), strings.Join(changed, "\n"))
		}
		return nil
	}
}

// written says of every child when the operator changed a field of it last. Generations do not tell: an Application's moves
// with its status.
func (f *Fleet) written(ctx context.Context) (map[string]string, error) {
	apps := &v1alpha1.AfroAppList{}
	if err := f.Story.Client.List(ctx, apps); err != nil {
		return nil, err
	}
	kinds := map[string]bool{}
	for _, app := range apps.Items {
		for _, child := range app.Status.Children {
			kinds[child.Kind] = true
		}
	}
	written := map[string]string{}
	for kind := range kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(f.Story.Kind(kind))
		if err := f.Story.Client.List(ctx, list, client.HasLabels{expand.LabelOwnerUID}); err != nil {
			return nil, err
		}
		for _, object := range list.Items {
			name := kind + " " + object.GetNamespace() + "/" + object.GetName()
			written[name] = "never"
			for _, entry := range object.GetManagedFields() {
				if entry.Manager == operatorManager && entry.Subresource == "" && entry.Time != nil {
					written[name] = entry.Time.UTC().Format(time.RFC3339)
				}
			}
		}
	}
	return written, nil
}

// operatorManager is the operator's field manager.
const operatorManager = "afroapp"

// Settled waits until no pod of an app is replaced any more.
func (f *Fleet) Settled() { f.Story.Settled(f.pods()) }

// pods of the fleet: those that Argo CD's Deployments made, of all namespaces but the peers'.
func (f *Fleet) pods() client.ListOption {
	return client.MatchingLabelsSelector{Selector: podsOfApps}
}

var podsOfApps = func() labels.Selector {
	requirement, err := labels.NewRequirement(expand.LabelApp, selection.Exists, nil)
	if err != nil {
		panic(err)
	}
	return labels.NewSelector().Add(*requirement)
}()

func fleetApps() ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	err := filepath.WalkDir(filepath.Join(fleetFolder, "apps"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		objects, err := parse(fleetHere.Replace(string(raw)))
		all = append(all, objects...)
		return err
	})
	return all, err
}

func fleetNamespaces(s *Story) string {
	s.Helper()
	raw, err := os.ReadFile(filepath.Join(fleetFolder, "namespaces.yaml"))
	if err != nil {
		s.Fatal(err)
	}
	return string(raw)
}

// fit makes an app of the fleet small enough for a lab, pushes its image, and puts the lab's names into it.
func (f *Fleet) fit(object *unstructured.Unstructured) *v1alpha1.AfroApp {
	f.Story.Helper()
	spec := object.Object["spec"].(map[string]any)
	delete(spec, "resources")
	if exposure, ok := spec["exposure"].(map[string]any); ok && exposure["visibility"] == "Tailnet" {
		delete(exposure, "visibility")
		for n, host := range spec["hosts"].([]any) {
			if !strings.Contains(host.(string), ".") {
				spec["hosts"].([]any)[n] = host.(string) + ".apps.lab.internal"
			}
		}
	}
	if database, ok := spec["database"].(map[string]any); ok && database["mode"] == string(v1alpha1.DatabaseDedicated) {
		database["instances"], database["storage"] = int64(1), "1Gi"
	}
	image, pinned, isPinned := strings.Cut(spec["image"].(string), "@")
	port, hasPort := spec["port"].(int64)
	if !hasPort {
		port = 8080
	}
	reference := image
	if isPinned {
		reference += ":pinned"
	}
	digest := f.Story.push(reference, pinned+"1", fmt.Sprintf("PORT=%d", port))
	if isPinned {
		spec["image"] = image + "@" + digest
	}
	here, err := parse(f.Story.Here(mustYAML(object.Object)))
	if err != nil {
		f.Story.Fatal(err)
	}
	object.Object = here[0].Object
	app := &v1alpha1.AfroApp{}
	app.Namespace, app.Name = object.GetNamespace(), object.GetName()
	return app
}

// sources are the repositories that apps bring, and the manifests that are in the infra repository.
func (f *Fleet) sources() {
	f.Story.Helper()
	f.Story.Commit("infra", filepath.Join(fleetFolder, "manifests"), "manifests")
	own, err := filepath.Glob("../fleet/repositories/*")
	if err != nil || len(own) == 0 {
		f.Story.Fatalf("the repositories of the fleet: %v, %v", own, err)
	}
	for _, folder := range own {
		f.Story.Commit(filepath.Base(folder), folder, "")
	}
}

// secrets that the fleet's owner has made by hand: names and keys are those that its manifests read.
func (s *Story) secrets(namespace string) {
	s.Helper()
	const login = `{"auths":{"registry.lab.internal:5000":{"username":"lab","password":"lab","auth":"bGFiOmxhYg=="}}}`
	s.secret(namespace, "ghcr", corev1.SecretTypeDockerConfigJson, map[string]string{corev1.DockerConfigJsonKey: s.Here(login)})
	opaque := map[string]map[string]map[string]string{
		"databases":  {"b2": storeKey},
		"invoices":   {"b2": storeKey},
		"shop":       {"b2": storeKey, "stripe": {"secret-key": "lab"}},
		"clickrise":  {"smtp": {"password": "lab"}},
		"monitoring": {"alerts": {"webhook-url": "http://lab.invalid"}, "grafana-admin": {"user": "lab", "password": "lab"}},
	}
	for name, content := range opaque[namespace] {
		s.secret(namespace, name, corev1.SecretTypeOpaque, content)
	}
}

var storeKey = map[string]string{"ACCESS_KEY_ID": "lab", "ACCESS_SECRET_KEY": "lab-secret-key"}

func (s *Story) secret(namespace, name string, kind corev1.SecretType, content map[string]string) {
	s.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Type: kind, StringData: content}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	s.ApplyText(mustYAML(secret))
}
