package doctor

import (
	"fmt"
	"strings"
)

// What the status says, for objects of a cluster.
var liveRules = []Rule{
	{ID: "AFRO055", Severity: Error, check: perUpdaterRule(nothingMatched),
		Title: "image-updater found no Application for an ImageUpdater",
		Help:  "status.applicationsMatched is 0, beside Ready=True. The pattern, the namespace or the type of the Application does not fit, or it was never rendered. Catalogue rows 10, 12 and 14."},
	{ID: "AFRO056", Severity: Error, check: perUpdaterRule(notManaged),
		Title: "image-updater leaves out images of an ImageUpdater",
		Help:  "status.imagesManaged is less than the images that are named: no pod runs the others, and image-updater follows only what runs. Catalogue rows 7, 8 and 9."},
	{ID: "AFRO057", Severity: Error, check: perUpdaterRule(updaterErrors),
		Title: "image-updater has errors",
		Help:  "The condition Error is True, beside Ready=True, with the same words for every cause; the log of image-updater has it. Catalogue rows 2, 27 to 30."},
	{ID: "AFRO058", Severity: Error, check: perImageRule(notLive),
		Title: "an image that no pod runs",
		Help:  "image-updater follows images of status.summary.images, which Argo CD reads off running pods. With no replicas, an idle CronJob or an image that stands in a custom resource it \"seems not to be live\", at debug level. Catalogue rows 7 and 8."},
	{ID: "AFRO059", Severity: Error, check: perImageRule(writtenNotRun),
		Title: "a digest that was written and is not run",
		Help:  "The Application holds the digest, Argo CD is Synced at it, and pods run the tag: the chart does not use the key. image-updater says success. Catalogue row 18."},
	{ID: "AFRO060", Severity: Error, check: perAppRule(inError),
		Title: "an Application in error",
		Help:  "Argo CD cannot render or sync it, so nothing that is written arrives. Its health may be Healthy all the same."},
	{ID: "AFRO061", Severity: Warning, check: perAppRule(waitsForSync),
		Title: "an Application that is out of sync and waits for somebody",
		Help:  "Automated sync is off, and what is in Git is not what runs. Catalogue row 26."},
}

// seen tells whether image-updater has looked at an ImageUpdater as it is now.
func seen(u *updater) bool {
	status := u.get("status")
	return status.str("lastCheckedAt") != "" && status.str("observedGeneration") == u.str("metadata", "generation")
}

// count is a number of the status; what is left out is 0.
func count(v value) string {
	if text := v.text(); text != "" {
		return text
	}
	return "0"
}

func nothingMatched(_ *set, u *updater) []Finding {
	matched := u.get("status", "applicationsMatched")
	if !seen(u) || count(matched) != "0" {
		return nil
	}
	var patterns []string
	for _, r := range u.refs {
		patterns = append(patterns, r.pattern)
	}
	return found(u.object, matched, "image-updater finds no Application for "+strings.Join(patterns, ", ")+", and calls that Ready", "applicationsMatched: 0", "name an Application of the same namespace that is of Helm or Kustomize and has been rendered")
}

func notManaged(_ *set, u *updater) []Finding {
	matched, managed := count(u.get("status", "applicationsMatched")), u.get("status", "imagesManaged")
	if !seen(u) || matched != "1" || len(u.refs) != 1 || u.refs[0].useAnnotations {
		return nil // with several Applications it is not known which has which
	}
	named := 0
	for _, i := range u.refs[0].get("images").items() {
		if i.exists() {
			named++
		}
	}
	var have int
	if _, err := fmt.Sscan(count(managed), &have); err != nil || have >= named {
		return nil
	}
	return found(u.object, managed, fmt.Sprintf("image-updater follows %d of %d images; the others run in no pod that Argo CD knows, or under another name", have, named), fmt.Sprintf("imagesManaged: %d, applicationsMatched: 1", have),
		"compare the image names with status.summary.images of the Application; where no pod runs on purpose, set forceUpdate: true")
}

