package expand

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// Plan is all intents of one app, in the order in which they are applied.
type Plan struct {
	// Effective is what the intents were built from.
	Effective *platform.Effective
	Intents   []Intent
}

// Intent is the fields of a child that we own. Nothing else of the child is ours, but what is Whole.
type Intent struct {
	Lane   v1alpha1.Lane
	Object *unstructured.Unstructured
	// Whole are paths at which everything is ours: what stands there and is not in Object is taken out.
	Whole [][]string
	// Parameters of a chart are image-updater's, as long as they name the image of the spec.
	Parameters *ImageParameters
}

// ImageParameters are the two parameters of a chart that image-updater writes.
type ImageParameters struct {
	Path      []string // of the list
	Name, Tag string   // of the parameters
	Image     string   // that they are for, without its tag
}

// Key names an object.
type Key struct {
	Kind      string
	Namespace string
	Name      string
}

// KeyOf a row of a ledger.
func KeyOf(row v1alpha1.Child) Key {
	return Key{Kind: row.Kind, Namespace: row.Namespace, Name: row.Name}
}

// String is for people: Kind namespace/name.
func (k Key) String() string {
	if k.Namespace == "" {
		return k.Kind + " " + k.Name
	}
	return k.Kind + " " + k.Namespace + "/" + k.Name
}

// Key of the object.
func (i Intent) Key() Key {
	return Key{Kind: i.Object.GetKind(), Namespace: i.Object.GetNamespace(), Name: i.Object.GetName()}
}

// GVK of the object.
func (i Intent) GVK() schema.GroupVersionKind { return i.Object.GroupVersionKind() }

// Data tells whether the object holds what people cannot get back.
func (i Intent) Data() bool {
	k, _ := foreign.Of(i.GVK())
	return k.Data || i.Object.GetLabels()[LabelData] == "true"
}

// Hash of the intent, 16 hex digits: what the ledger remembers of it.
func (i Intent) Hash() string {
	raw, err := json.Marshal(i.Object.Object)
	if err != nil {
		panic("an intent is made of JSON values: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// Has tells whether the plan holds an object.
func (p *Plan) Has(k Key) bool {
	for _, i := range p.Intents {
		if i.Key() == k {
			return true
		}
	}
	return false
}

// Served splits the plan by what the cluster serves.
func (p *Plan) Served(f platform.Flavours) (served, missing []Intent) {
	for _, i := range p.Intents {
		if f.Serves(i.GVK()) {
			served = append(served, i)
		} else {
			missing = append(missing, i)
		}
	}
	return served, missing
}
