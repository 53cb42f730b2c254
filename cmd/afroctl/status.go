package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/explain"
)

const statusHelp = `Print the fleet of a cluster as a table, or one app as its lanes with the age of each hop.

Usage:
  afroctl status [APP] [flags]

Examples:
  afroctl status                        every app of the cluster, those that are stuck first
  afroctl status shop -n shop           one app: registry, image-updater, Argo CD, pods, route, database
  afroctl status shop -n shop --watch

Flags:
  -n, --namespace NAME   Only apps of this namespace. Default: all; with APP: the namespace of the kubeconfig's context.
  -w, --watch            Go on, and print what changes, until Ctrl-C.
  --exit-code            Exit with 1 unless every app is ready.
  --kubeconfig FILE      Default: $KUBECONFIG, or ~/.kube/config.
  --context NAME         Default: the current one.
`

// statusOptions are the flags of status.
type statusOptions struct {
	app, namespace      string
	watch, strict       bool
	kubeconfig, context string
}

func status(args []string, s streams) int {
	o := &statusOptions{}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		o.app, args = args[0], args[1:]
	}
	fs := flag.NewFlagSet("status", flag.ContinueOnError)
	fs.StringVar(&o.namespace, "n", "", "")
	fs.StringVar(&o.namespace, "namespace", "", "")
	fs.BoolVar(&o.watch, "w", false, "")
	fs.BoolVar(&o.watch, "watch", false, "")
	fs.BoolVar(&o.strict, "exit-code", false, "")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "")
	fs.StringVar(&o.context, "context", "", "")
	fs.SetOutput(io.Discard)
	if o.app == "" && fs.Parse(args) == nil && fs.NArg() > 0 { // behind the flags, as kubectl takes it
		o.app, args = fs.Arg(0), fs.Args()[1:]
	}
	if code, done := parse(fs, args, statusHelp, s); done {
		return code
	}
	config, namespace, err := kubeconfig(o.kubeconfig, o.context)
	if err == nil && o.app != "" && o.namespace == "" {
		o.namespace = namespace
	}
	var client dynamic.Interface
	if err == nil {
		client, err = dynamic.NewForConfig(config)
	}
	if err != nil {
		fmt.Fprintf(s.err, "afroctl status: %v\n", err)
		return exitRefused
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	v := &viewer{statusOptions: o, streams: s, now: time.Now,
		apps: client.Resource(v1alpha1.GroupVersion.WithResource("afroapps")).Namespace(o.namespace)}
	return v.run(ctx)
}

// viewer prints what is in a cluster, and what changes.
type viewer struct {
	*statusOptions
	streams
	now  func() time.Time
	apps dynamic.ResourceInterface
	seen map[string]*v1alpha1.AfroApp
}

func (v *viewer) run(ctx context.Context) int {
	version, err := v.list(ctx)
	if err != nil {
		fmt.Fprintf(v.err, "afroctl status: %v\n", err)
		return exitRefused
	}
	v.print()
	if !v.watch {
		return v.code()
	}
	if err := v.follow(ctx, version); err != nil && ctx.Err() == nil {
		fmt.Fprintf(v.err, "afroctl status: %v\n", err)
		return exitRefused
	}
	return v.code()
}

// options select one app by its name, or all.
func (v *viewer) options() metav1.ListOptions {
	o := metav1.ListOptions{Limit: pageSize}
	if v.app != "" {
		o.FieldSelector = "metadata.name=" + v.app
	}
	return o
}

func (v *viewer) list(ctx context.Context) (version string, err error) {
	v.seen = map[string]*v1alpha1.AfroApp{}
	o := v.options()
	for {
		page, err := v.apps.List(ctx, o)
		if apierrors.IsNotFound(err) {
			return "", errors.New("the cluster has no AfroApps: the operator's CRDs are not installed")
		}
		if err != nil {
			return "", err
		}
		for i := range page.Items {
			if err := v.take(&page.Items[i]); err != nil {
				return "", err
			}
		}
		if o.Continue = page.GetContinue(); o.Continue == "" {
			if v.app != "" && len(v.seen) == 0 {
				return "", fmt.Errorf("there is no AfroApp %s in namespace %s", v.app, v.namespace)
			}
			return page.GetResourceVersion(), nil
		}
	}
}

func (v *viewer) take(u *unstructured.Unstructured) error {
	app := &v1alpha1.AfroApp{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, app); err != nil {
		return fmt.Errorf("%s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	v.seen[u.GetNamespace()+"/"+u.GetName()] = app
	return nil
}

func (v *viewer) fleet() []*v1alpha1.AfroApp {
	var keys []string
	for k := range v.seen {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []*v1alpha1.AfroApp
	for _, k := range keys {
		out = append(out, v.seen[k])
	}
	return out
}

func (v *viewer) print() {
	apps := v.fleet()
	if v.app != "" {
		for _, a := range apps {
			fmt.Fprint(v.out, explain.Status(a, v.now()))
		}
		return
	}
	fmt.Fprint(v.out, explain.Table(apps, v.now()))
}

// follow prints what changes. A watch that the API server ends is begun again where it ended.
func (v *viewer) follow(ctx context.Context, version string) error {
	for ctx.Err() == nil {
		o := v.options()
		o.Limit, o.ResourceVersion, o.AllowWatchBookmarks = 0, version, true
		w, err := v.apps.Watch(ctx, o)
		if err != nil {
			return err
		}
		version, err = v.hear(ctx, w, version)
		w.Stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// hear what one watch says, until it or the context ends.
func (v *viewer) hear(ctx context.Context, w watch.Interface, version string) (string, error) {
	for {
		select {
		case <-ctx.Done():
			return version, nil
		case e, more := <-w.ResultChan():
			u, ok := e.Object.(*unstructured.Unstructured)
			switch {
			case !more:
				return version, nil
			case !ok || e.Type == watch.Error:
				return version, errors.New("the watch was ended by the API server; begin again")
			}
			version = u.GetResourceVersion()
			if err := v.changed(e.Type, u); err != nil {
				return version, err
			}
		}
	}
}

func (v *viewer) changed(what watch.EventType, u *unstructured.Unstructured) error {
	key := u.GetNamespace() + "/" + u.GetName()
	switch what {
	case watch.Deleted:
		delete(v.seen, key)
		fmt.Fprintf(v.out, "%s was deleted\n", key)
		return nil
	case watch.Added, watch.Modified:
	default:
		return nil
	}
	if err := v.take(u); err != nil {
		return err
	}
	if v.app != "" {
		fmt.Fprintf(v.out, "\n%s\n%s", v.now().UTC().Format(time.RFC3339), explain.Status(v.seen[key], v.now()))
		return nil
	}
	fmt.Fprint(v.out, explain.Row(v.seen[key], v.now()))
	return nil
}

func (v *viewer) code() int {
	for _, a := range v.seen {
		if v.strict && !isReady(a) {
			return exitRefused
		}
	}
	return exitOK
}
