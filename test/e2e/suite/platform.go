package suite

import (
	"context"
	_ "embed"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

//go:embed platform.yaml
var platform string

// Platform makes sure that the AfroPlatform of the stories is there and Ready. On a cluster that is not a throw-away one it
// takes the AfroPlatform that is there.
func (s *Story) Platform() {
	s.Helper()
	if s.Owned {
		s.ApplyText(platform)
		s.secrets("databases")
	}
	s.platformReady()
}

func (s *Story) platformReady() {
	s.Helper()
	s.Eventually("the AfroPlatform is Ready", AWhile, func(ctx context.Context) error {
		p := &v1alpha1.AfroPlatform{}
		if err := s.Client.Get(ctx, client.ObjectKey{Name: v1alpha1.PlatformName}, p); err != nil {
			return err
		}
		ready := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady)
		if ready == nil || ready.Status != metav1.ConditionTrue || ready.ObservedGeneration != p.Generation {
			return fmt.Errorf("it says %+v", ready)
		}
		return nil
	})
}

// SharedDatabase skips the story where the AfroPlatform offers no shared database.
func (s *Story) SharedDatabase() {
	s.Helper()
	p := &v1alpha1.AfroPlatform{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.PlatformName}}
	s.Get(p)
	if p.Spec.Database == nil || p.Spec.Database.Shared == nil {
		s.Skipf("SKIPPED: the AfroPlatform has no shared database")
	}
}

// PlatformChildren are the objects that the AfroPlatform has become.
func (s *Story) PlatformChildren() []v1alpha1.Child {
	s.Helper()
	p := &v1alpha1.AfroPlatform{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.PlatformName}}
	s.Get(p)
	return p.Status.Children
}
