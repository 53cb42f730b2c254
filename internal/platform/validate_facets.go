package platform

import "github.com/afrotomation/afroapp/api/v1alpha1"

func (rs *Refusals) edge(e *v1alpha1.Edge) {
	const f = "spec.edge."
	if e.Dialect == "" {
		rs.invalid(f+"dialect", "missing", "choose one of IngressNginx, Traefik and Gateway")
	}
	oneOf(rs, f+"dialect", e.Dialect, v1alpha1.DialectIngressNginx, v1alpha1.DialectTraefik, v1alpha1.DialectGateway)
	rs.text(f+"ingressClassName", e.IngressClassName, subdomainForm)
	if e.Dialect == v1alpha1.DialectGateway && e.Gateway == nil {
		rs.invalid(f+"gateway", "missing; dialect Gateway needs the Gateway that routes attach to", "set namespace and name")
	}
	if g := e.Gateway; g != nil {
		rs.must(f+"gateway.namespace", g.Namespace, labelForm)
		rs.must(f+"gateway.name", g.Name, subdomainForm)
		rs.text(f+"gateway.httpsListener", g.HTTPSListener, subdomainForm)
		rs.text(f+"gateway.httpListener", g.HTTPListener, subdomainForm)
	}
	if t := e.TLS; t != nil {
		oneOf(rs, f+"tls.mode", t.Mode, v1alpha1.TLSWildcard, v1alpha1.TLSPerHost, v1alpha1.TLSOff)
		rs.set(f+"tls.wildcards", t.Wildcards, 20, domainForm)
		rs.text(f+"tls.clusterIssuer", t.ClusterIssuer, subdomainForm)
	}
	if t := e.Tailnet; t != nil {
		rs.must(f+"tailnet.domain", t.Domain, tailForm)
		rs.text(f+"tailnet.ingressClassName", t.IngressClassName, subdomainForm)
		rs.text(f+"tailnet.proxyGroup", t.ProxyGroup, labelForm)
	}
}

func (rs *Refusals) databases(d *v1alpha1.PlatformDatabase) {
	const f = "spec.database."
	if s := d.Shared; s != nil {
		rs.must(f+"shared.namespace", s.Namespace, labelForm)
		rs.must(f+"shared.name", s.Name, clusterForm)
		if m := s.Managed; m != nil {
			rs.count(f+"shared.managed.instances", m.Instances, 9)
			rs.text(f+"shared.managed.storageClassName", m.StorageClassName, subdomainForm)
			rs.text(f+"shared.managed.imageName", m.ImageName, serverForm)
		}
	}
	if s := d.Dedicated; s != nil {
		rs.count(f+"dedicated.maxInstances", s.MaxInstances, 9)
		rs.text(f+"dedicated.storageClassName", s.StorageClassName, subdomainForm)
		rs.text(f+"dedicated.imageName", s.ImageName, serverForm)
	}
	rs.set(f+"extensions", d.Extensions, 50, extensionForm)
}

func (rs *Refusals) backup(b *v1alpha1.PlatformBackup) {
	const f = "spec.backup."
	rs.must(f+"b2.bucket", b.B2.Bucket, bucketForm)
	rs.must(f+"b2.region", b.B2.Region, regionForm)
	rs.text(f+"b2.endpoint", b.B2.Endpoint, urlForm)
	rs.text(f+"b2.prefix", b.B2.Prefix, archiveForm)
	rs.must(f+"b2.secretName", b.B2.SecretName, secretName)
	rs.text(f+"b2.pricePerGBMonth", b.B2.PricePerGBMonth, priceForm)
	if n := b.B2.FreeGB; n != nil && *n < 0 {
		rs.invalid(f+"b2.freeGB", "negative", "write the amount that costs nothing, in GB")
	}
	oneOf(rs, f+"schedule", b.Schedule, v1alpha1.BackupHourly, v1alpha1.BackupDaily, v1alpha1.BackupWeekly)
	rs.text(f+"retention", b.Retention, retentionForm)
}
