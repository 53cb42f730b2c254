package node

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// identity is a certificate of the node's authority, and who it names.
type identity struct {
	file, name, group string
	hosts             []string // for servers
	kubeconfig        string   // for clients; the file's name, if it has one
}

var identities = []identity{
	{file: "apiserver", name: "kube-apiserver", hosts: []string{
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
		"127.0.0.1", Address, "10.96.0.1",
	}},
	{file: "kubelet-server", name: "lab", hosts: []string{"lab", Address}},
	{file: "acme", name: "acme", hosts: []string{"acme.lab.internal", Address}},
	{file: "git", name: "git", hosts: []string{"git.lab.internal", Address}},
	{file: "kubelet-client", name: "apiserver-kubelet", group: "system:masters"},
	{file: "admin", name: "admin", group: "system:masters", kubeconfig: "admin"},
	{file: "kubelet", name: "system:node:lab", group: "system:nodes", kubeconfig: "kubelet"},
	{file: "scheduler", name: "system:kube-scheduler", kubeconfig: "scheduler"},
	{file: "kcm", name: "system:kube-controller-manager", kubeconfig: "kcm"},
	{file: "proxy", name: "system:kube-proxy", kubeconfig: "proxy"},
}

// life is far beyond any run; the keys go with the state folder.
const life = 48 * time.Hour

func writeIdentities(state string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority, err := cert.NewSelfSignedCACert(cert.Config{CommonName: "lab"}, key)
	if err != nil {
		return err
	}
	pki := filepath.Join(state, "pki")
	if err := writePair(pki, "ca", authority.Raw, key); err != nil {
		return err
	}
	for i, id := range identities {
		if err := id.write(state, int64(i+2), authority, key); err != nil {
			return err
		}
	}
	return writeServiceAccountKey(pki)
}

func (id identity) write(state string, serial int64, authority *x509.Certificate, signer crypto.Signer) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: id.name},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if id.group != "" {
		template.Subject.Organization = []string{id.group}
	}
	for _, host := range id.hosts {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), signer)
	if err != nil {
		return err
	}
	if err := writePair(filepath.Join(state, "pki"), id.file, raw, key); err != nil {
		return err
	}
	if id.kubeconfig == "" {
		return nil
	}
	return id.writeKubeconfig(state)
}

func (id identity) writeKubeconfig(state string) error {
	config := api.NewConfig()
	config.Clusters["lab"] = &api.Cluster{Server: "https://" + Address + ":6443", CertificateAuthority: filepath.Join(state, "pki", "ca.crt")}
	config.AuthInfos["lab"] = &api.AuthInfo{
		ClientCertificate: filepath.Join(state, "pki", id.file+".crt"), ClientKey: filepath.Join(state, "pki", id.file+".key"),
	}
	config.Contexts["lab"] = &api.Context{Cluster: "lab", AuthInfo: "lab"}
	config.CurrentContext = "lab"
	return clientcmd.WriteToFile(*config, filepath.Join(state, "kubeconfig", id.kubeconfig))
}

func writePair(dir, name string, raw []byte, key crypto.PrivateKey) error {
	encoded, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return err
	}
	if err := keyutil.WriteKey(filepath.Join(dir, name+".key"), encoded); err != nil {
		return err
	}
	return cert.WriteCert(filepath.Join(dir, name+".crt"), pem.EncodeToMemory(&pem.Block{Type: cert.CertificateBlockType, Bytes: raw}))
}

func writeServiceAccountKey(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	private, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "sa.pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o644); err != nil {
		return err
	}
	return keyutil.WriteKey(filepath.Join(dir, "sa.key"), private)
}
