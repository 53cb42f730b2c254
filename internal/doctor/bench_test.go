package doctor

import (
	"bytes"
	"fmt"
	"testing"
)

// fleet is a repository of many Applications, each with an ImageUpdater and a chart of its own.
func fleet(t testing.TB, n int) (in Input) {
	t.Helper()
	app, updater := readFile(t, "testdata/AFRO047/bad/app.yaml"), readFile(t, "testdata/AFRO047/bad/updater.yaml")
	values := readFile(t, "testdata/AFRO037/bad/apps/shop/values.yaml")
	for i := range n {
		name := []byte(fmt.Sprintf("shop%d", i))
		for path, raw := range map[string][]byte{"argocd/%s.yaml": app, "updaters/%s.yaml": updater, "apps/%s/values.yaml": values, "apps/%s/Chart.yaml": []byte("name: shop\n")} {
			in.Files = append(in.Files, File{Path: fmt.Sprintf(path, name), Raw: bytes.ReplaceAll(raw, []byte("shop"), name)})
		}
	}
	return in
}

// A repository of the story's size, and one of ten times that.
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{47, 470} {
		in := fleet(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Diagnose(in)
			}
		})
	}
}
