package main

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// apply is what people do: the admin once, everybody else once for each app.
func (s *story) apply(ctx context.Context) error {
	s.step("One YAML goes in")
	if err := s.adminsSide(ctx); err != nil {
		return err
	}
	s.printf("")
	s.say("Then, for each app:")
	s.ran("kubectl apply --server-side -f " + s.files.appPath)
	for line := range strings.Lines(s.files.appYAML) {
		if !strings.HasPrefix(line, "#") {
			s.printf("%s", s.in(cyan, "  "+strings.TrimRight(line, "\n")))
		}
	}
	s.choir, s.begun = newChoir(s.world, s.plans), time.Now()
	return s.world.apply(ctx, s.files.app)
}

// adminsSide is done once for all apps.
func (s *story) adminsSide(ctx context.Context) error {
	secrets, err := s.files.secrets()
	if err != nil {
		return err
	}
	var names []string
	for _, o := range secrets {
		names = append(names, o.GetNamespace()+"/"+o.GetName())
	}
	s.say("The admin's side, once for all apps, and the Secrets that it names, with invented contents: %s.", strings.Join(names, ", "))
	s.ran("kubectl apply --server-side -f " + samplePlatform)
	return s.world.apply(ctx, append(secrets, s.files.platform)...)
}

// expanded shows what is there, as the API server has it.
func (s *story) expanded(ctx context.Context) error {
	var app, platform branch
	err := s.during(ctx, "waiting for what it becomes", func(ctx context.Context, _ func(string)) error {
		return until(ctx, appLimit, "what the app becomes", func(ctx context.Context) (err error) {
			if app, err = s.grown(ctx, "AfroApp "+s.name(), s.plans.app); err != nil {
				return err
			}
			platform, err = s.grown(ctx, "AfroPlatform "+v1alpha1.PlatformName+", for all apps", s.plans.platform)
			return err
		})
	})
	if err != nil {
		return err
	}
	s.step(fmt.Sprintf("It became %d objects in %s", len(s.plans.app), seconds(s.begun)))
	s.tree(app)
	s.printf("")
	s.tree(platform)
	s.printf("")
	s.legend()
	return nil
}

// legend says what becomes of a child when its owner is deleted.
func (s *story) legend() {
	for _, t := range [][2]string{
		{owned, "has an ownerReference: the garbage collector takes it away with the AfroApp"},
		{removed, "is out of its reach: the operator takes it away, in order, once nothing needs it"},
		{kept, "is data: it stays when the AfroApp is deleted"},
	} {
		s.printf("%s  %s", s.tied(fmt.Sprintf("%-7s", t[0])), s.in(dim, t[1]))
	}
}

// name of the app: namespace/name.
func (s *story) name() string { return s.files.app.GetNamespace() + "/" + s.files.app.GetName() }

// getAfro prints what kubectl prints, from the columns that the API server answers.
func (s *story) getAfro(ctx context.Context) error {
	namespace := s.files.app.GetNamespace()
	t, err := s.world.table(ctx, path.Join("/apis", v1alpha1.GroupVersion.String(), "namespaces", namespace, "afroapps"))
	if err != nil {
		return err
	}
	s.ran("kubectl get afro -n " + namespace)
	for _, line := range layout(cells(t), s.width) {
		s.printf("%s", line)
	}
	return nil
}
