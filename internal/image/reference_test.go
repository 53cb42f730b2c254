package image

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	digest, long := "sha256:"+strings.Repeat("0a", 32), strings.Repeat("a", 247)
	for in, want := range map[string]Reference{
		"ghcr.io/acme/shop:latest":        {Registry: "ghcr.io", Repository: "acme/shop", Tag: "latest"},
		"ghcr.io/acme/shop@" + digest:     {Registry: "ghcr.io", Repository: "acme/shop", Digest: digest},
		"ghcr.io/acme/shop:v1@" + digest:  {Registry: "ghcr.io", Repository: "acme/shop", Tag: "v1", Digest: digest},
		"localhost:5000/web:1":            {Registry: "localhost:5000", Repository: "web", Tag: "1"},
		"docker.io/library/nginx:1.27":    {Registry: "docker.io", Repository: "library/nginx", Tag: "1.27"},
		"reg.example:8443/a-b/c_d/e.f:_x": {Registry: "reg.example:8443", Repository: "a-b/c_d/e.f", Tag: "_x"},
		"a--b.example/c---d/e__f:1":       {Registry: "a--b.example", Repository: "c---d/e__f", Tag: "1"},
		"ghcr.io/" + long + ":1":          {Registry: "ghcr.io", Repository: long, Tag: "1"},
	} {
		got, err := Parse(in)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", in, got, err, want)
		}
		if got.String() != in {
			t.Errorf("Parse(%q).String() = %q", in, got.String())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                           "names no registry",
		"nginx:latest":                               "names no registry",
		"library/nginx:latest":                       "names no registry",
		"ghcr.io/acme/shop":                          "has no tag and no digest",
		"ghcr.io/acme/shop:":                         "has no valid tag",
		"ghcr.io/acme/shop:1,evil=x":                 "has no valid tag",
		"ghcr.io/acme/shop:a b":                      "has no valid tag",
		"ghcr.io/acme/shop:1\n":                      "has no valid tag",
		"ghcr.io/Acme/shop:1":                        "names no valid repository",
		"ghcr.io/acme//shop:1":                       "names no valid repository",
		"ghcr.io/acme/a..b:1":                        "names no valid repository",
		"ghcr.io/acme/a.-b:1":                        "names no valid repository",
		"ghcr.io/acme/a___b:1":                       "names no valid repository",
		"ghcr.io/acme/a._b:1":                        "names no valid repository",
		"ghcr..io/acme/shop:1":                       "names no valid registry",
		"ghcr-.io/acme/shop:1":                       "names no valid registry",
		"ghcr.io/" + strings.Repeat("a", 248) + ":1": "names a repository of more than 255 characters",
		"ghcr.io/../shop:1":                          "names no valid repository",
		"GHCR.io/acme/shop:1":                        "names no valid registry",
		"user@ghcr.io/acme/shop:1":                   "names no registry",
		"ghcr.io/acme/shop@sha256:beef":              "has no valid sha256 digest",
		"ghcr.io/acme/shop@":                         "has no valid sha256 digest",
		"ghcr.io:99999999/a:1":                       "names no valid registry",
		"ghcr.io/a:1" + strings.Repeat("x", 600):     "longer than 512 characters",
	} {
		_, err := Parse(in)
		if err == nil || err.Error() != want {
			t.Errorf("Parse(%q) error = %v; want %q", in, err, want)
		}
	}
}

func TestWithin(t *testing.T) {
	r := Reference{Registry: "ghcr.io", Repository: "acme/shop", Tag: "1"}
	for prefix, want := range map[string]bool{
		"ghcr.io": true, "ghcr.io/acme": true, "ghcr.io/acme/shop": true,
		"ghcr.io/ac": false, "ghcr.io/acme/sho": false, "ghcr": false, "quay.io": false,
	} {
		if r.Within(prefix) != want {
			t.Errorf("Within(%q) = %v", prefix, !want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ghcr.io/acme/shop:latest", "nginx:1,evil=attacker/x:latest", "a.b/c:d@sha256:" + strings.Repeat("f", 64), "a.b/c@d@e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(s, ",= \t\r\n\x00\"'{}$") {
			t.Fatalf("took %q", s)
		}
		again, err := Parse(r.String())
		if err != nil || again != r || r.String() != s {
			t.Fatalf("%q became %q (%v)", s, r.String(), err)
		}
	})
}
