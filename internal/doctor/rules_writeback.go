package doctor

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Where image-updater writes.
var writeBackRules = []Rule{
	{ID: "AFRO023", Severity: Error, check: perTarget(badMethod),
		Title: "a write-back method that does not exist",
		Help:  "There are argocd, git, git:repocreds, git:secret:NAME and git:secret:NAMESPACE/NAME. With another one the Application is passed over; 0.16 does not even log it. Catalogue row 16."},
	{ID: "AFRO024", Severity: Error, check: perTarget(badBranch),
		Title: "a git branch that cannot be read",
		Help:  "A branch is BASE or BASE:WRITE, and only BASE with pull requests. With another form the Application is passed over. Catalogue row 16."},
	{ID: "AFRO025", Severity: Error, check: perTarget(kustomizationFile),
		Title: "write-back-target names a kustomization file",
		Help:  "The target is kustomization, or kustomization: and a folder. A file name is taken for a folder, or refused. Catalogue row 16."},
	{ID: "AFRO026", Severity: Error, check: perTarget(otherType),
		Title: "write-back-target does not fit what the Application is",
		Help:  "A target of helmvalues makes image-updater treat the Application as Helm, and kustomization as Kustomize. Where it is the other one the image is passed over, without a line in the log. Catalogue row 17."},
	{ID: "AFRO027", Severity: Error, check: perTarget(noBranch),
		Title: "write-back to git of an Application whose revision is no branch",
		Help:  "Without git-branch image-updater pushes to targetRevision. That cannot be a commit, a tag or the version of a chart. Catalogue row 27."},
	{ID: "AFRO028", Severity: Note, check: perTarget(headBranch),
		Title: "write-back to git of an Application at HEAD",
		Help:  "image-updater then asks the repository for its default branch. Whoever changes that branch changes where images are written. Catalogue row 27."},
	{ID: "AFRO029", Severity: Error, check: perTarget(httpSecret),
		Title: "git:secret with a repository on http://",
		Help:  "With git:secret image-updater takes https and ssh only; http ends in \"unknown repository type\" in every cycle. Catalogue row 28."},
	{ID: "AFRO030", Severity: Error, check: perTarget(foreignGitSecret),
		Title: "git credentials in another namespace",
		Help:  "image-updater refuses a Secret outside of the namespace of the Application. Catalogue rows 28 and 30."},
	{ID: "AFRO031", Severity: Error, check: perTarget(multiSource),
		Title: "several sources, and image-updater's default file",
		Help:  "Argo CD reads .argocd-source files for Applications with one source only; the commit is made and has no effect. Catalogue row 11."},
	{ID: "AFRO032", Severity: Warning, check: perTarget(prefixedFile),
		Title: "image-updater's default file for an Application outside of Argo CD's namespace",
		Help:  "Argo CD and image-updater put the namespace into the name of the file by different rules. Where they differ the commit is made and never read. Catalogue row 21."},
	{ID: "AFRO033", Severity: Warning, check: perTarget(parentReverts),
		Title: "write-back argocd to an Application that another one makes",
		Help:  "The new image is written to the Application itself, which an ApplicationSet writes anew and a parent Application may: the log says success each time. Catalogue row 22."},
	{ID: "AFRO034", Severity: Warning, check: perTarget(staleFile),
		Title: "an .argocd-source file of before beside write-back argocd",
		Help:  "The file is stronger than what image-updater writes to the Application, so the image of the file stays. Catalogue row 23."},
	{ID: "AFRO035", Severity: Error, check: perTarget(notWatched),
		Title: "manifest-generate-paths leaves out the file that image-updater writes",
		Help:  "Argo CD renders anew only when a commit touches those paths. The commit of image-updater is passed over until a hard refresh. Catalogue row 33."},
	{ID: "AFRO036", Severity: Warning, check: perTarget(gitSettingsUnused),
		Title: "settings for git without write-back to git",
		Help:  "The default is argocd: the image is written to the Application in the cluster. Branch, repository and target are then not read, and no commit is ever made."},
}

// perTarget checks the write-back of each group of images once.
func perTarget(check func(*set, *followed) []Finding) func(*set) []Finding {
	return perImageRule(func(s *set, f *followed) []Finding {
		for _, other := range s.images {
			if other.app == f.app && other.owner.node == f.owner.node && other.byAnnotation() == f.byAnnotation() && other.ref.node == f.ref.node {
				if other != f {
					return nil
				}
				break
			}
		}
		return check(s, f)
	})
}

