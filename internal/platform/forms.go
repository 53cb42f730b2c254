package platform

import "regexp"

// The forms of an AfroPlatform's texts.
var (
	// repositoryForm may be plain http here: inside a cluster some Git servers speak nothing else.
	repositoryForm = form{regexp.MustCompile(`^(https?://|ssh://git@|git@)[A-Za-z0-9._:/-]+$`), 512, "not a repository URL",
		"use https://host/path.git or git@host:path.git, without user, password or '..'"}
	// sourceForm keeps '..' out by its pattern: CEL's look at ten thousand URLs would cost the API server too much.
	sourceForm    = form{regexp.MustCompile(`^(https?://|ssh://git@|git@)[A-Za-z0-9_:/-]+([.][A-Za-z0-9_:/-]+)*$`), repositoryForm.maxLength, repositoryForm.cause, repositoryForm.remedy}
	chartForm     = form{folder, 256, "not a folder in the repository", "write a relative path without '..'"}
	labelForm     = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`), 63, "not a DNS label", "use lower-case letters, digits and '-'"}
	subdomainForm = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`), 253, "not the name of an object", "use lower-case letters, digits, '-' and '.'"}
	registryForm  = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$`), 253, "not the host of a registry", "write for example ghcr.io, with the port where it is not the default"}
	grantForm     = form{regexp.MustCompile(`^([*]|[a-z0-9]([a-z0-9-]*[a-z0-9])?)$`), 63, "not the name of a namespace", `write its name, or "*" for every namespace`}
	prefixForm    = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$`), 512, "not a repository prefix",
		"write a registry and whole path elements, for example ghcr.io/acme"}
	domainForm  = form{hostForm.pattern, hostForm.maxLength, "not a domain", "write it without '*.', for example example.com"}
	tailForm    = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`), 253, "not the domain of a tailnet", "write for example tail1a2b.ts.net"}
	clusterForm = form{regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`), 50, "not the name of a Cluster", "use lower-case letters, digits and '-', beginning with a letter"}
	serverForm  = form{regexp.MustCompile(`^[a-z0-9][A-Za-z0-9._:/@-]*$`), 512, "not an image", "write registry/repository:tag of a PostgreSQL image"}
	bucketForm  = form{regexp.MustCompile(`^[A-Za-z0-9-]{6,}$`), 63, "not the name of a bucket", "write it as Backblaze shows it; at least 6 characters"}
	regionForm  = form{regexp.MustCompile(`^[a-z0-9-]+$`), 63, "not a region", "write for example eu-central-003"}
	urlForm     = form{regexp.MustCompile(`^https?://[A-Za-z0-9.:-]+$`), 253, "not an endpoint", "write for example https://s3.eu-central-003.backblazeb2.com"}
	archiveForm = form{regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$`), 128, "not a prefix", "use letters, digits, '.', '_', '-' and '/'"}
	priceForm   = form{regexp.MustCompile(`^[0-9]+([.][0-9]+)?$`), 16, "not a price", "write it in US dollars, for example 0.006"}
	grantedForm = form{regexp.MustCompile(`^([*]|[A-Za-z0-9][A-Za-z0-9._/-]*)$`), 128, "not a revision that can be granted", "write a branch or tag by its name, without refs/, or '*' for any"}
	groupForm   = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`), 253, "not an API group", "write it out, without version or wildcard, for example keda.sh"}
	kindForm    = form{regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`), 63, "not a kind", "write it as it stands in a manifest, without a wildcard, for example ScaledObject"}
	// authorityForm is not read further: a bundle that holds no certificate makes the first question fail, and says so.
	authorityForm = form{regexp.MustCompile(`-----BEGIN CERTIFICATE-----`), 65536, "no PEM certificate in it", "write the certificate of the authority, from BEGIN to END CERTIFICATE"}
	intervalForm  = form{wholeTimes, 32, "not an interval", "write 30s to 24h, for example 5m"}
	anyForm       = func(maxLength int) form { return form{regexp.MustCompile(``), maxLength, "", ""} }
	nameForm      = form{regexp.MustCompile(`.`), 63, "missing", "name the grant"}
)
