package preflight

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// gitIdentity looks for blanked flags: a variable that is empty or absent gives the default identity, an empty flag gives none.
func (r *report) gitIdentity() {
	if GitWriteBackOf(r.Platform) == nil || r.Updater.Reading != Found {
		return
	}
	w := r.runningUpdater()
	if method, _ := w.setting("git-commit-method", "GIT_COMMIT_METHOD"); method == "api" {
		return // GitHub is the author
	}
	for _, name := range []string{"git-commit-user", "git-commit-email"} {
		if v, given := w.flag(name); given && v == "" {
			r.add(severityError, GitIdentityMissing, w.subject(), " blanks --"+name+", so git refuses each commit: it needs both a name and an address",
				"remove the argument --"+name+", or give it a value")
		}
	}
}

func (r *report) gitCredentials() {
	wb := GitWriteBackOf(r.Platform)
	if wb == nil {
		return
	}
	namespace := platform.ArgoCDNamespace(r.Platform)
	if wb.GitSecretName != "" {
		r.exists(r.GitSecret, severityError, GitCredentialsMissing, "Secret "+namespace+"/"+wb.GitSecretName, ", so nothing can be pushed",
			"make it with username and password, or sshPrivateKey; or leave imageUpdater.writeBack.gitSecretName out")
		return
	}
	switch r.RepositorySecrets {
	case NotFound:
		r.add(severityWarning, GitCredentialsMissing, "namespace "+namespace, " holds no repository credentials of Argo CD, and image-updater pushes with those",
			"add the repository to Argo CD with credentials that may push, or name a Secret in imageUpdater.writeBack.gitSecretName")
	case Forbidden, Failed:
		r.unread(r.RepositorySecrets, "the repository credentials in namespace "+namespace, "", GitCredentialsMissing)
	}
}

// gitRepositories asks the rules of apps themselves: an app is imagined that uses the workload chart, and one that has its own
// manifests in the infra repository. What they would be refused for is told before anyone writes one.
func (r *report) gitRepositories() {
	if GitWriteBackOf(r.Platform) == nil {
		return
	}
	r.gitRepository(severityError, "apps with the workload chart", nil)
	r.gitRepository(severityWarning, "apps with their own manifests in the infra repository", &v1alpha1.Source{Path: "probe", Kustomize: &v1alpha1.KustomizeSource{}})
}

func (r *report) gitRepository(severity, who string, source *v1alpha1.Source) {
	p := r.Platform.DeepCopy()
	host := p.Spec.Registries[0].Host
	p.Spec.Tenants = []v1alpha1.Tenant{{Name: "probe", Namespaces: []string{"probe"}, Repositories: []string{host}, SourcePaths: []string{"probe"}}}
	app := &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{Namespace: "probe", Name: "probe"}, Spec: v1alpha1.AfroAppSpec{
		Image: host + "/probe:latest", Source: source, ImageUpdate: &v1alpha1.ImageUpdate{Policy: v1alpha1.ImagePolicyRolling}}}
	_, err := platform.Resolve(app, platform.Namespace{Name: "probe"}, p, r.Flavours)
	refusals, _ := err.(platform.Refusals)
	for _, x := range refusals {
		if x.Reason == v1alpha1.ReasonFeatureUnsupported {
			r.add(severity, GitNotWritable, who, " are refused: "+x.Cause, x.Remedy)
		}
	}
}

// pullSecrets are looked for where image-updater looks. The namespaces of apps have their own for the pods.
func (r *report) pullSecrets() {
	r.group(r.PullSecrets, PullSecretMissing, "pull Secret", " in namespace "+platform.ArgoCDNamespace(r.Platform)+", so image-updater cannot read the registry",
		"make it there, of type kubernetes.io/dockerconfigjson, or remove it from spec.registries[].pullSecrets")
}
