package controllers

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// flavour is how an app is deployed, and where image-updater writes then.
type flavour struct {
	spec  string   // of the AfroApp
	field []string // of the Application
	value func(digest string) []any
	// strange are edits by others of fields that are ours, as merge patches of the Application.
	strange []string
}

var anyFlavour = []string{
	`{"spec":{"source":{"targetRevision":"theirs"}}}`, `{"spec":{"syncPolicy":null}}`, `{"spec":{"project":"elsewhere"}}`,
}

var chartFlavour = flavour{
	spec:  `{image: "ghcr.io/codenificient/shop:latest", port: 3000}`,
	field: []string{"spec", "source", "helm", "parameters"},
	value: func(digest string) []any {
		return []any{
			map[string]any{"name": "image.repository", "value": "ghcr.io/codenificient/shop", "forceString": true},
			map[string]any{"name": "image.tag", "value": "latest@" + digest, "forceString": true},
		}
	},
	strange: append([]string{
		`{"spec":{"source":{"helm":{"valuesObject":{"replicas":9}}}}}`,
		`{"spec":{"source":{"helm":{"valuesObject":{"nameOverride":"theirs"}}}}}`,
		`{"spec":{"source":{"kustomize":{"namePrefix":"theirs-"}}}}`,
	}, anyFlavour...),
}

var kustomizeFlavour = flavour{
	spec:  `{image: "ghcr.io/codenificient/shop:latest", port: 3000, source: {path: apps/NS/shop, kustomize: {}}}`,
	field: []string{"spec", "source", "kustomize", "images"},
	value: func(digest string) []any {
		return []any{"ghcr.io/codenificient/shop=ghcr.io/codenificient/shop:latest@" + digest}
	},
	strange: append([]string{
		`{"spec":{"source":{"kustomize":{"patches":[{"patch":"theirs"}]}}}}`,
		`{"spec":{"source":{"helm":{"releaseName":"theirs"}}}}`,
	}, anyFlavour...),
}

// digestNumber is a digest that tells which one it is.
func digestNumber(n int) string { return fmt.Sprintf("sha256:%064d", n) }

// way is how image-updater writes a new image. The whole object is sent as it was recorded (evidence lost-update): read again, so
// that no conflict stops it, with the spec as it was when the cycle began.
type way string

const (
	fresh      way = "reads and replaces"
	lostUpdate way = "replaces by the spec of before"
	conflict   way = "replaces what it read before, and again after the conflict"
	mergePatch way = "patches"
)

var ways = []way{fresh, lostUpdate, conflict, mergePatch}

// updater plays image-updater on one Application.
type updater struct {
	flavour
	key       types.NamespacedName
	conflicts int
}

func (u *updater) read(ctx context.Context) (*unstructured.Unstructured, error) {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(foreign.Application)
	return o, admin.Get(ctx, u.key, o)
}

func (u *updater) put(ctx context.Context, o *unstructured.Unstructured, digest string) error {
	if err := unstructured.SetNestedSlice(o.Object, u.value(digest), u.field...); err != nil {
		return err
	}
	return admin.Update(ctx, o, client.FieldOwner("argocd-image-updater"))
}

// write a digest at the end of a cycle that began with what was seen then.
func (u *updater) write(ctx context.Context, how way, seen *unstructured.Unstructured, digest string) error {
	switch how {
	case mergePatch:
		return u.patch(ctx, seen, digest)
	case conflict:
		err := u.put(ctx, seen.DeepCopy(), digest)
		if !apierrors.IsConflict(err) {
			return err
		}
		u.conflicts++
	}
	for {
		now, err := u.read(ctx)
		if err != nil {
			return err
		}
		if how == lostUpdate {
			now.Object["spec"] = seen.DeepCopy().Object["spec"]
		}
		if err = u.put(ctx, now, digest); !apierrors.IsConflict(err) {
			return err
		}
	}
}

func (u *updater) patch(ctx context.Context, o *unstructured.Unstructured, digest string) error {
	body := map[string]any{}
	if err := unstructured.SetNestedSlice(body, u.value(digest), u.field...); err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return admin.Patch(ctx, o.DeepCopy(), client.RawPatch(types.MergePatchType, raw), client.FieldOwner("argocd-image-updater"))
}

// applicationOf is the key of an app's Application.
func applicationOf(ns, app string) expand.Key {
	return expand.Key{Kind: "Application", Namespace: "argocd", Name: expand.ApplicationName(ns, app)}
}
