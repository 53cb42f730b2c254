package suite

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// secrets that the fleet's owner has made by hand: names and keys are those that its manifests read.
func (s *Story) secrets(namespace string) {
	s.Helper()
	const login = `{"auths":{"registry.lab.internal:5000":{"username":"lab","password":"lab","auth":"bGFiOmxhYg=="}}}`
	s.secret(namespace, "ghcr", corev1.SecretTypeDockerConfigJson, map[string]string{corev1.DockerConfigJsonKey: s.Here(login)})
	opaque := map[string]map[string]map[string]string{
		"databases":  {"b2": storeKey},
		"drift":      {"b2": storeKey},
		"invoices":   {"b2": storeKey},
		"shop":       {"b2": storeKey, "stripe": {"secret-key": "lab"}},
		"clickrise":  {"smtp": {"password": "lab"}},
		"monitoring": {"alerts": {"webhook-url": "http://lab.invalid"}, "grafana-admin": {"user": "lab", "password": "lab"}},
	}
	for name, content := range opaque[namespace] {
		s.secret(namespace, name, corev1.SecretTypeOpaque, content)
	}
	if namespace == "argocd" {
		s.gitLogin()
	}
}

// gitLogin is Argo CD's for the Git server, which lets everybody in: image-updater refuses to push without one.
func (s *Story) gitLogin() {
	s.Helper()
	s.ApplyText(`apiVersion: v1
kind: Secret
metadata: {name: git-login, namespace: argocd, labels: {argocd.argoproj.io/secret-type: repo-creds}}
stringData: {type: git, url: "https://git.lab.internal:3000/", username: lab, password: lab}
`)
}

var storeKey = map[string]string{"ACCESS_KEY_ID": "lab", "ACCESS_SECRET_KEY": "lab-secret-key"}

func (s *Story) secret(namespace, name string, kind corev1.SecretType, content map[string]string) {
	s.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Type: kind, StringData: content}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	s.ApplyText(mustYAML(secret))
}
