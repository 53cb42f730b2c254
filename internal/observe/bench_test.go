package observe

import "testing"

// BenchmarkStatus is a pass over an app that is well: the common case, and what an idle cluster costs.
func BenchmarkStatus(b *testing.B) {
	for _, s := range stories(b) {
		if s.name != "healthy-whole-app" {
			continue
		}
		f := s.facts(b)
		f.App.Status = Status(f).Status
		for b.Loop() {
			if !SameStatus(f.App.Status, Status(f).Status) {
				b.Fatal("the status changes")
			}
		}
	}
}
