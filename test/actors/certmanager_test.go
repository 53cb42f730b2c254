package actors_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/actors"
)

const (
	issuer = `
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: %s}
spec: {acme: {server: "https://acme.example.com/directory", privateKeySecretRef: {name: account}, solvers: [{http01: {ingress: {ingressClassName: nginx}}}]}}
`
	certificate = `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web-tls}
spec:
  secretName: web-tls
  dnsNames: [web.example.com]
  issuerRef: {group: cert-manager.io, kind: ClusterIssuer, name: %s}
  privateKey: {algorithm: ECDSA, size: 256, rotationPolicy: Always}
`
)

func certStep(o *unstructured.Unstructured) string {
	var steps []string
	list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, entry := range list {
		c := entry.(map[string]any)
		steps = append(steps, fmt.Sprintf("%s=%s/%s@%v", c["type"], c["status"], c["reason"], c["observedGeneration"]))
	}
	return fmt.Sprint(strings.Join(steps, " "), " revision=", get(o, "status", "revision"))
}

func TestCertManagerIssues(t *testing.T) {
	ns := stageIn(t, "cert-right")
	play(t, actors.NewCertManager(config, actors.CertManagerOptions{}))
	apply(t, "", fmt.Sprintf(issuer, ns))
	registered := await(t, "ClusterIssuer", "", ns, "registered", condition("Ready", "True", "ACMEAccountRegistered"))
	managedBy(t, registered, "cert-manager-clusterissuers Update status")
	tape := record(t, "Certificate", ns, "web-tls")
	apply(t, ns, fmt.Sprintf(certificate, ns))
	steps := tape.until(t, certStep, "Ready=True/Ready@1 revision=1")
	sameSteps(t, steps, []string{
		" revision=<nil>",
		"Ready=False/DoesNotExist@1 revision=<nil>",
		"Ready=False/DoesNotExist@1 Issuing=True/DoesNotExist@1 revision=<nil>",
		"Ready=False/DoesNotExist@1 revision=1",
		"Ready=True/Ready@1 revision=1",
	})
	cert := fetch(t, "Certificate", ns, "web-tls")
	holds(t, cert, `status: {notBefore: "*", conditions: [{message: Certificate is up to date and has not expired}]}`)
	managedBy(t, cert, "cert-manager-certificates-readiness Update status", "cert-manager-certificates-issuing Update status")
	asRecorded(t, cert, "edge/certificate.yaml")

	secret := fetch(t, "Secret", ns, "web-tls")
	managedBy(t, secret, "cert-manager-certificates-issuing Apply")
	if len(secret.GetOwnerReferences()) > 0 || get(secret, "type") != "kubernetes.io/tls" {
		t.Errorf("the Secret has owners %v and type %v", secret.GetOwnerReferences(), get(secret, "type"))
	}
	leaf := keyPair(t, secret)
	if err := leaf.VerifyHostname("web.example.com"); err != nil {
		t.Error(err)
	}
	if text, _ := get(cert, "status", "notAfter").(string); text != leaf.NotAfter.UTC().Format(time.RFC3339) {
		t.Errorf("notAfter is %s, of the certificate %s", text, leaf.NotAfter)
	}
	renewal, err := time.Parse(time.RFC3339, get(cert, "status", "renewalTime").(string))
	if err != nil || renewal.Sub(leaf.NotBefore) != 60*24*time.Hour {
		t.Errorf("renewal after %s, want two thirds of 90 days: %v", renewal.Sub(leaf.NotBefore), err)
	}

	t.Run("an edit is issued again", func(t *testing.T) {
		edit(t, "Certificate", ns, "web-tls", `spec: {dnsNames: [web.example.com, www.example.com]}`)
		steps := tape.until(t, certStep, "Ready=True/Ready@2 revision=2")
		if all := strings.Join(steps, "\n"); !strings.Contains(all, "Ready=False/RequestChanged@2") {
			t.Errorf("never unready for the new generation:\n%s", all)
		}
		if err := keyPair(t, fetch(t, "Secret", ns, "web-tls")).VerifyHostname("www.example.com"); err != nil {
			t.Error(err)
		}
	})
	t.Run("the Secret outlives it and is found again", func(t *testing.T) {
		before := fetch(t, "Secret", ns, "web-tls").GetResourceVersion()
		remove(t, "Certificate", ns, "web-tls")
		awaitGone(t, "Certificate", ns, "web-tls")
		apply(t, ns, strings.Replace(fmt.Sprintf(certificate, ns), "[web.example.com]", "[web.example.com, www.example.com]", 1))
		await(t, "Certificate", ns, "web-tls", "ready", condition("Ready", "True", "Ready"))
		if after := fetch(t, "Secret", ns, "web-tls").GetResourceVersion(); after != before {
			t.Error("the Secret was issued again")
		}
	})
	t.Run("a second Certificate for the Secret is refused", func(t *testing.T) {
		apply(t, ns, strings.Replace(fmt.Sprintf(certificate, ns), "name: web-tls}", "name: thief}", 1))
		thief := await(t, "Certificate", ns, "thief", "refused", condition("Ready", "False", "IncorrectCertificate"))
		holds(t, thief, `status: {conditions: [{message: 'Secret was issued for "web-tls". If this message is not transient, you might have two conflicting Certificates pointing to the same secret.'}]}`)
	})
}

