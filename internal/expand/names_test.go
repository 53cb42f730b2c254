package expand

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// TestNamesAreInjective derives names of a million pairs, among them every way to cut the same letters in two, and finds no
// two alike: neither in full nor by their hash alone.
func TestNamesAreInjective(t *testing.T) {
	const pairs = 1_000_000
	seen := make(map[[16]byte]bool, pairs)
	n := 0
	try := func(namespace, name string) {
		got := namesOf(namespace, name)
		if !strings.HasSuffix(got.postgres, got.shared[len(got.shared)-16:]) || len(got.shared) > 50 || len(got.postgres) > 63 {
			t.Fatalf("%s/%s: %+v", namespace, name, got)
		}
		hash := [16]byte([]byte(got.shared[len(got.shared)-16:]))
		if seen[hash] {
			t.Fatalf("%s/%s is named like another: %+v", namespace, name, got)
		}
		seen[hash] = true
		n++
	}
	adversarialJoins(try)
	longTwins(try)
	for i := 0; n < pairs; i++ {
		try(fmt.Sprintf("team-%d", i%1000), fmt.Sprintf("app-%d", i/1000))
	}
}

// adversarialJoins cuts words of three letters and hyphens in two at every place: "a"+"b-c" and "a-b"+"c" join to the same.
func adversarialJoins(try func(namespace, name string)) {
	words := []string{""}
	for range 9 {
		var next []string
		for _, w := range words {
			for _, c := range "ab-" {
				next = append(next, w+string(c))
			}
		}
		words = next
	}
	for _, w := range words {
		for cut := 1; cut < len(w); cut++ {
			namespace, name := w[:cut], w[cut:]
			if !strings.HasPrefix(namespace, "-") && !strings.HasSuffix(namespace, "-") && !strings.HasPrefix(name, "-") && !strings.HasSuffix(name, "-") {
				try(namespace, name)
			}
		}
	}
}

// longTwins are alike in everything that is readable in the name.
func longTwins(try func(namespace, name string)) {
	for i := range 10_000 {
		try(strings.Repeat("n", 40)+fmt.Sprintf("-%d", i), "web")
		try(strings.Repeat("n", 63), strings.Repeat("a", 30)+fmt.Sprintf("-%d", i))
	}
}

func TestNamesAreReadable(t *testing.T) {
	for pair, want := range map[[2]string]string{
		{"shop", "web"}:                                    "shop-web-",
		{"shop", "shop"}:                                   "shop-",
		{strings.Repeat("n", 63), "web"}:                   strings.Repeat("n", 33) + "-",
		{strings.Repeat("n", 32) + "-x", "web"}:            strings.Repeat("n", 32) + "-",
		{"a" + strings.Repeat("-", 40) + "b", "web"}:       "a-",
		{"0", "web"}:                                       "0-web-",
		{"pg", "pg"}:                                       "pg-",
		{strings.Repeat("x", 20), strings.Repeat("y", 40)}: strings.Repeat("x", 20) + "-" + strings.Repeat("y", 12) + "-",
	} {
		if got := namesOf(pair[0], pair[1]).shared; !strings.HasPrefix(got, want) || len(got) != len(want)+16 {
			t.Errorf("%v: %s, want %s and a hash", pair, got, want)
		}
	}
}

func TestPostgresNamesAreNotReserved(t *testing.T) {
	for _, namespace := range []string{"pg", "pg-tools", "cnpg-system", "postgres", "streaming", "cnpg"} {
		if n := namesOf(namespace, "x").postgres; reservedRole.MatchString(n) || len(n) > 63 {
			t.Errorf("%s: %s", namespace, n)
		}
	}
}

func TestPassword(t *testing.T) {
	password := func(key, namespaceUID, name string) string {
		in := storyInput(t, "testdata/minimal")
		in.PasswordKey, in.Namespace.UID, in.App.Name = []byte(key), types.UID(namespaceUID), name
		plan, err := Expand(in)
		must(t, err)
		for _, i := range plan.Intents {
			if i.Object.GetKind() == "Secret" && i.Data() {
				return at[string](i, "data", "password")
			}
		}
		t.Fatal("no password")
		return ""
	}
	key := strings.Repeat("k", 32)
	first := password(key, "uid-1", "web")
	if again := password(key, "uid-1", "web"); again != first {
		t.Errorf("the same app got %s, then %s", first, again)
	}
	for _, other := range []string{password(key, "uid-2", "web"), password(key, "uid-1", "web2"), password("other"+key, "uid-1", "web"), password("", "uid-1", "web")} {
		if other == first {
			t.Errorf("another namespace, app or key got the same password")
		}
	}
	if len(first) < 40 {
		t.Errorf("%s is too short", first)
	}
}
