package platform

import "testing"

func TestSameRepository(t *testing.T) {
	const infra = "https://github.com/acme/infra.git"
	for _, same := range []string{
		"https://github.com/acme/infra", "https://github.com/acme/infra/", "https://github.com/acme/infra.git/", "https://GitHub.com/Acme/Infra.GIT",
		"http://github.com/acme/infra.git", "https://github.com:443/acme/infra.git", "https://github.com./acme/infra.git", "https://github.com//acme//infra.git",
		"https://github.com/acme/./infra.git", "git@github.com:acme/infra.git", "git@github.com:/acme/infra", "ssh://git@github.com/acme/infra.git",
		"ssh://git@github.com:22/acme/infra", "https://token@github.com/acme/infra.git",
	} {
		if !SameRepository(infra, same) || !SameRepository(same, infra) {
			t.Errorf("%s is another repository", same)
		}
	}
	for _, other := range []string{
		"https://github.com/acme/infra2.git", "https://github.com/acme/infra.gitx", "https://github.com/infra.git", "https://gitlab.com/acme/infra.git",
		"https://github.com.evil.example/acme/infra.git", "https://github.com:8443/acme/infra.git", "ssh://git@github.com:443/acme/infra.git",
		"git@github.com:22/acme/infra.git", "https://github.com@evil.example/acme/infra.git", "https://evil.example/github.com/acme/infra.git", "",
	} {
		if SameRepository(infra, other) {
			t.Errorf("%s is the same repository", other)
		}
	}
}
