package build

import (
	"strings"

	"github.com/afrotomation/afroapp/test/pinned"
)

const cnpgModule = "github.com/cloudnative-pg/cloudnative-pg"

// PostgresImage is Debian's PostgreSQL in the shape that CloudNativePG expects: it reads the major version from the tag.
const PostgresImage = "ghcr.io/cloudnative-pg/postgresql:17-debian-trixie"

var cloudnativePG = Peer{
	Name:     "cnpg",
	Programs: []pinned.Program{wrapped("cnpg", cnpgModule, "/cmd/manager", "70 s", cnpgModule+"/pkg/versions.buildVersion={bare}")},
	Images: func(Sources) ([]Image, error) {
		return []Image{
			{
				Names: []string{"ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0"},
				Entries: []Entry{
					// The init container of an instance copies the manager of its architecture out of this image.
					{Path: "/operator", UID: 65532}, {Path: "/operator/manager_amd64", From: "{cnpg}", UID: 65532},
					{Path: "/manager", Link: "operator/manager_amd64"}, {Path: "/tmp", Mode: 0o1777},
				},
				User: "65532:65532", Entrypoint: []string{"/manager"},
			},
			{
				Names: []string{PostgresImage}, Root: &postgres, User: "26",
				Env: []string{"LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/17/bin"},
			},
		}, nil
	},
	Upstream: map[string]string{"releases/cnpg-1.30.0.yaml": "upstream.yaml"},
}

// postgres: Debian's gid 26 is "tape", which has to go before postgres 26:26 comes; without the JIT's libraries half remains.
var postgres = Root{
	Name: "postgresql", Packages: []string{"postgresql-common", "ca-certificates", "tzdata"},
	Hooks: []string{
		"--essential-hook=" + strings.Join([]string{
			`mkdir -p "$1/etc/postgresql-common"`,
			`echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"`,
			`sed -i "/^tape:/d" "$1/etc/group" "$1/etc/gshadow"`,
			`echo "postgres:x:26:" >> "$1/etc/group"`,
			`echo "postgres:x:26:26:PostgreSQL:/var/lib/postgresql:/bin/bash" >> "$1/etc/passwd"`,
			`echo "postgres:*:20000:0:99999:7:::" >> "$1/etc/shadow"`,
		}, "; "),
		`--customize-hook=chroot "$1" apt-get install -y --no-install-recommends postgresql-17 postgresql-17-pgvector`,
		`--customize-hook=cd "$1/usr/lib"; rm -rf postgresql/17/lib/bitcode postgresql/17/lib/llvmjit* x86_64-linux-gnu/libLLVM* x86_64-linux-gnu/libz3*`,
	},
}

var barmanCloud = Peer{
	Name:     "plugin-barman-cloud",
	Programs: []pinned.Program{wrapped("plugin-barman-cloud", "github.com/cloudnative-pg/plugin-barman-cloud", "/cmd/manager", "60 s")},
	Images: func(Sources) ([]Image, error) {
		manager := Entry{Path: "/manager", From: "{plugin-barman-cloud}"}
		return []Image{
			{
				Names:   []string{"ghcr.io/cloudnative-pg/plugin-barman-cloud-testing:main"}, // as the manifest in the module has it
				Entries: []Entry{manager, {Path: "/tmp", Mode: 0o1777}}, User: "65532:65532", Entrypoint: []string{"/manager"},
			},
			{
				Names: []string{"ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar-testing:main"}, Root: &barman,
				Entries: []Entry{manager}, User: "26:26", Env: []string{"LANG=C.UTF-8"}, Entrypoint: []string{"/manager"},
			},
		}, nil
	},
	Upstream: map[string]string{"manifest.yaml": "upstream.yaml"},
}

var barman = Root{Name: "barman", Packages: []string{"barman-cli-cloud", "python3-boto3", "python3-snappy", "python3-zstandard", "ca-certificates"}}
