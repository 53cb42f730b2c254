package observe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The first eight are recorded; in the last of them the recording had replaced the folder.
var quotes = []struct{ said, want string }{
	{"one or more synchronization tasks completed unsuccessfully, reason: Deployment.apps \"x-syncfail\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0. Retrying attempt #1 at 11:34AM.",
		"one or more synchronization tasks completed unsuccessfully, reason: Deployment.apps \"x-syncfail\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"},
	{"must be greater than or equal to 0. Retrying attempt #5 at 11:43AM.", "must be greater than or equal to 0"},
	{"must be greater than or equal to 0 (retried 5 times).", "must be greater than or equal to 0"},
	{"rpc error: code = Unknown desc = Manifest generation error (cached): apps/none: app path does not exist", "apps/none: app path does not exist"},
	{"rpc error: code = Unknown desc = apps/none: app path does not exist", "apps/none: app path does not exist"},
	{"1 error(s) occurred during image update checks.", "error(s) occurred during image update checks"},
	{"rpc error: code = Unknown desc = unexpected failure invoking barman-cloud-wal-archive: exit status 2", "unexpected failure invoking barman-cloud-wal-archive: exit status 2"},
	{"--values <tmpdir>/9d039e68-6e78-4625-815e-129d20b58b61 --include-crds", "--values <file> --include-crds"},
	{"--values /temp/9d039e68-6e78-4625-815e-129d20b58b61 --include-crds", "--values <file> --include-crds"},
	{"open /temp/helm123456/values.yaml: no such file", "open <file>: no such file"},
	{"Failed sync attempt to 4c5a5c0ac8c84f6899aa4fd0d0cbe6c75b111b5b: refused", "Failed sync attempt to <commit>: refused"},
	{"image repo@sha256:0fd0227a331724cb3e20c58af4da9e0ec022c5b6b9d30e63ed860245381b5102 is gone", "image repo@<digest> is gone"},
	{"pod shop-7d9c8b6f5d-x2x4z failed", "pod shop-<pod> failed"},
	{"read tcp 10.0.0.5:43210->10.0.0.9:443: i/o timeout", "read tcp ->10.0.0.9:443: i/o timeout"},
	{"context deadline exceeded after 12.5s", "context deadline exceeded after some time"},
	{"level=error time=2026-11-23T11:34:38Z msg=x", "level=error time= msg=x"},
	{"429 rateLimited, retry after 2026-11-25 01:02:03 UTC: see", "429 rateLimited, retry after 2026-11-25 01:02:03 UTC: see"},
	{"order \"web-tls-1-2948372637\" errored", "order \"web-tls-<order>\" errored"},
	{"two\nlines\tand\x00 \x1b[31mred\u202e", "two lines and [31mred"},
	{"limits: must be less than or equal to cpu limit of 10m", "limits: must be less than or equal to cpu limit of 10m"},
	{"role \"nobody\" does not exist (SQLSTATE 42704)", "role \"nobody\" does not exist (SQLSTATE 42704)"},
	{"dial tcp 10.43.0.12:8081: connect: connection refused", "dial tcp 10.43.0.12:8081: connect: connection refused"},
	{"", ""},
}

func TestQuote(t *testing.T) {
	for _, c := range quotes {
		if got := quote(c.said); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.said, got, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("ü", 4000)
	for _, got := range []string{bounded(long), quote(long), bounded("\xff\xfe" + long)} {
		if len(got) > maxMessage || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("%d bytes, valid = %t", len(got), utf8.ValidString(got))
		}
	}
	if got := bounded("short"); got != "short" {
		t.Errorf("%q", got)
	}
}

// FuzzQuote: a quote is one printable line within its bound, and quoting it again changes nothing.
func FuzzQuote(f *testing.F) {
	for _, c := range quotes {
		f.Add(c.said)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := quote(s)
		if len(once) > maxQuote || !utf8.ValidString(once) || once != oneLine(once) {
			t.Errorf("%q", once)
		}
		if twice := quote(once); twice != once {
			t.Errorf("%q becomes %q", once, twice)
		}
		if b := bounded(s); bounded(b) != b || len(b) > maxMessage {
			t.Errorf("%q", b)
		}
	})
}
