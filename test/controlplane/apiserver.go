package controlplane

import (
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

func (cp *ControlPlane) startAPIServer(assets string, o Options) error {
	store, err := cp.etcd(assets)
	if err != nil {
		return err
	}
	server, err := cp.apiServer(assets, o)
	if err != nil {
		return err
	}
	no := false
	cp.env = &envtest.Environment{
		// USE_EXISTING_CLUSTER in the environment would turn the tests loose on a real cluster.
		UseExistingCluster:       &no,
		ControlPlane:             envtest.ControlPlane{Etcd: store, APIServer: server},
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  stopTimeout,
		CRDDirectoryPaths:        o.CRDPaths,
		ErrorIfCRDPathMissing:    true,
		CRDInstallOptions:        envtest.CRDInstallOptions{CRDs: copies(o.CRDs), MaxTime: startTimeout},
	}
	if _, err := cp.env.Start(); err != nil {
		return fmt.Errorf("starting the API server: %w%s%s", err, cp.lastWords(etcd), cp.lastWords(kubeAPIServer))
	}
	return nil
}

func (cp *ControlPlane) etcd(assets string) (*envtest.Etcd, error) {
	data := cp.path("etcd-data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, fmt.Errorf("making etcd's data folder: %w", err)
	}
	launcher, log, err := cp.prepare(assets, etcd)
	if err != nil {
		return nil, err
	}
	return &envtest.Etcd{Path: launcher, DataDir: data, Out: log, Err: log}, nil
}

func (cp *ControlPlane) apiServer(assets string, o Options) (*envtest.APIServer, error) {
	certs := cp.path("certificates")
	if err := os.Mkdir(certs, 0o700); err != nil {
		return nil, fmt.Errorf("making the certificate folder: %w", err)
	}
	launcher, log, err := cp.prepare(assets, kubeAPIServer)
	if err != nil {
		return nil, err
	}
	server := &envtest.APIServer{Path: launcher, CertDir: certs, Out: log, Err: log}
	for name, values := range o.APIServerFlags {
		server.Configure().Set(name, values...)
	}
	if o.AuditLog == "" {
		return server, nil
	}
	policy := cp.path("audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		return nil, fmt.Errorf("writing the audit policy: %w", err)
	}
	file, err := filepath.Abs(o.AuditLog)
	if err != nil {
		return nil, fmt.Errorf("audit log %s: %w", o.AuditLog, err)
	}
	server.Configure().Set("audit-policy-file", policy).Set("audit-log-path", file).Set("audit-log-mode", "blocking")
	return server, nil
}

// copies are needed because envtest writes into what it installs, and callers share theirs.
func copies(crds []*apiextensionsv1.CustomResourceDefinition) []*apiextensionsv1.CustomResourceDefinition {
	var out []*apiextensionsv1.CustomResourceDefinition
	for _, crd := range crds {
		out = append(out, crd.DeepCopy())
	}
	return out
}
