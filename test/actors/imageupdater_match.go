package actors

import (
	"path/filepath"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// match is an Application with the images to follow in it.
type match struct {
	app       *object
	images    []followed
	writeBack writeBack
}

// matched Applications have a source that can be written to; one that was never rendered has none yet.
func (u *ImageUpdater) matched(s *scene, cr *object) []match {
	if s.mode() == MatchesNothing {
		return nil
	}
	var found []match
	for _, app := range u.candidates(s, cr) {
		ref := bestRef(cr, app)
		if ref == nil || !writable(app) {
			continue
		}
		if ref["useAnnotations"] == true {
			found = append(found, byAnnotations(app))
		} else {
			found = append(found, byReference(cr, ref, app))
		}
	}
	return found
}

// candidates are all Applications of the namespace, or one if only one is named: a thousand ImageUpdaters with one
// Application each must not look a million times.
func (u *ImageUpdater) candidates(s *scene, cr *object) []*object {
	refs := items(cr, "spec", "applicationRefs")
	pattern, _ := field(refs[0], "namePattern").(string)
	if len(refs) > 1 || strings.ContainsAny(pattern, `*?[\\`) {
		return s.list(applications, cr.GetNamespace())
	}
	if app := s.get(applications, cr.GetNamespace(), pattern); app != nil {
		return []*object{app}
	}
	return nil
}

func writable(app *object) bool {
	sourceType := text(app, "status", "sourceType")
	return sourceType == "Helm" || sourceType == "Kustomize"
}

// bestRef is the most specific reference that matches: an exact name, then labels, then the longest pattern.
func bestRef(cr, app *object) map[string]any {
	var best map[string]any
	bestScore := -1
	for _, ref := range items(cr, "spec", "applicationRefs") {
		pattern, _ := ref["namePattern"].(string)
		matches, _ := filepath.Match(pattern, app.GetName())
		if !matches || !selects(ref["labelSelectors"], app) {
			continue
		}
		score := len(pattern)
		if pattern == app.GetName() {
			score += 1_000_000
		}
		if ref["labelSelectors"] != nil {
			score += 10_000
		}
		if score > bestScore {
			best, bestScore = ref, score
		}
	}
	return best
}

func selects(selector any, app *object) bool {
	fields, ok := selector.(map[string]any)
	if !ok {
		return true
	}
	var typed metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &typed); err != nil {
		return false
	}
	compiled, err := metav1.LabelSelectorAsSelector(&typed)
	return err == nil && compiled.Matches(labels.Set(app.GetLabels()))
}
