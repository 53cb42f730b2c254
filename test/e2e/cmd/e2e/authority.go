package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/e2e/suite"
)

// acme writes the ClusterIssuer of the ACME server, with the certificate that its own HTTPS is to be trusted by.
func (i installer) acme() error {
	authority, err := os.ReadFile(authorityFile(i.state))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(i.state, "peers", "issuers", "acme.yaml"), fmt.Appendf(nil, `apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: lab-acme}
spec:
  acme:
    server: https://acme.lab.internal:14000/dir
    caBundle: %s
    privateKeySecretRef: {name: lab-acme}
    solvers:
    - http01: {ingress: {ingressClassName: nginx}}
`, base64.StdEncoding.EncodeToString(authority)), 0o644)
}

// authorityFile holds the certificate that the node's own servers are to be trusted by.
func authorityFile(state string) string { return filepath.Join(state, "pki", "ca.crt") }

// authority writes the certificates that the hosts of apps are to be trusted by: the lab's own, and the ACME server's, which
// is another one each time.
func (i installer) authority() error {
	if err := i.run("wait", "-n", "cert-manager", "certificate/lab-ca", "--for=condition=Ready", "--timeout=120s"); err != nil {
		return err
	}
	encoded, err := i.output("get", "secret", "-n", "cert-manager", "lab-ca", "-o", `jsonpath={.data.tls\.crt}`)
	if err != nil {
		return err
	}
	own, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	acme, err := i.ask("https://" + node.Address + ":15000/roots/0")
	if err != nil {
		return fmt.Errorf("asking the ACME server for its root: %w", err)
	}
	return os.WriteFile(filepath.Join(i.state, "edge-ca.crt"), append(own, acme...), 0o644)
}

// ask a server of the node over HTTPS.
func (i installer) ask(url string) ([]byte, error) {
	authority, err := os.ReadFile(authorityFile(i.state))
	if err != nil {
		return nil, err
	}
	client, err := suite.NewClient("", authority)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(i.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // read below
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 1<<20))
}
