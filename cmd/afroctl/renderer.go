package main

import (
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/files"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/internal/schema"
)

// renderer collects what is printed, and says on standard error what is not.
type renderer struct {
	options   renderOptions
	installed installed
	key       []byte
	stderr    io.Writer

	set      *files.Set
	platform *files.Platform
	broken   bool // there is an AfroPlatform that no API server would take
	hosts    map[string]files.App

	objects []*unstructured.Unstructured
	found   bool
	refused bool
}

func (r *renderer) render(set *files.Set) {
	r.set, r.hosts = set, map[string]files.App{}
	r.report(set.Problems)
	r.platform, r.broken = set.Platform, set.BrokenPlatform
	if r.options.platform != "" {
		r.otherPlatform()
	}
	r.checkPlatform()
	if r.options.app == "" && r.platform != nil && r.platform == set.Platform {
		r.renderPlatform()
	}
	for _, app := range set.Apps {
		r.renderApp(app)
	}
	if !r.found && (r.options.app != "" || !r.refused) {
		r.nothing()
	}
}

// otherPlatform takes the AfroPlatform of --platform.
func (r *renderer) otherPlatform() {
	if r.set.Platform != nil {
		r.refuse(r.options.platform, "", "--platform: an AfroPlatform is also in "+r.set.Platform.File+"; leave one of them out")
		return
	}
	other := files.Load([]string{r.options.platform}, files.Options{})
	r.report(other.Problems)
	r.platform, r.broken = other.Platform, other.BrokenPlatform
	if r.platform == nil && !r.broken && len(other.Problems) == 0 {
		r.refuse(r.options.platform, "", "--platform: holds no AfroPlatform; name the file that does")
	}
}

// checkPlatform says all that is wrong with the AfroPlatform; the apps are then refused for the first of it.
func (r *renderer) checkPlatform() {
	if r.platform == nil {
		r.noPlatform()
		return
	}
	var refusals platform.Refusals
	errors.As(platform.ValidatePlatform(r.platform.AfroPlatform), &refusals)
	rest := schema.Rest(schema.AfroPlatform(r.platform.Fields), refusals)
	r.refuseAll(r.platform.File, platformSubject(r.platform), append(refusals, rest...))
	if len(refusals) == 0 && len(rest) > 0 {
		r.platform, r.broken = nil, true
	}
}

func platformSubject(p *files.Platform) string { return "afroplatform/" + p.Name }

func (r *renderer) renderPlatform() {
	r.found = true
	p := r.platform
	in := expand.PlatformInput{Platform: p.AfroPlatform, Namespaces: r.namespaces()}
	if d := p.Spec.Database; d != nil && d.Shared != nil {
		in.ServerName = r.set.ServerName(d.Shared.Namespace, d.Shared.Name)
	}
	if plan, err := expand.Platform(in); err == nil { // else checkPlatform has said why
		r.take(plan, p.File, platformSubject(p))
	}
}

// namespaces that have apps.
func (r *renderer) namespaces() (out []platform.Namespace) {
	for _, app := range r.set.Apps {
		if len(out) == 0 || out[len(out)-1].Name != app.Namespace { // they are sorted
			out = append(out, r.set.Namespace(app.Namespace))
		}
	}
	return out
}

func (r *renderer) renderApp(app files.App) {
	wanted := selected(r.options.app, app)
	in := r.input(app)
	plan, err := expand.Expand(in)
	if err = r.judge(app, err); err != nil {
		if wanted {
			r.refuseApp(app, err)
		}
		return
	}
	if in.LostHosts = r.claim(app, plan, wanted); len(in.LostHosts) > 0 {
		// The controller leaves out a host that another app holds, and keeps the rest.
		if plan, err = expand.Expand(in); err != nil {
			r.refuseApp(app, err)
			return
		}
	}
	if wanted {
		r.notes(app, plan)
		r.take(plan, app.File, app.Subject())
	}
}

// judge adds what the API server would refuse in the file, to what the controller refuses.
func (r *renderer) judge(app files.App, err error) error {
	var refusals platform.Refusals
	if err != nil && !errors.As(err, &refusals) {
		return err
	}
	refusals = append(refusals, schema.Rest(schema.AfroApp(app.Fields), refusals)...)
	if len(refusals) == 0 {
		return nil
	}
	return refusals
}

func (r *renderer) input(app files.App) expand.Input {
	in := expand.Input{App: app.AfroApp, Namespace: r.set.Namespace(app.Namespace), Flavours: r.installed.flavours,
		ServerName: r.set.ServerName(app.Namespace, expand.ConnectionSecret(app.Name))}
	if r.platform != nil {
		in.Platform = r.platform.AfroPlatform
	}
	if in.Namespace.UID != "" {
		in.PasswordKey = r.key
	}
	return in
}

func (r *renderer) refuseApp(app files.App, err error) {
	r.found = true
	if r.broken {
		r.refuse(app.File, app.Subject(), "spec: the AfroPlatform is refused; mend it first")
		return
	}
	var refusals platform.Refusals
	if !errors.As(err, &refusals) {
		refusals = platform.Refusals{{Field: "spec", Cause: err.Error(), Remedy: "report it"}}
	}
	r.refuseAll(app.File, app.Subject(), refusals)
}

// claim takes the hosts of an app, and gives those that an earlier one has.
func (r *renderer) claim(app files.App, plan *expand.Plan, wanted bool) (lost []string) {
	if plan.Effective.Edge == nil {
		return nil
	}
	for i, host := range plan.Effective.Edge.Hosts {
		holder, taken := r.hosts[host]
		if !taken {
			r.hosts[host] = app
			continue
		}
		lost = append(lost, host)
		if wanted {
			r.refuse(app.File, app.Subject(), fmt.Sprintf("spec.hosts[%d]: host %s is also in %s (%s/%s), and only one app can hold it; remove it from one of them",
				i, host, holder.File, holder.Namespace, holder.Name))
		}
	}
	return lost
}

// take adds the objects of a plan that the cluster serves.
func (r *renderer) take(plan *expand.Plan, file, subject string) {
	r.found = true
	served, missing := plan.Served(r.installed.flavours)
	for _, i := range served {
		r.objects = append(r.objects, i.Object)
	}
	for _, i := range missing {
		r.note(file, subject, i.Key().String()+" is left out: "+r.installed.lacks[i.GVK().GroupKind()])
	}
}