// at is the place of a setting, or that of the image.
func (f *followed) at(s setting) value {
	if s.exists() {
		return s.value
	}
	return f.where
}

var methodForm = regexp.MustCompile(`^(argocd|git|git:repocreds|git:secret:[^/:]+(/[^/:]+)?)$`)

func badMethod(_ *set, f *followed) []Finding {
	m := f.back.method
	if m.text == "" || templated(m.text) || methodForm.MatchString(m.text) {
		return nil
	}
	var edits [][]Edit
	remedy := "write argocd, git, git:repocreds or git:secret:NAME"
	if meant := nearest(m.text, []string{"argocd", "git", "git:repocreds"}); meant != "" {
		remedy, edits = "write "+meant, [][]Edit{m.set(meant)}
	}
	return found(f.owner, m.value, fmt.Sprintf("there is no write-back method %q, so the Application is passed over", m.text), quoted(m.value), remedy, edits...)
}

func badBranch(_ *set, f *followed) []Finding {
	b := f.back.branch
	colons := strings.Count(b.text, ":")
	switch {
	case !f.back.git() || templated(b.text):
		return nil
	case f.back.pullRequest && colons > 0:
		return found(f.owner, b.value, "with pull requests a branch has no colon, so the Application is passed over", quoted(b.value), "name the branch that the pull request is for",
			b.set(b.text[:strings.Index(b.text, ":")]))
	case colons > 1:
		return found(f.owner, b.value, fmt.Sprintf("the branch %q has more than one colon, so the Application is passed over", b.text), quoted(b.value), "write BASE or BASE:WRITE")
	}
	return nil
}

func kustomizationFile(_ *set, f *followed) []Finding {
	t := f.back.target
	if !f.back.git() || !slices.Contains(kustomizations, path.Base(t.text)) || strings.HasPrefix(t.text, "helmvalues") {
		return nil
	}
	right := "kustomization"
	if dir := path.Dir(strings.TrimPrefix(t.text, "kustomization:")); dir != "." {
		right += ":" + dir
	}
	return found(f.owner, t.value, fmt.Sprintf("write-back-target %q is a file; a folder is wanted, so nothing is written", t.text), quoted(t.value), "write "+right, t.set(right))
}

func otherType(s *set, f *followed) []Finding {
	t := f.back.target
	if f.app == nil || !f.back.git() || f.app.multi {
		return nil
	}
	kind := s.typeOf(f.app)
	wants := typeHelm
	switch {
	case strings.HasPrefix(t.text, "kustomization"):
		wants = typeKustomize
	case !strings.HasPrefix(t.text, "helmvalues"):
		return nil
	}
	if kind == "" || kind == wants || kind == typePlugin || kind == typeDirectory {
		return nil
	}
	right := "helmvalues"
	if kind == typeKustomize {
		right = "kustomization"
	}
	return found(f.owner, t.value, fmt.Sprintf("write-back-target is for %s, and the Application is %s: image-updater passes over the image without a word", wants, kind), quoted(t.value),
		"write "+right+", and with it a file or folder if it is not the usual one", t.set(right))
}

var commitID = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// noBranchName tells why a revision cannot be pushed to.
func noBranchName(src source) string {
	_, err := semver.StrictNewVersion(strings.TrimPrefix(src.revision, "v"))
	switch {
	case src.chart != "":
		return "the source is a chart, which nobody can commit to"
	case commitID.MatchString(src.revision) && strings.ContainsAny(src.revision, "0123456789"):
		return fmt.Sprintf("targetRevision %q is a commit", src.revision)
	case err == nil:
		return fmt.Sprintf("targetRevision %q is a tag", src.revision)
	case strings.HasPrefix(src.revision, "refs/tags/"):
		return fmt.Sprintf("targetRevision %q is a tag", src.revision)
	case strings.ContainsAny(src.revision, "*<>^~ "):
		return fmt.Sprintf("targetRevision %q is a range of tags", src.revision)
	}
	return ""
}

