package suite

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/afrotomation/afroapp/test/e2e/build"
)

// Push puts an image with the workload of the stories into the registry, and returns its digest. The reference is one that
// manifests name, with its tag; the version is what the workload answers.
func (s *Story) Push(reference, version string) string {
	s.Helper()
	return s.push(reference, version)
}

func (s *Story) push(reference, version string, env ...string) string {
	s.Helper()
	reference = s.Here(reference)
	err := build.Push(s.Context(), s.Lab.Push, build.Image{
		Names: []string{reference},
		Entries: []build.Entry{
			{Path: "/app", From: s.Workload}, {Path: "/version", Text: version + "\n", Mode: 0o644},
		},
		Env: env, User: "65532:65532", Entrypoint: []string{"/app"},
	})
	if err != nil {
		s.Fatal(err)
	}
	_, path, _ := strings.Cut(reference, "/")
	pushed, err := name.ParseReference(s.Lab.Push+"/"+path, name.Insecure)
	if err != nil {
		s.Fatal(err)
	}
	head, err := remote.Head(pushed, remote.WithContext(s.Context()), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		s.Fatal(fmt.Errorf("asking for what was pushed: %w", err))
	}
	s.Logf("pushed %s with version %s: %s", reference, version, head.Digest)
	return head.Digest.String()
}
