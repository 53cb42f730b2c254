package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

// Demo is what is shown, and where.
type Demo struct {
	*Screen
	Actors bool // the peers are played
	Keep   bool // it stays until the context ends
}

// Run shows it. Whatever happens, what was started is ended when it returns.
func (d Demo) Run(ctx context.Context) error {
	log := keepLog()
	st, err := d.prepare()
	if err != nil {
		return err
	}
	err = st.tell(ctx)
	return errors.Join(log.explain(err), d.tidy(st))
}

// story is one showing, as far as it has come.
type story struct {
	Demo
	files    *files
	plans    plans
	assets   string
	world    *world
	operator *operator
	cast     *cast
	choir    *choir
	begun    time.Time // when the app was applied
}

func (d Demo) prepare() (*story, error) {
	f, err := readFiles()
	if err != nil {
		return nil, err
	}
	p, err := f.plans()
	return &story{Demo: d, files: f, plans: p}, err
}

// tell shows one part after the other.
func (s *story) tell(ctx context.Context) error {
	s.title()
	parts := []func(context.Context) error{s.controlPlane, s.install, s.runOperator, s.apply, s.expanded}
	if s.Actors {
		parts = append(parts, s.toReady, s.atRest, s.breaks, s.mends)
	} else {
		parts = append(parts, s.waits, s.stuck)
	}
	for _, part := range append(parts, s.last) {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) title() {
	s.printf("%s", s.in(bold, "AfroApp: one YAML, the whole app"))
	peers := "No peer is here: Argo CD, image-updater, CloudNativePG and the others are not running."
	if s.Actors {
		peers = "The peers are played: programs that answer as Argo CD, image-updater, CloudNativePG and the others do."
	}
	s.say("The API server, its controllers and the operator are real, and run on this machine. %s", peers)
}

// controlPlane builds it where that was not done yet, and starts it.
func (s *story) controlPlane(ctx context.Context) (err error) {
	s.step("A control plane")
	if _, built, err := controlplane.Locate(); err == nil && !built {
		s.say("etcd, kube-apiserver and kube-controller-manager are built from pinned Go modules: about six minutes on two cores, once.")
	}
	building, cancel := context.WithTimeoutCause(ctx, buildLimit, fmt.Errorf("building the control plane took more than %s", buildLimit))
	defer cancel()
	err = s.during(building, "looking for the control plane", func(ctx context.Context, say func(string)) error {
		s.assets, err = controlplane.Assets(ctx, say)
		return err
	})
	if err != nil {
		return err
	}
	starting, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("starting the control plane took more than %s", startLimit))
	defer cancel()
	began := time.Now()
	err = s.during(starting, "starting the control plane", func(ctx context.Context, _ func(string)) error {
		s.world, err = startWorld(ctx, s.files)
		return err
	})
	if err != nil {
		return err
	}
	s.good("%s, etcd and kube-controller-manager run after %s", s.version(), seconds(began))
	return nil
}

// version that the API server says of itself.
func (s *story) version() string {
	v, err := s.world.version()
	if err != nil {
		return "kube-apiserver"
	}
	return "kube-apiserver " + v
}

// install is `make deploy`, with the CRDs of the peers beside.
func (s *story) install(ctx context.Context) error {
	s.step("Installed as in a cluster")
	var peers []string
	for _, o := range crds.Origins() {
		peers = append(peers, string(o.Peer)+" "+o.Version)
	}
	s.good("CRDs of the peers: %s", strings.Join(peers, ", "))
	if err := s.world.namespaces(ctx, s.plans.namespaces()...); err != nil {
		return err
	}
	err := s.during(ctx, "applying config/default", func(ctx context.Context, _ func(string)) error {
		return s.world.apply(ctx, s.files.installation...)
	})
	if err != nil {
		return err
	}
	s.good("config/default: %d CRDs, and %d objects: roles, admission policies, all but the Deployment", len(s.files.crds), len(s.files.installation))
	return nil
}

// runOperator in this process.
func (s *story) runOperator(ctx context.Context) (err error) {
	s.step("The operator")
	err = s.during(ctx, "starting the operator", func(ctx context.Context, _ func(string)) error {
		s.operator, err = startOperator(ctx, s.world.plane)
		return err
	})
	if err != nil {
		return err
	}
	s.good("runs in this process as %s/%s, with the rights of config/default and no others", operatorNamespace, operatorAccount)
	if !s.Actors {
		return nil
	}
	s.cast, err = startActors(s.world)
	if err != nil {
		return err
	}
	s.good("peers are played by test/actors: each answer takes %s, image-updater looks every %s (really: 2 min)", stepTime, updaterInterval)
	return nil
}

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

// last says what may be done now.
func (s *story) last(ctx context.Context) error {
	s.printf("")
	if s.Keep {
		return s.stay(ctx)
	}
	if !s.Actors {
		s.say("With the peers played it becomes Ready: make demo ACTORS=1. To look around: make demo KEEP=1.")
	} else {
		s.say("To look around: make demo ACTORS=1 KEEP=1.")
	}
	return nil
}

// tidy ends everything, last first.
func (d Demo) tidy(s *story) error {
	return d.during(context.Background(), "ending what was started", func(context.Context, func(string)) error {
		var errs []error
		errs = append(errs, s.cast.end())
		if s.operator != nil {
			errs = append(errs, s.operator.stop())
		}
		if s.world != nil {
			errs = append(errs, s.world.plane.Stop())
		}
		return errors.Join(errs...)
	})
}

// children of the app, of one kind.
func (p plans) of(kind string) (expand.Intent, bool) {
	all := slices.Concat(p.app, p.platform)
	n := slices.IndexFunc(all, func(i expand.Intent) bool { return i.Key().Kind == kind })
	if n < 0 {
		return expand.Intent{}, false
	}
	return all[n], true
}