func noBranch(_ *set, f *followed) []Finding {
	if f.app == nil || !f.back.git() || f.app.multi || len(f.app.sources) == 0 {
		return nil
	}
	src := f.app.source()
	why := noBranchName(src)
	switch {
	case why == "" || templated(src.revision) || f.back.branch.text != "" && (src.chart == "" || f.back.repository.text != ""):
		return nil
	case src.chart != "":
		return found(f.owner, f.at(f.back.method), why+", so every write-back fails", quoted(src.get("chart")), "name the repository and the branch of your values with git-repository and git-branch, and the file with write-back-target")
	}
	return found(f.owner, src.get("targetRevision"), why+" and no branch, so every write-back fails", quoted(src.get("targetRevision")), "name the branch with git-branch, or follow a branch")
}

func headBranch(_ *set, f *followed) []Finding {
	if f.app == nil || !f.back.git() || f.app.multi || f.back.branch.text != "" || len(f.app.sources) == 0 {
		return nil
	}
	src := f.app.source()
	if src.chart != "" || src.revision != "" && src.revision != "HEAD" {
		return nil
	}
	at := src.get("targetRevision")
	if !at.exists() {
		at = f.at(f.back.method)
	}
	return found(f.owner, at, "the Application names no branch, so images are written to whatever is the repository's default branch", quoted(at), "name the branch with git-branch")
}

// httpsHosts answer the same on https.
var httpsHosts = regexp.MustCompile(`^http://(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/`)

func httpSecret(_ *set, f *followed) []Finding {
	if _, ok := f.back.secret(); !ok {
		return nil
	}
	at, url := f.back.repository.value, f.back.repository.text
	if url == "" && f.app != nil && !f.app.multi {
		src := f.app.source()
		at, url = src.get("repoURL"), src.repoURL
	}
	if !strings.HasPrefix(url, "http://") {
		return nil
	}
	remedy := "use https or ssh, or the method git, which takes the credentials that Argo CD has for the repository"
	var edits [][]Edit
	if httpsHosts.MatchString(url) {
		remedy, edits = "use https", [][]Edit{at.set("https" + strings.TrimPrefix(url, "http"))}
	}
	return found(f.owner, at, fmt.Sprintf("git:secret does not take %s: every cycle ends in \"unknown repository type\", and nothing is written", url), quoted(f.back.method.value)+"; "+quoted(at), remedy, edits...)
}

func foreignGitSecret(s *set, f *followed) []Finding {
	secret, ok := f.back.secret()
	namespace, name, qualified := strings.Cut(secret, "/")
	if !ok || !qualified || f.owner.namespace == "" || namespace == f.owner.namespace || templated(secret) {
		return nil
	}
	severity := Error
	if s.install.major == "0" {
		severity = Note
	}
	m := f.back.method
	return but(severity, found(f.owner, m.value, fmt.Sprintf("the git credentials are in namespace %s and the Application in %s, which image-updater refuses", namespace, f.owner.namespace), quoted(m.value),
		"put the Secret into namespace "+f.owner.namespace, m.set("git:secret:"+f.owner.namespace+"/"+name)))
}

func multiSource(_ *set, f *followed) []Finding {
	if f.app == nil || !f.app.multi || !f.back.git() || f.back.target.text != "" {
		return nil
	}
	return found(f.owner, f.at(f.back.method), "Argo CD reads no .argocd-source file for an Application with several sources: image-updater commits, and nothing changes", quoted(f.back.method.value),
		"write to a values file of the source that has it: write-back-target helmvalues:/PATH")
}

func prefixedFile(s *set, f *followed) []Finding {
	if f.app == nil || !f.back.git() || f.back.target.text != "" || f.app.multi {
		return nil
	}
	home := s.argoNamespace()
	if home == "" || f.app.namespace == "" || f.app.namespace == home {
		return nil
	}
	return found(f.owner, f.at(f.back.method), fmt.Sprintf("the Application is in namespace %s and Argo CD in %s: they may not agree with image-updater on the name of the file, which is then never read", f.app.namespace, home), quoted(f.back.method.value),
		"name the file with write-back-target, as helmvalues:/PATH or kustomization:/PATH")
}

// argoNamespace is that of Argo CD: as was said, or the one that most Applications are in.
func (s *set) argoNamespace() string {
	if s.ArgoNamespace != "" {
		return s.ArgoNamespace
	}
	count := map[string]int{}
	best := ""
	for _, a := range s.apps {
		if n := a.namespace; n != "" {
			count[n]++
			if n == "argocd" {
				return n
			}
			if count[n] > count[best] {
				best = n
			}
		}
	}
	return best
}

