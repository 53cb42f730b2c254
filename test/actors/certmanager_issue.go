package actors

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	certAnnotation = "cert-manager.io/"
	// lifetime of a certificate that does not ask for one: that of Let's Encrypt's classic profile.
	lifetime = 90 * 24 * time.Hour
)

// issue stores the key pair, then says so: one controller counts the revision and ends the issuance, another
// finds the certificate right.
func (c *CertManager) issue(s *scene, cert *object) error {
	pair, err := newKeyPair(cert)
	if err != nil {
		return err
	}
	if err := s.storeKeyPair(cert, pair); err != nil {
		return err
	}
	if err := s.step(); err != nil {
		return err
	}
	cert, err = s.as(certIssuing).putStatus(certificates, cert, func(o *object) {
		set(o, number(o, "status", "revision")+1, "status", "revision")
		removeCondition(o, "Issuing")
		unset(o, "status", "failedIssuanceAttempts")
		unset(o, "status", "lastFailureTime")
	})
	if err != nil {
		return err
	}
	return c.ready(s, cert)
}

// ready reads the dates from the certificate in the Secret. It is renewed after two thirds of its life.
func (c *CertManager) ready(s *scene, cert *object) error {
	secret, err := s.fetch(secrets, cert.GetNamespace(), text(cert, "spec", "secretName"))
	if err != nil {
		return err
	}
	issued, err := certificateIn(secret)
	if err != nil {
		return err
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err = s.as(certReadiness).putStatus(certificates, cert, func(o *object) {
		set(o, timestamp(issued.NotBefore), "status", "notBefore")
		set(o, timestamp(issued.NotAfter), "status", "notAfter")
		set(o, timestamp(issued.NotAfter.Add(-issued.NotAfter.Sub(issued.NotBefore)/3)), "status", "renewalTime")
		setCondition(o, condition{"Ready", "True", "Ready", "Certificate is up to date and has not expired", o.GetGeneration()}, s.now())
	})
	return err
}

// keyPair is PEM.
type keyPair struct{ certificate, key []byte }

func newKeyPair(cert *object) (keyPair, error) {
	names := texts(field(cert.Object, "spec", "dnsNames"))
	life := lifetime
	if wanted, err := time.ParseDuration(text(cert, "spec", "duration")); err == nil {
		life = wanted
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyPair{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return keyPair{}, err
	}
	now := time.Now().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: text(cert, "spec", "commonName")}, DNSNames: names,
		NotBefore: now, NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return keyPair{}, fmt.Errorf("signing for %q: %w", names, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return keyPair{}, err
	}
	return keyPair{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, nil
}

// storeKeyPair applies the Secret, without an owner: it outlives the Certificate.
func (s *scene) storeKeyPair(cert *object, pair keyPair) error {
	annotations := map[string]any{}
	for name, value := range map[string]string{
		"certificate-name": cert.GetName(),
		"common-name":      text(cert, "spec", "commonName"),
		"alt-names":        strings.Join(texts(field(cert.Object, "spec", "dnsNames")), ","),
		"ip-sans":          "",
		"uri-sans":         "",
		"issuer-name":      text(cert, "spec", "issuerRef", "name"),
		"issuer-kind":      text(cert, "spec", "issuerRef", "kind"),
		"issuer-group":     text(cert, "spec", "issuerRef", "group"),
	} {
		annotations[certAnnotation+name] = value
	}
	secret := &object{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
		"metadata": map[string]any{
			"name": text(cert, "spec", "secretName"), "namespace": cert.GetNamespace(), "annotations": annotations,
			"labels": map[string]any{"controller.cert-manager.io/fao": "true"},
		},
		"data": map[string]any{
			"tls.crt": base64.StdEncoding.EncodeToString(pair.certificate),
			"tls.key": base64.StdEncoding.EncodeToString(pair.key),
		},
	}}
	if s.behaviour.Wrong != nil {
		s.behaviour.Wrong(secret)
	}
	_, err := s.client(secrets, cert.GetNamespace()).Apply(s.ctx, secret.GetName(), secret, metav1.ApplyOptions{FieldManager: certIssuing, Force: true})
	return err
}

func certificateIn(secret *object) (*x509.Certificate, error) {
	if secret == nil {
		return nil, fmt.Errorf("the Secret is gone")
	}
	encoded, err := base64.StdEncoding.DecodeString(text(secret, "data", "tls.crt"))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(bytes.TrimSpace(encoded))
	if block == nil {
		return nil, fmt.Errorf("no certificate in Secret %s/%s", secret.GetNamespace(), secret.GetName())
	}
	return x509.ParseCertificate(block.Bytes)
}
