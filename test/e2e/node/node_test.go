package node

import (
	"slices"
	"testing"
)

func TestLeftNamesWhatIsNew(t *testing.T) {
	before := Traces{"mount": {"/", "/proc"}, "link": {"lo", "eth0"}}
	after := Traces{"mount": {"/", "/proc", "/run/x"}, "link": {"lo"}, "cgroup": {"memory/lab"}}
	if got, want := Left(before, after), []string{"cgroup memory/lab", "mount /run/x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Left(before, before); len(got) > 0 {
		t.Errorf("nothing is new, and yet %q", got)
	}
}
