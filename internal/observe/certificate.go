package observe

import (
	"regexp"
	"slices"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// certificate tells whether the certificate of the hosts was issued. What the edge then serves is the hop Answer.
func (l lens) certificate() verdict {
	switch {
	case l.edge.tailnet:
		return notProbed("the tailnet brings its own certificate")
	case l.edge.tls == v1alpha1.TLSWildcard:
		return notProbed("the edge serves the platform's wildcard certificate, which this version does not look at")
	}
	if v, bad := l.blocked(v1alpha1.HopCertificate); bad {
		return v
	}
	if !l.edge.routed {
		return behind(v1alpha1.HopHostClaim)
	}
	cert := l.Children.Certificate
	if cert == nil {
		return l.absent("Certificate", v1alpha1.ReasonCertificateNotReady, "see who deletes it or takes its labels off")
	}
	return l.issued(cert)
}

func (l lens) issued(cert *certmanagerv1.Certificate) verdict {
	ready := conditionOf(cert, certmanagerv1.CertificateConditionReady)
	describe := "kubectl -n " + cert.Namespace + " describe certificate,certificaterequest,order,challenge"
	if ready == nil || ready.ObservedGeneration < cert.Generation {
		return waits(v1alpha1.ReasonNotYetReported, "cert-manager has not answered yet").
			orElse(certificateGrace, v1alpha1.ReasonCertificateNotReady, "cert-manager has not answered", "see whether cert-manager runs, and what its log says")
	}
	if ready.Status == cmmeta.ConditionTrue {
		return l.valid(cert, describe)
	}
	if text, missing := issuerMissing(cert); missing {
		return stuck(v1alpha1.ReasonIssuerMissing, "cert-manager: "+text, "ask the admin of the cluster to create the ClusterIssuer, or to mend spec.edge.tls.clusterIssuer of the AfroPlatform")
	}
	message := "cert-manager: " + quote(ready.Message)
	if issuing := conditionOf(cert, certmanagerv1.CertificateConditionIssuing); cert.Status.LastFailureTime != nil {
		if issuing != nil && issuing.Message != "" {
			message = "cert-manager: " + quote(issuing.Message)
		}
		return stuck(v1alpha1.ReasonCertificateFailed, message, "mend the cause; cert-manager tries again by itself, each time later (cmctl renew asks at once): "+describe)
	}
	return waits(v1alpha1.ReasonProgressing, message).orElse(certificateGrace, v1alpha1.ReasonCertificateNotReady, message,
		"see which challenge does not pass: "+describe)
}

// valid looks at the end of a certificate too: when cert-manager is gone its last word stays Ready.
func (l lens) valid(cert *certmanagerv1.Certificate, describe string) verdict {
	end := cert.Status.NotAfter
	switch {
	case end == nil:
		return passed()
	case l.Now.Before(end.Time):
		return passed().lookAgain(end.Time)
	}
	return stuck(v1alpha1.ReasonCertificateNotReady, "the certificate has expired, and cert-manager does not say so", "see whether cert-manager runs: "+describe)
}

func conditionOf(cert *certmanagerv1.Certificate, t certmanagerv1.CertificateConditionType) *certmanagerv1.CertificateCondition {
	i := slices.IndexFunc(cert.Status.Conditions, func(c certmanagerv1.CertificateCondition) bool { return c.Type == t })
	if i < 0 {
		return nil
	}
	return &cert.Status.Conditions[i]
}

var missingIssuer = regexp.MustCompile(`(?i)issuer"? (does not exist|not found)|clusterissuers?\.cert-manager\.io .*not found`)

// issuerMissing looks for cert-manager's words in the conditions: the ClusterIssuer itself is not read.
func issuerMissing(cert *certmanagerv1.Certificate) (string, bool) {
	for _, c := range cert.Status.Conditions {
		if missingIssuer.MatchString(c.Message) {
			return quote(c.Message), true
		}
	}
	return "", false
}
