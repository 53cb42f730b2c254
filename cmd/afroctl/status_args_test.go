package main

import (
	"slices"
	"strings"
	"testing"
)

// The app may stand in front of the flags and behind them; a second one is a wrong command line.
func TestStatusTakesTheAppAnywhere(t *testing.T) {
	const asked = "GET /apis/platform.afrotomation.com/v1alpha1/namespaces/shop/afroapps"
	for _, args := range [][]string{{"web", "-n", "shop"}, {"-n", "shop", "web"}, {"-n", "shop", "web", "--exit-code"}} {
		a := &apiServer{}
		got := runWith(slices.Concat([]string{"status", "--kubeconfig", cluster(t, a)}, args)...)
		if got.code != exitRefused || !slices.Equal(a.asked, []string{asked}) {
			t.Errorf("%v: asked %v\n%v", args, a.asked, got)
		}
	}
	if got := runWith("status", "-n", "shop", "web", "other"); got.code != exitUsage || !strings.Contains(got.err, `unexpected argument "other"`) {
		t.Errorf("%v", got)
	}
}

func TestStatusWithoutTheCRDs(t *testing.T) {
	got := runWith("status", "--kubeconfig", cluster(t, &apiServer{}))
	compare(t, "afroctl status: the cluster has no AfroApps: the operator's CRDs are not installed\n", got.err)
	if got.code != exitRefused {
		t.Errorf("exit code %d", got.code)
	}
}

func TestNoKubeconfig(t *testing.T) {
	t.Setenv("KUBECONFIG", "/nowhere")
	for _, args := range [][]string{{"status"}, {"doctor", "--live"}} {
		got := runWith(args...)
		compare(t, "afroctl "+args[0]+": no kubeconfig names a cluster; give one with --kubeconfig, or in KUBECONFIG\n", got.err)
	}
}
