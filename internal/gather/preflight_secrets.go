package gather

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/preflight"
)

// repositorySecrets are Argo CD's own credentials of repositories, of single ones or by prefix.
var repositorySecrets = selecting("argocd.argoproj.io/secret-type", "repository", "repo-creds")

// gitSecrets looks for the Secret that is named, or for any of Argo CD's own. One request.
func (e eyes) gitSecrets(ctx context.Context, out *preflight.Read) {
	wb := preflight.GitWriteBackOf(e.platform)
	switch {
	case wb == nil:
	case wb.GitSecretName != "":
		out.GitSecret = e.secret(ctx, e.argocd, wb.GitSecretName)
	default:
		out.RepositorySecrets = e.secretWhere(ctx, e.argocd, repositorySecrets)
	}
}

func (e eyes) pullSecrets(ctx context.Context, out *preflight.Read) {
	out.PullSecrets = map[string]preflight.Reading{}
	for _, name := range preflight.PullSecretsOf(e.platform) {
		out.PullSecrets[name] = e.secret(ctx, e.argocd, name)
	}
}

func (e eyes) b2Secret(ctx context.Context, out *preflight.Read) {
	if s := preflight.SharedClusterOf(e.platform); s != nil && preflight.BackupsOffered(e.platform) {
		out.B2Secret = e.secret(ctx, s.Namespace, e.platform.Spec.Backup.B2.SecretName)
	}
}

// secret tells whether a Secret exists. A list of one name asks for the right to list only: the operator may get no Secret.
func (e eyes) secret(ctx context.Context, namespace, name string) preflight.Reading {
	return e.secretWhere(ctx, namespace, client.MatchingFields{"metadata.name": name})
}

func (e eyes) secretWhere(ctx context.Context, namespace string, which client.ListOption) preflight.Reading {
	list := metadataListOf(foreign.Secret)
	if err := e.live.List(ctx, list, client.InNamespace(namespace), which, client.Limit(1)); err != nil {
		return readingOf(err)
	}
	if len(list.Items) == 0 {
		return preflight.NotFound
	}
	return preflight.Found
}
