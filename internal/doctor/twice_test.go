package doctor

import (
	"fmt"
	"strings"
	"testing"
)

const followsTwice = `apiVersion: argocd-image-updater.argoproj.io/v1alpha1
kind: ImageUpdater
metadata: {name: %s, namespace: argocd}
spec:
  applicationRefs:
`

const followsOnce = `  - namePattern: shop
    writeBackConfig: {method: git, gitConfig: {branch: main, writeBackTarget: 'helmvalues:values.yaml'}}
    images:
    - alias: app
      imageName: ghcr.io/acme/shop:main
      commonUpdateSettings: {updateStrategy: newest-build, allowTags: 'regexp:^v', ignoreTags: [a, b], platforms: [linux/amd64, linux/arm64], pullSecret: 'env:A', forceUpdate: false}
      manifestTargets: {helm: {name: image.repository, tag: image.tag}}
`

const shop = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: %s, namespace: argocd}
spec:
  source: {repoURL: 'https://github.com/acme/infra.git', path: shop, targetRevision: main, helm: {}}
  syncPolicy: {automated: {}}
`

// severityOfTwo ImageUpdaters, as AFRO046 has it.
func severityOfTwo(t *testing.T, apps []string, a, b string) Severity {
	t.Helper()
	in := Input{Files: []File{{Path: "a.yaml", Raw: []byte(fmt.Sprintf(followsTwice, "a") + a)}, {Path: "b.yaml", Raw: []byte(fmt.Sprintf(followsTwice, "b") + b)}}}
	for _, name := range apps {
		in.Files = append(in.Files, File{Path: name + ".yaml", Raw: []byte(fmt.Sprintf(shop, name))})
	}
	var out Severity
	for _, f := range Diagnose(in).Findings {
		if f.Rule == "AFRO046" {
			if out != "" {
				t.Errorf("said twice: %s", f.Sentence)
			}
			out = f.Severity
		}
	}
	return out
}

// Two that do the same only do it twice. Whatever decides which image is written, and where, makes it a fight.
func TestTwoImageUpdatersOfOneImage(t *testing.T) {
	for _, apps := range [][]string{nil, {"shop"}} {
		for change, want := range map[string]Severity{
			"a => a":                     Warning,
			"alias: app => alias: other": Warning,
			"[a, b] => [b, a]":           Warning,
			"linux/amd64, linux/arm64 => linux/arm64, linux/amd64": Warning,
			", forceUpdate: false => ":                             Warning,
			"shop:main => shop:stable":                             Error,
			"shop:main => shop":                                    Error,
			"shop:main => shop:main@sha256:0":                      Error,
			"newest-build => digest":                               Error,
			"newest-build => latest":                               Warning,
			"'regexp:^v' => 'regexp:^w'":                           Error,
			"[a, b] => [a]":                                        Error,
			"linux/amd64, => linux/386,":                           Error,
			"env:A => env:B":                                       Error,
			"forceUpdate: false => forceUpdate: true":              Error,
			"method: git => method: argocd":                        Error,
			"branch: main => branch: other":                        Error,
			"branch: main => branch: main, repository: 'https://github.com/acme/b.git'": Error,
			"branch: main => branch: main, pullRequest: {github: {}}":                   Error,
			"helmvalues:values.yaml => helmvalues:prod.yaml":                            Error,
			"name: image.repository => name: repository":                                Error,
			"tag: image.tag => tag: tag":                                                Error,
			"manifestTargets: {helm => manifestTargets: {kustomize: {name: shop}, helm": Error,
		} {
			old, is, _ := strings.Cut(change, " => ")
			if !strings.Contains(followsOnce, old) {
				t.Fatalf("no %q", old)
			}
			if got := severityOfTwo(t, apps, followsOnce, strings.Replace(followsOnce, old, is, 1)); got != want {
				t.Errorf("%s (%d Applications): %q, want %s", change, len(apps), got, want)
			}
		}
	}
}

// What is left out is what the Application has, or image-updater's default.
func TestTwoImageUpdatersAndWhatIsLeftOut(t *testing.T) {
	for _, change := range [][3]string{
		{"branch: main, ", "branch: main, ", ""},
		{"branch: main, ", "branch: main, repository: 'https://github.com/acme/infra.git', ", "branch: main, "},
		{"method: git, ", "method: argocd, ", ""},
	} {
		first, second := strings.Replace(followsOnce, change[0], change[1], 1), strings.Replace(followsOnce, change[0], change[2], 1)
		if got := severityOfTwo(t, []string{"shop"}, first, second); got != Warning || first == second {
			t.Errorf("%q and %q: %q", change[1], change[2], got)
		}
	}
}

// The same in one Application does not hide a fight in another.
func TestTwoImageUpdatersOfTwoApplications(t *testing.T) {
	same := strings.Replace(followsOnce, "shop\n    write", "one\n    write", 1)
	fight := strings.Replace(followsOnce, "shop\n    write", "two\n    write", 1)
	other := strings.Replace(fight, "shop:main", "shop:stable", 1)
	for _, apps := range [][]string{{"one", "two"}, {"two", "one"}} {
		if got := severityOfTwo(t, apps, same+fight, same+other); got != Error {
			t.Errorf("%v: %q", apps, got)
		}
	}
	// of two images, one in the same way
	more := `    - {alias: lib, imageName: 'ghcr.io/acme/lib:1.x', manifestTargets: {helm: {name: lib.repository, tag: lib.tag}}}` + "\n"
	if got := severityOfTwo(t, []string{"shop"}, followsOnce+more, followsOnce+strings.Replace(more, "1.x", "2.x", 1)); got != Error {
		t.Errorf("of two images: %q", got)
	}
	if got := severityOfTwo(t, []string{"shop"}, followsOnce+more, followsOnce); got != Warning {
		t.Errorf("beside another image: %q", got)
	}
}

// The folders of two clusters have an ImageUpdater of one name each: no cluster has both.
func TestOneImageUpdaterOfTwoClusters(t *testing.T) {
	a := fmt.Sprintf(followsTwice, "a") + followsOnce
	in := Input{Files: []File{{Path: "prod/a.yaml", Raw: []byte(a)}, {Path: "test/a.yaml", Raw: []byte(strings.Replace(a, "shop:main", "shop:stable", 1))},
		{Path: "shop.yaml", Raw: []byte(fmt.Sprintf(shop, "shop"))}}}
	if r := Diagnose(in); strings.Contains(r.Text(), "AFRO046") {
		t.Errorf("\n%s", r.Text())
	}
}