func updaterErrors(_ *set, u *updater) (out []Finding) {
	for _, c := range u.get("status", "conditions").items() {
		if c.str("type") == "Error" && c.str("status") == "True" {
			out = append(out, found(u.object, c, "image-updater has errors in its last cycle, and is Ready all the same", c.str("reason")+": "+c.str("message"),
				"read the log of image-updater for this ImageUpdater: the message has no cause")...)
		}
	}
	return out
}

// settled tells whether Argo CD has seen the Application through.
func settled(a *application) bool {
	return a.status.str("sync", "status") == "Synced" && a.status.str("operationState", "phase") != "Running"
}

func notLive(_ *set, f *followed) []Finding {
	if f.app == nil || !settled(f.app) || f.settings["force-update"].text == "true" || f.paused() {
		return nil
	}
	live := f.app.status.get("summary", "images").texts()
	for _, image := range live {
		if d := newDeployed(image, value{}, true); f.is(d) || normalName(d.name) == normalName(f.name) {
			return nil
		}
	}
	evidence := "status.summary has no images"
	if len(live) > 0 {
		evidence = "status.summary.images: " + strings.Join(live, ", ")
	}
	return found(f.owner, f.where, fmt.Sprintf("image %s: no pod of Application %s runs %s, so image-updater passes over it", f.label(), f.app.name, f.name), evidence,
		"give the workload a replica, write the name as the pods have it, or set force-update where no pod runs on purpose")
}

func writtenNotRun(_ *set, f *followed) []Finding {
	if f.app == nil || !settled(f.app) {
		return nil
	}
	digest := f.written()
	if digest == "" {
		return nil
	}
	for _, image := range f.app.status.get("summary", "images").texts() {
		name, _, got := splitImage(image)
		if normalName(name) == normalName(f.name) && got == "" {
			return found(f.app.object, f.app.source().get("helm", "parameters"), fmt.Sprintf("image %s: image-updater has written a digest to %s, Argo CD is Synced, and pods run %s without one: the chart does not use these values", f.label(), strings.Join(f.helmKeys(), " and "), image),
				strings.Join(f.helmKeys(), ", ")+"; status.summary.images: "+image, "name the values that the chart has for the image's name and tag")
		}
	}
	return nil
}

// written is the digest that Argo CD has compared with, from the parameters that image-updater writes.
func (f *followed) written() string {
	for _, p := range f.app.status.get("sync", "comparedTo", "source", "helm", "parameters").items() {
		if _, digest, found := strings.Cut(p.str("value"), "@"); found && strings.HasPrefix(digest, "sha256:") {
			for _, key := range f.helmKeys() {
				if p.str("name") == key {
					return digest
				}
			}
		}
	}
	return ""
}

var errorConditions = []string{"InvalidSpecError", "ComparisonError", "UnknownError", "DeletionError", "SyncError"}

func inError(_ *set, a *application) (out []Finding) {
	for _, c := range a.status.get("conditions").items() {
		for _, kind := range errorConditions {
			if c.str("type") == kind {
				out = append(out, found(a.object, c, "Argo CD cannot do with the Application what it should: "+kind, c.str("message"), "mend what the message names")...)
			}
		}
	}
	op := a.status.get("operationState")
	if a.status.str("sync", "status") == "Synced" {
		return out // what failed before is in sync now
	}
	if phase := op.str("phase"); phase == "Failed" || phase == "Error" || phase == "Running" && op.str("retryCount") != "" && op.str("retryCount") != "0" {
		out = append(out, found(a.object, op, "the last sync of the Application failed", op.str("message"), "mend what the message names")...)
	}
	return out
}

func waitsForSync(s *set, a *application) []Finding {
	if a.status.str("sync", "status") != "OutOfSync" || a.automated() {
		return nil
	}
	severity := Warning
	if _, asked := s.asksForImages(a); asked {
		severity = Error
	}
	at := a.status.get("sync", "status")
	return but(severity, found(a.object, at, "the Application is out of sync, and automated sync is off", fmt.Sprintf("sync.status: OutOfSync, health.status: %s", a.status.str("health", "status")), "sync it, or set spec.syncPolicy.automated"))
}
