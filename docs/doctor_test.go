package docs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/internal/doctor"
)

// The table of docs/doctor.md is that of the rules, in their order.
func TestRulesOfTheDoctorAreDocumented(t *testing.T) {
	var want strings.Builder
	want.WriteString("| rule | severity | what |\n|---|---|---|\n")
	for _, r := range doctor.Rules {
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", r.ID, r.Severity, r.Title)
	}
	if !strings.HasSuffix(read(t, "docs/doctor.md"), "\n"+want.String()) {
		t.Errorf("docs/doctor.md should end with\n%s", want.String())
	}
}
