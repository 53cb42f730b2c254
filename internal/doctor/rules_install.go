package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// How image-updater itself is installed.
var installRules = []Rule{
	{ID: "AFRO050", Severity: Error, check: blankIdentity,
		Title: "image-updater commits without a name",
		Help:  "The flags --git-commit-user and --git-commit-email are given and empty, so git refuses every commit: \"Author identity unknown\". Left out, there is a default. Catalogue row 29."},
	{ID: "AFRO051", Severity: Error, check: dryRun,
		Title: "image-updater runs with --dry-run",
		Help:  "It logs \"Successfully updated image\" with dry run=true, and writes nothing. Catalogue row 37."},
	{ID: "AFRO052", Severity: Error, check: noReplica,
		Title: "image-updater has no replica",
		Help:  "Nobody looks. What it said before stays in every status."},
	{ID: "AFRO053", Severity: Error, check: registries,
		Title: "a registry of image-updater that no image can be found in",
		Help:  "Each registry needs api_url and, unless it is the default one, prefix; there is one default. A broken list stops image-updater or leaves out the registry. Catalogue rows 30 and 31."},
}

var identityFlags = []string{"--git-commit-user", "--git-commit-email"}

func blankIdentity(s *set) (out []Finding) {
	for i, arg := range s.install.args {
		flag, text, found := strings.Cut(arg.text(), "=")
		if !slices.Contains(identityFlags, flag) {
			continue
		}
		if !found && i+1 < len(s.install.args) {
			text = s.install.args[i+1].text()
			found = true
		}
		if found && strings.Trim(text, `"' `) == "" {
			out = append(out, s.blank(arg, flag)...)
		}
	}
	return out
}

func (s *set) blank(arg value, flag string) []Finding {
	return found(ownerOf(s, arg), arg, fmt.Sprintf("%s is empty, so git refuses every commit of image-updater", flag), quoted(arg), "name somebody, or leave the flag out: the default is argocd-image-updater <noreply@argoproj.io>")
}

func dryRun(s *set) (out []Finding) {
	for _, arg := range s.install.args {
		if text := arg.text(); text == "--dry-run" || text == "--dry-run=true" {
			out = append(out, found(ownerOf(s, arg), arg, "image-updater runs with --dry-run: it logs success and writes nothing", quoted(arg), "leave the flag out")...)
		}
	}
	return out
}

func noReplica(s *set) (out []Finding) {
	for _, d := range s.install.deploys {
		if at := d.get("spec", "replicas"); at.text() == "0" {
			out = append(out, found(d, at, "image-updater has no replica, so nobody looks for new images", quoted(at), "give it one", at.set("1"))...)
		}
	}
	for _, v := range s.install.values {
		if at := v.get("replicaCount"); at.text() == "0" {
			out = append(out, found(ownerOf(s, at), at, "image-updater has no replica, so nobody looks for new images", quoted(at), "give it one")...)
		}
	}
	return out
}

func registries(s *set) (out []Finding) {
	var lists []value
	for _, c := range s.install.configs {
		lists = append(lists, c.get("data", "registries.conf").inner().get("registries"))
	}
	for _, v := range s.install.values {
		lists = append(lists, v.get("config", "registries"))
	}
	for _, l := range lists {
		out = append(out, s.registryList(l)...)
	}
	return out
}

func (s *set) registryList(list value) (out []Finding) {
	prefixes, defaults := map[string]bool{}, 0
	for _, r := range list.items() {
		say := func(at value, sentence, remedy string) {
			out = append(out, found(ownerOf(s, r), at, sentence, "registry "+r.str("name")+": "+strings.Join(names(r), ", "), remedy)...)
		}
		prefix := r.str("prefix")
		if r.get("default").isTrue() {
			if defaults++; defaults > 1 {
				say(r, "a second registry is the default, which image-updater refuses", "leave one default")
			}
		}
		switch {
		case templated(prefix):
		case r.str("api_url") == "":
			say(r, fmt.Sprintf("registry %q has no api_url", r.str("name")), "write api_url, for example https://ghcr.io")
		case prefix == "" && !r.get("default").isTrue():
			say(r, fmt.Sprintf("registry %q has no prefix and is not the default, so no image is looked for in it", r.str("name")), "write prefix, the host as image names have it")
		case strings.Contains(prefix, "://"):
			say(r, fmt.Sprintf("the prefix %q has a scheme, so no image name begins with it", prefix), "write the host as image names have it")
		case prefixes[prefix]:
			say(r, fmt.Sprintf("two registries have the prefix %q", prefix), "leave one of them")
		}
		prefixes[prefix] = true
	}
	return out
}

func names(v value) (out []string) {
	for _, e := range v.entries() {
		out = append(out, e.key.Value)
	}
	return out
}