func parentReverts(s *set, f *followed) []Finding {
	m := f.back.method
	if f.app == nil || f.back.git() || m.text != "" && m.text != "argocd" || f.paused() {
		return nil
	}
	evidence := quoted(m.value)
	if evidence == "" {
		evidence = "no write-back method is named, and argocd is the default"
	}
	const remedy = "use write-back to git, for example write-back-method git with write-back-target"
	if f.app.template {
		if f.app.get("spec", "ignoreApplicationDifferences").exists() || writesOnce(f.app) {
			return nil
		}
		return but(Error, found(f.owner, f.at(m), "the ApplicationSet writes its Applications as its template is, so it takes back each new image that image-updater writes there", evidence, remedy))
	}
	parent := s.parent(f.app)
	if parent == nil || !parent.automated() || parent.spec.get("ignoreDifferences").exists() {
		return nil
	}
	return found(f.owner, f.at(m), fmt.Sprintf("Application %s makes this one from a file, in which no new image ever stands: it is lost when the file is applied anew", parent.name), evidence, remedy)
}

// writesOnce tells whether an ApplicationSet leaves alone what it has made.
func writesOnce(a *application) bool {
	policy := a.get("spec", "syncPolicy", "applicationsSync").text()
	return policy == "create-only" || policy == "create-delete"
}

// parent is the Application whose folder holds the file of another one.
func (s *set) parent(a *application) *application {
	if a.doc.file.Live {
		return nil
	}
	name := s.tree.name(a.doc.file)
	for _, p := range s.apps {
		if p != a && !p.template && s.atHand(p) && slices.Contains(s.tree.below(p.source().path), name) && p.source().path != "" {
			return p
		}
	}
	return nil
}

func staleFile(s *set, f *followed) []Finding {
	if f.app == nil || f.back.git() || f.back.method.text != "" && f.back.method.text != "argocd" || f.app.multi || !s.atHand(f.app) {
		return nil
	}
	name := path.Join(f.app.source().path, ".argocd-source-"+f.app.name+".yaml")
	if !s.tree.has(name) {
		return nil
	}
	file := s.tree.first(name)
	if !file.exists() || file.get("helm", "parameters").node == nil && file.get("kustomize", "images").node == nil {
		return nil
	}
	return found(f.owner, f.at(f.back.method), name+" is stronger than what image-updater writes to the Application, so its image stays", "the file is there, and the method is argocd", "remove the file, or write back to git")
}

const generatePaths = "argocd.argoproj.io/manifest-generate-paths"

func notWatched(_ *set, f *followed) []Finding {
	if f.app == nil || !f.back.git() || f.app.multi || f.back.repository.text != "" && repoKey(f.back.repository.text) != repoKey(f.app.source().repoURL) {
		return nil
	}
	src := f.app.source()
	paths := f.app.annotations.get(generatePaths)
	if paths.text() == "" || src.path == "" || templated(paths.text()+src.path+f.back.target.text) {
		return nil
	}
	target := f.target()
	for _, p := range strings.Split(paths.text(), ";") {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		at := within(src.path, p, strings.HasPrefix(p, "/"))
		if ok, _ := path.Match(at, target); ok || at == "" || target == at || strings.HasPrefix(target, at+"/") {
			return nil
		}
	}
	return found(f.app.object, paths, fmt.Sprintf("Argo CD does not look at a commit that changes only %s, which is the file that image-updater writes", target), quoted(paths), "add /"+target,
		paths.set(strings.TrimRight(paths.text(), "; ")+";/"+target))
}

func gitSettingsUnused(_ *set, f *followed) []Finding {
	if f.back.git() || f.back.method.text != "" && f.back.method.text != "argocd" {
		return nil
	}
	for _, s := range []setting{f.back.target, f.back.branch, f.back.repository} {
		if s.text == "" {
			continue
		}
		var edits [][]Edit
		switch {
		case f.back.method.exists():
			edits = [][]Edit{f.back.method.set("git")}
		case f.byAnnotation():
			edits = [][]Edit{s.add(updaterPrefix+"write-back-method", "git")}
		}
		return found(f.owner, s.value, "image-updater does not write to git unless it is told to, so this is not read and no commit is made", quoted(s.value), "name the method: git, or git:secret:NAME with credentials of its own", edits...)
	}
	return nil
}
