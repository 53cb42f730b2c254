package registry

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAMessageIsTheSameForTheSameFailure(t *testing.T) {
	for in, want := range map[string]string{
		"TOOMANYREQUESTS: retry-after: 812.3µs, allowed: 2000/minute":          "TOOMANYREQUESTS: retry-after: …, allowed: 2000/minute",
		"denied at 2026-11-23T19:38:18.123Z for user":                          "denied at … for user",
		"expired Mon, 23 Nov 2026 19:38:18 GMT":                                "expired …",
		"request 6f1c0a9e-1b2c-4d5e-8f90-a1b2c3d4e5f6 failed":                  "request … failed",
		"request id 1A2B:3C4D:AABBCCDD00112233":                                "request id 1A2B:3C4D:…",
		"read tcp 10.0.0.7:41234->140.82.121.34:443: connection reset by peer": "read tcp …->…: connection reset by peer",
		"read [::1]:41234: broken":                                             "read …: broken",
		"wait 17 seconds":                                                      "wait …",
		"manifest tagged by \"v1.2.3\" is not found":                           "manifest tagged by \"v1.2.3\" is not found",
		"unknown digest sha256:" + strings.Repeat("0a", 32):                    "unknown digest sha256:" + strings.Repeat("0a", 32),
		"repository organisational-unit/internationalisation":                  "repository organisational-unit/internationalisation",
		"two\nlines\x00 and\ta tab":                                            "two lines and a tab",
		"x509: certificate is valid for a.example, not b.example":              "x509: certificate is valid for a.example, not b.example",
	} {
		if got := stable(in); got != want {
			t.Errorf("%q\nbecame %q\nwant   %q", in, got, want)
		}
	}
	if got := stable(strings.Repeat("ä ", 500)); len(got) > maxMessage || !utf8.ValidString(got) {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add("denied at 2026-11-23T19:38:18.123Z")
	f.Add(strings.Repeat("\xff", 300))
	f.Fuzz(func(t *testing.T, s string) {
		got := stable(s)
		if len(got) > maxMessage || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00") {
			t.Errorf("%q became %q", s, got)
		}
	})
}

func TestAFailureGoesOn(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	first := (&Failure{Kind: Failing, Message: "node x17 is down"}).after(nil, began)
	for name, c := range map[string]struct {
		next    Failure
		message string
		since   time.Time
	}{
		"with another number": {Failure{Kind: Failing, Message: "node x18 is down"}, "node x17 is down", began},
		"with another word":   {Failure{Kind: Failing, Message: "node x17 is up"}, "node x17 is up", began},
		"as another kind":     {Failure{Kind: Unreachable, Message: "node x17 is down"}, "node x17 is down", began},
		"with another code":   {Failure{Kind: Failing, Code: "UNKNOWN", Message: "node x18 is down"}, "node x18 is down", began},
	} {
		got := c.next.after(first, began.Add(time.Hour))
		if got.Message != c.message || !got.Since.Equal(c.since) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"30": 30 * time.Second, " 0.5 ": 500 * time.Millisecond, "-1": 0, "1e300": maxPause, "812.3µs": 812300 * time.Nanosecond,
		"Thu, 01 Jan 2026 00:01:00 GMT": time.Minute,
	} {
		if got, ok := retryAfter(value, now); !ok || got != want {
			t.Errorf("%s: %s, %v", value, got, ok)
		}
	}
	for _, value := range []string{"", "NaN", "soon"} {
		if got, ok := retryAfter(value, now); ok {
			t.Errorf("%s: %s", value, got)
		}
	}
}

func TestTheCacheOfIndexesIsBounded(t *testing.T) {
	c := newChildCache(2)
	c.put("a", []Image{{Digest: "1"}})
	c.put("b", nil)
	if _, ok := c.get("a"); !ok {
		t.Error("a is gone")
	}
	c.put("c", nil)
	if _, ok := c.get("b"); ok {
		t.Error("b, not asked for, is kept")
	}
	if found, ok := c.get("a"); !ok || len(found) != 1 || len(c.entries) != 2 {
		t.Errorf("a: %v, %v, of %d", found, ok, len(c.entries))
	}
}
