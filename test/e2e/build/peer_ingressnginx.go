package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/afrotomation/afroapp/test/pinned"
)

// ingressNginx is the controller of July 2024, the last that resolves as a module, with its own Lua and template, on
// Debian's nginx in the place of upstream's build of it.
var ingressNginx = Peer{
	Name:     "ingress-nginx",
	Programs: []pinned.Program{wrapped("ingress-nginx", "k8s.io/ingress-nginx", "/cmd/nginx", "1 min")},
	Images: func(s Sources) ([]Image, error) {
		source := filepath.Join(s.Module("ingress-nginx"), "rootfs", "etc", "nginx")
		template, err := os.ReadFile(filepath.Join(source, "template", "nginx.tmpl"))
		if err != nil {
			return nil, err
		}
		forDebian, err := templateForDebian(string(template))
		if err != nil {
			return nil, err
		}
		const user = 101 // upstream's www-data
		entries := []Entry{
			{Path: "/nginx-ingress-controller", From: "{ingress-nginx}"},
			{Path: "/usr/bin/nginx", Link: "/usr/sbin/nginx"}, {Path: "/etc/nginx", UID: user},
			{Path: "/etc/nginx/lua", Tree: filepath.Join(source, "lua"), Mode: 0o644},
			{Path: "/etc/nginx/lua", Tree: filepath.Join(s.checkout, "e2e", "images", "ingress-nginx", "lua"), Mode: 0o644},
			{Path: "/etc/nginx/template/nginx.tmpl", Text: forDebian, Mode: 0o644},
			{Path: "/etc/nginx/nginx.conf", From: filepath.Join(source, "nginx.conf"), Mode: 0o644, UID: user},
			{Path: "/etc/nginx/opentelemetry.toml", Text: "\n", Mode: 0o644, UID: user},
			{Path: "/tmp/nginx", UID: user}, {Path: "/var/log/nginx", UID: user}, {Path: "/var/lib/nginx", UID: user},
			{Path: "/var/log/nginx/access.log", Link: "/dev/stdout"}, {Path: "/var/log/nginx/error.log", Link: "/dev/stderr"},
		}
		for _, dir := range []string{"", "/ssl", "/auth", "/geoip", "/telemetry"} {
			entries = append(entries, Entry{Path: "/etc/ingress-controller" + dir, UID: user})
		}
		return []Image{{
			Names: []string{"registry.k8s.io/ingress-nginx/controller:v1.11.0"}, Root: &nginx, Entries: entries,
			User: "101", Entrypoint: []string{"/usr/bin/dumb-init", "--"},
		}}, nil
	},
	Upstream: map[string]string{"deploy/static/provider/baremetal/deploy.yaml": "upstream.yaml"},
}

var nginx = Root{Name: "nginx", Packages: []string{
	"nginx", "libnginx-mod-http-lua", "libnginx-mod-http-headers-more-filter", "libnginx-mod-stream", "lua-resty-core", "lua-resty-lrucache", "lua-cjson",
	"dumb-init", "ca-certificates", "diffutils",
}}

// noStreams is in the place of the block for TCP and UDP, for which Debian has no Lua: the controller sends its streams there,
// none, with every change, and does not go on until somebody has taken them. The status server takes them, and refuses them.
const noStreams = `stream {
    server {
        listen 127.0.0.1:{{ .StreamPort }};
        proxy_pass 127.0.0.1:{{ .StatusPort }};
    }
}
`

// templateForDebian loads as modules what upstream's nginx has built in.
func templateForDebian(template string) (string, error) {
	const pid = "pid {{ .PID }};\n"
	before, after, found := strings.Cut(template, pid)
	if !found {
		return "", fmt.Errorf("the template of ingress-nginx has no line %q", pid)
	}
	modules := ""
	for _, name := range []string{"ndk_http", "ngx_http_lua", "ngx_http_headers_more_filter", "ngx_stream"} {
		modules += "load_module /usr/lib/nginx/modules/" + name + "_module.so;\n"
	}
	http, rest, found := strings.Cut(after, "\nstream {\n")
	if !found {
		return "", fmt.Errorf("the template of ingress-nginx has no block stream")
	}
	_, rest, found = strings.Cut(rest, "\n}\n")
	if !found {
		return "", fmt.Errorf("the block stream in the template of ingress-nginx does not end")
	}
	return before + pid + modules + http + "\n" + noStreams + rest, nil
}
