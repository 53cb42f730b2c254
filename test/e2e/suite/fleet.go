package suite

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

//go:embed fleet-platform.yaml
var fleetPlatform string

// Fleet of config/samples/fleet. It stays after the story, for the next one: only a throw-away cluster may have it.
type Fleet struct {
	Story *Story
	Apps  []types.NamespacedName
}

// Fleet brings the fleet up: images, repositories, Secrets, namespaces, the AfroPlatform and the AfroApps, as their owner
// would. On a fleet that is up already nothing changes: its images are the same to the byte.
func (s *Story) Fleet() *Fleet {
	s.Helper()
	f := &Fleet{Story: s}
	objects := s.fleetApps()
	for _, object := range objects {
		s.fit(object)
		f.Apps = append(f.Apps, client.ObjectKeyFromObject(object))
	}
	s.fleetSources()
	s.Apply(filepath.Join(fleetFolder, "namespaces.yaml"))
	s.FleetPlatform(f.Namespaces()...)
	s.apply(objects)
	return f
}

// FleetPlatform is the AfroPlatform of the fleet, with the Secrets that it names, for apps in these namespaces. Of a cluster
// that is not a throw-away one it is the AfroPlatform that is there.
func (s *Story) FleetPlatform(namespaces ...string) {
	s.Helper()
	if !s.Owned {
		s.platformReady()
		return
	}
	for _, namespace := range append(namespaces, "databases", "argocd") {
		s.ensureNamespace(namespace)
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
				waiting = append(waiting, app.String()+": not there")
			} else if err := readyError(&apps.Items[there]); err != nil {
				waiting = append(waiting, fmt.Sprintf("%s: %v", app, err))
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
