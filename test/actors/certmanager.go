package actors

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// Modes of CertManager.
const (
	// ChallengePending waits for a challenge that never passes: Issuing for good, and no failure. cert-manager
	// retries the self-check every ten seconds until somebody helps.
	ChallengePending Mode = "ChallengePending"
	// IssuerNotFound does not find the issuer: Issuing for good, and no word about it on the Certificate.
	IssuerNotFound Mode = "IssuerNotFound"
	// IssuanceFailed fails each attempt; the next one comes after an hour, then twice as long, at most 32 hours.
	IssuanceFailed Mode = "Failed"
	// IssuerNotReady has ClusterIssuers without an account: Certificates wait.
	IssuerNotReady Mode = "IssuerNotReady"
)

// What fails when IssuanceFailed is played: a limit of Let's Encrypt, final for the order.
const orderFailure = `Failed to wait for order resource "%s-1-1" to become ready: order is in "errored" state: Failed to create Order: ` +
	`429 urn:ietf:params:acme:error:rateLimited: too many certificates (50) already issued for "example.com" in the last 168h0m0s`

// Field managers are those of cert-manager's controllers.
const (
	certTrigger   = "cert-manager-certificates-trigger"
	certReadiness = "cert-manager-certificates-readiness"
	certIssuing   = "cert-manager-certificates-issuing"
	issuerManager = "cert-manager-clusterissuers"
)

// CertManagerOptions are the flags of the played cert-manager.
type CertManagerOptions struct {
	// MinimumBackoff after the first failure; it doubles each time, 32 times at most. Default: 1h.
	MinimumBackoff time.Duration
}

// CertManager plays cert-manager v1.21 with any ClusterIssuer: every name is issued, with real keys and real
// self-signed certificates.
type CertManager struct {
	role
	options CertManagerOptions
}

// NewCertManager makes a cert-manager that does not run yet.
func NewCertManager(config *rest.Config, o CertManagerOptions) *CertManager {
	if o.MinimumBackoff == 0 {
		o.MinimumBackoff = time.Hour
	}
	c := &CertManager{options: o}
	c.role = newRole(config, "cert-manager", "cert-manager", ChallengePending, IssuerNotFound, IssuanceFailed, IssuerNotReady)
	c.cast = c.play
	return c
}

func (c *CertManager) play(p *player) error {
	return firstError(
		p.on(certificates, c.certificate),
		p.on(clusterIssuers, c.issuer),
		p.also(clusterIssuers, func(issuer *object) []key {
			return keysOf(certificates, p.view.where(certificates, "", "issuerRef.name", issuer.GetName()))
		}),
	)
}

