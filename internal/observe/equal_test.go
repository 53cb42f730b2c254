package observe

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func TestSameStatus(t *testing.T) {
	status := func(change func(*v1alpha1.AfroAppStatus)) v1alpha1.AfroAppStatus {
		s := v1alpha1.AfroAppStatus{ObservedGeneration: 1,
			Children: []v1alpha1.Child{{Kind: "Application", Name: "a", UID: "u", Generation: 4, Hash: "h"}},
			Hops:     []v1alpha1.Hop{{Name: "Sync", Since: metav1.NewTime(time.Unix(100, 0))}}}
		change(&s)
		return s
	}
	as := status(func(*v1alpha1.AfroAppStatus) {})
	for name, c := range map[string]struct {
		change func(*v1alpha1.AfroAppStatus)
		same   bool
	}{
		"nothing":          {func(*v1alpha1.AfroAppStatus) {}, true},
		"generation alone": {func(s *v1alpha1.AfroAppStatus) { s.Children[0].Generation = 103 }, true},
		"time zone":        {func(s *v1alpha1.AfroAppStatus) { s.Hops[0].Since = metav1.NewTime(time.Unix(100, 0).UTC()) }, true},
		"hash":             {func(s *v1alpha1.AfroAppStatus) { s.Children[0].Hash = "i" }, false},
		"uid":              {func(s *v1alpha1.AfroAppStatus) { s.Children[0].UID = "v" }, false},
		"a row less":       {func(s *v1alpha1.AfroAppStatus) { s.Children = nil }, false},
		"since":            {func(s *v1alpha1.AfroAppStatus) { s.Hops[0].Since = metav1.NewTime(time.Unix(101, 0)) }, false},
		"own generation":   {func(s *v1alpha1.AfroAppStatus) { s.ObservedGeneration = 2 }, false},
	} {
		other := status(c.change)
		if SameStatus(as, other) != c.same || SameStatus(other, as) != c.same {
			t.Errorf("%s: same = %t, want %t", name, !c.same, c.same)
		}
		if len(other.Children) == 1 && other.Children[0].Generation == 0 {
			t.Errorf("%s: the comparison changed its argument", name)
		}
	}
}

func TestProgressing(t *testing.T) {
	with := func(generation int64, conditions ...string) v1alpha1.AfroAppStatus {
		s := v1alpha1.AfroAppStatus{ObservedGeneration: generation}
		for _, c := range conditions {
			s.Conditions = append(s.Conditions, metav1.Condition{Type: c, Status: metav1.ConditionTrue})
		}
		return s
	}
	stuck := with(1, "Stalled")
	stuck.StuckAt = &v1alpha1.StuckAt{}
	for name, c := range map[string]struct {
		was, is v1alpha1.AfroAppStatus
		want    bool
	}{
		"first steps":                     {v1alpha1.AfroAppStatus{}, with(1, "Reconciling"), true},
		"next steps":                      {with(1, "Reconciling"), with(1, "Reconciling"), true},
		"a new generation of a ready app": {with(1, "Ready"), with(2, "Reconciling"), true},
		"ready":                           {with(1, "Reconciling"), with(1, "Ready"), false},
		"no longer ready":                 {with(1, "Ready"), with(1, "Reconciling"), false},
		"stuck":                           {with(1, "Reconciling"), stuck, false},
		"no longer stuck":                 {stuck, with(1, "Reconciling"), false},
		"paused":                          {with(1, "Reconciling"), with(1, "Stalled"), false},
	} {
		if got := Progressing(c.was, c.is); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}
