package doctor

import "fmt"

// What Argo CD does with it.
var syncRules = []Rule{
	{ID: "AFRO041", Severity: Error, check: perAppRule(plainManifests),
		Title: "an Application of plain manifests",
		Help:  "image-updater can write to Helm, to Kustomize and to plugins. An Application of type Directory is passed over with a warning and is missing from applicationsMatched. Catalogue row 10."},
	{ID: "AFRO042", Severity: Warning, check: perAppRule(notAutomated),
		Title: "new images for an Application without automated sync",
		Help:  "image-updater writes, reports success, and nothing is deployed until somebody syncs. Catalogue row 26."},
	{ID: "AFRO043", Severity: Warning, check: perAppRule(sameName),
		Title: "two Applications of one name in two namespaces",
		Help:  "image-updater 0.x keeps Applications by their name, and handles one of the two. Catalogue row 39."},
}

// asksForImages gives what asks image-updater to follow images of an Application: the value to point at.
func (s *set) asksForImages(a *application) (*followed, bool) {
	for _, f := range s.images {
		if f.app == a && !f.paused() {
			return f, true
		}
	}
	return nil, false
}

func plainManifests(s *set, a *application) []Finding {
	f, asked := s.asksForImages(a)
	if !asked || a.multi || s.typeOf(a) != typeDirectory || f.back.git() && f.back.target.text != "" && a.status.str("sourceType") == "" {
		return nil
	}
	src := a.source()
	severity, evidence := Warning, fmt.Sprintf("no Chart.yaml and no kustomization.yaml in %s", src.path) // a plugin may take it
	if a.status.str("sourceType") != "" {
		severity, evidence = Error, quoted(a.status.get("sourceType"))
	} else if src.get("directory").exists() {
		severity, evidence = Error, "spec.source.directory"
	}
	return but(severity, found(a.object, f.where, "the Application is of plain manifests, which image-updater passes over: it writes to Helm and Kustomize only", evidence, "add a kustomization.yaml that lists the manifests to the folder"))
}

func notAutomated(s *set, a *application) []Finding {
	f, asked := s.asksForImages(a)
	if !asked || a.automated() || templated(a.spec.str("syncPolicy")) {
		return nil
	}
	at := a.spec.get("syncPolicy")
	evidence := "no spec.syncPolicy.automated"
	if p := a.spec.get("syncPolicy", "automated", "enabled"); p.exists() {
		at, evidence = p, quoted(p)
	}
	if !at.exists() {
		at = a.spec
	}
	return found(a.object, at, fmt.Sprintf("image %s is followed, and nothing is deployed until somebody syncs", f.label()), evidence, "set spec.syncPolicy.automated, or sync yourself after each update")
}

func sameName(s *set, a *application) []Finding {
	if s.install.major == "1" || a.annotation("image-list").text() == "" || a.template {
		return nil
	}
	for _, other := range s.apps {
		if other != a && !other.template && other.name == a.name && other.namespace < a.namespace && other.annotation("image-list").text() != "" && other.namespace != "" {
			return found(a.object, a.annotation("image-list"), fmt.Sprintf("there is also an Application %s in namespace %s, and image-updater 0.x handles one of them", a.name, other.namespace), a.id()+"; "+other.id(), "give them different names, or use image-updater 1.x")
		}
	}
	return nil
}