// issuer registers its account.
func (c *CertManager) issuer(s *scene) error {
	if s.object == nil {
		return nil
	}
	ready := condition{"Ready", "True", "ACMEAccountRegistered", "The ACME account was registered with the ACME server",
		s.object.GetGeneration()}
	if mapping(s.object, "spec", "acme") == nil {
		ready.reason, ready.message = "IsReady", ""
	}
	if s.mode() == IssuerNotReady {
		ready.status, ready.reason = "False", "ErrRegisterACMEAccount"
		ready.message = "Failed to register ACME account: 403 urn:ietf:params:acme:error:unauthorized: account is deactivated"
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.as(issuerManager).putStatus(clusterIssuers, s.object, func(o *object) { setCondition(o, ready, s.now()) })
	return err
}

// certificate goes as far as it can: triggered, issued or failed, ready.
func (c *CertManager) certificate(s *scene) error {
	cert := s.object
	if cert == nil || cert.GetDeletionTimestamp() != nil || isReady(cert) {
		return nil
	}
	reason, message, err := c.whyIssue(s, cert)
	if err != nil {
		return err
	}
	if reason == "" {
		return c.ready(s, cert)
	}
	if wait := c.backingOff(cert); wait > 0 {
		s.again(wait)
		return nil
	}
	if cert, err = c.trigger(s, cert, reason, message); err != nil {
		return err
	}
	if reason == anothersSecret || s.mode() == ChallengePending || !c.issuerReady(s, cert) {
		return nil
	}
	if err := s.step(); err != nil {
		return err
	}
	if s.mode() == IssuanceFailed {
		return c.fail(s, cert)
	}
	return c.issue(s, cert)
}

func isReady(cert *object) bool {
	ready := getCondition(cert, "Ready")
	return ready["status"] == "True" && integer(ready["observedGeneration"]) == cert.GetGeneration() && !isCondition(cert, "Issuing", "True")
}

// whyIssue compares the Secret with the Certificate. No reason: it is right as it is.
func (c *CertManager) whyIssue(s *scene, cert *object) (reason, message string, err error) {
	secret, err := s.fetch(secrets, cert.GetNamespace(), text(cert, "spec", "secretName"))
	if err != nil {
		return "", "", err
	}
	if secret == nil {
		return "DoesNotExist", "Issuing certificate as Secret does not exist", nil
	}
	annotations := secret.GetAnnotations()
	if issuer := text(cert, "spec", "issuerRef", "name"); annotations[certAnnotation+"issuer-name"] != issuer {
		return "IncorrectIssuer", fmt.Sprintf("Issuing certificate as Secret was previously issued by %q",
			annotations[certAnnotation+"issuer-kind"]+"."+annotations[certAnnotation+"issuer-group"]+"/"+annotations[certAnnotation+"issuer-name"]), nil
	}
	if other := annotations[certAnnotation+"certificate-name"]; other != cert.GetName() {
		return anothersSecret, fmt.Sprintf("Secret was issued for %q. If this message is not transient, "+
			"you might have two conflicting Certificates pointing to the same secret.", other), nil
	}
	if annotations[certAnnotation+"alt-names"] != strings.Join(texts(field(cert.Object, "spec", "dnsNames")), ",") {
		return "RequestChanged", "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]", nil
	}
	return "", "", nil
}

// backingOff is how long the last failure still counts. An edit of the Certificate ends it.
func (c *CertManager) backingOff(cert *object) time.Duration {
	failed, err := time.Parse(time.RFC3339, text(cert, "status", "lastFailureTime"))
	issuing := getCondition(cert, "Issuing")
	if err != nil || issuing["status"] != "False" || integer(issuing["observedGeneration"]) != cert.GetGeneration() {
		return 0
	}
	attempts := min(number(cert, "status", "failedIssuanceAttempts"), 6)
	return time.Until(failed.Add(c.options.MinimumBackoff << (attempts - 1)))
}

// anothersSecret is found, but starts no issuance: two Certificates would take the Secret from each other for ever.
const anothersSecret = "IncorrectCertificate"

// trigger is written by two controllers, each its condition.
func (c *CertManager) trigger(s *scene, cert *object, reason, message string) (*object, error) {
	for _, part := range []struct{ manager, kind, status string }{{certReadiness, "Ready", "False"}, {certTrigger, "Issuing", "True"}} {
		if part.kind == "Issuing" && reason == anothersSecret {
			continue
		}
		if isCondition(cert, part.kind, part.status) && integer(getCondition(cert, part.kind)["observedGeneration"]) == cert.GetGeneration() {
			continue
		}
		if err := s.step(); err != nil {
			return nil, err
		}
		var err error
		cert, err = s.as(part.manager).putStatus(certificates, cert, func(o *object) {
			setCondition(o, condition{part.kind, part.status, reason, message, o.GetGeneration()}, s.now())
		})
		if err != nil {
			return nil, err
		}
	}
	return cert, nil
}

func (c *CertManager) issuerReady(s *scene, cert *object) bool {
	name := text(cert, "spec", "issuerRef", "name")
	issuer := s.get(clusterIssuers, "", name)
	found := issuer != nil && s.mode() != IssuerNotFound && text(cert, "spec", "issuerRef", "kind") == clusterIssuers.name
	return found && s.mode() != IssuerNotReady && isCondition(issuer, "Ready", "True")
}

func (c *CertManager) fail(s *scene, cert *object) error {
	message := "The certificate request has failed to complete and will be retried: " + fmt.Sprintf(orderFailure, cert.GetName())
	cert, err := s.as(certIssuing).putStatus(certificates, cert, func(o *object) {
		set(o, s.now(), "status", "lastFailureTime")
		set(o, number(o, "status", "failedIssuanceAttempts")+1, "status", "failedIssuanceAttempts")
		setCondition(o, condition{"Issuing", "False", "Failed", message, o.GetGeneration()}, s.now())
	})
	if err != nil {
		return err
	}
	s.again(c.backingOff(cert))
	return nil
}