func keyPair(t *testing.T, secret *unstructured.Unstructured) *x509.Certificate {
	t.Helper()
	var parts [2][]byte
	for i, name := range []string{"tls.crt", "tls.key"} {
		encoded, _ := get(secret, "data", name).(string)
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = decoded
	}
	pair, err := tls.X509KeyPair(parts[0], parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func TestCertManagerWaits(t *testing.T) {
	waiting := both(condition("Ready", "False", "DoesNotExist"), condition("Issuing", "True", "DoesNotExist"))
	for _, m := range []actors.Mode{actors.ChallengePending, actors.IssuerNotFound, actors.IssuerNotReady} {
		t.Run(string(m), func(t *testing.T) {
			ns := stageIn(t, "cert-"+strings.ToLower(string(m)))
			c := actors.NewCertManager(config, actors.CertManagerOptions{})
			behave(t, c, mode(m))
			play(t, c)
			apply(t, "", fmt.Sprintf(issuer, ns))
			apply(t, ns, fmt.Sprintf(certificate, ns))
			await(t, "Certificate", ns, "web-tls", "waiting", waiting)
			cert := stays(t, "Certificate", ns, "web-tls", 300*time.Millisecond)
			holds(t, cert, `status: {conditions: [{type: Ready, message: Issuing certificate as Secret does not exist}, {type: Issuing, message: Issuing certificate as Secret does not exist}]}`)
			if m == actors.IssuerNotReady {
				await(t, "ClusterIssuer", "", ns, "not registered", condition("Ready", "False", "ErrRegisterACMEAccount"))
			}
			behave(t, c, mode(""))
			await(t, "Certificate", ns, "web-tls", "ready", condition("Ready", "True", "Ready"))
		})
	}
	t.Run("for an issuer that comes later", func(t *testing.T) {
		ns := stageIn(t, "cert-later")
		play(t, actors.NewCertManager(config, actors.CertManagerOptions{}))
		apply(t, ns, fmt.Sprintf(certificate, ns))
		await(t, "Certificate", ns, "web-tls", "waiting", waiting)
		apply(t, "", fmt.Sprintf(issuer, ns))
		await(t, "Certificate", ns, "web-tls", "ready", condition("Ready", "True", "Ready"))
	})
}

func TestCertManagerFailsAndBacksOff(t *testing.T) {
	ns := stageIn(t, "cert-failed")
	c := actors.NewCertManager(config, actors.CertManagerOptions{MinimumBackoff: time.Second})
	behave(t, c, mode(actors.IssuanceFailed))
	play(t, c)
	apply(t, "", fmt.Sprintf(issuer, ns))
	apply(t, ns, fmt.Sprintf(certificate, ns))
	first := await(t, "Certificate", ns, "web-tls", "failed", both(condition("Issuing", "False", "Failed"), is(int64(1), "status", "failedIssuanceAttempts")))
	holds(t, first, `status: {lastFailureTime: "*", conditions: [{type: Ready, status: "False", reason: DoesNotExist}, "*"]}`)
	if message, _ := conditionOf(first, "Issuing")["message"].(string); !strings.HasPrefix(message, "The certificate request has failed to complete and will be retried: ") {
		t.Errorf("the message is %q", message)
	}
	await(t, "Certificate", ns, "web-tls", "tried again", both(condition("Issuing", "False", "Failed"), is(int64(2), "status", "failedIssuanceAttempts")))
	if fetch(t, "Secret", ns, "web-tls") != nil {
		t.Error("a failed issuance made a Secret")
	}
	behave(t, c, mode(""))
	cert := await(t, "Certificate", ns, "web-tls", "ready in the end", condition("Ready", "True", "Ready"))
	if get(cert, "status", "lastFailureTime") != nil || conditionOf(cert, "Issuing") != nil {
		t.Errorf("the failure stays:\n%s", dump(cert))
	}
}
