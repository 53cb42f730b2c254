package apply

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Owner is who writes: an AfroApp, or the AfroPlatform.
type Owner struct {
	// Name is the value of expand.AnnotationOwner.
	Name string
	// UID of the AfroApp or AfroPlatform.
	UID types.UID
	// NamespaceUID of an AfroApp: another namespace of the same name is somebody else. Empty for the AfroPlatform.
	NamespaceUID types.UID
}

// refusal is why an existing object is not written.
type refusal struct{ reason, message, fix string }

// Owns tells whether an object is one of the owner's, as far as its marks say. What is not must hold nothing up.
func (o Owner) Owns(key expand.Key, live client.Object) bool {
	r := o.mayWrite(key, live)
	return r == nil || r.reason == v1alpha1.ReasonNewerOperator
}

// mayWrite tells whether an object that exists is the owner's to write. An object of ours carries the back-reference;
// an app that was deleted and made again in the same namespace takes its own up again, whatever its UID. Where somebody
// took annotations of ours off, the label with the owner's UID still tells.
func (o Owner) mayWrite(key expand.Key, live client.Object) *refusal {
	a := live.GetAnnotations()
	labelled := o.UID != "" && live.GetLabels()[expand.LabelOwnerUID] == string(o.UID)
	if a[expand.AnnotationOwner] == "" && !labelled {
		return &refusal{v1alpha1.ReasonConflict, fmt.Sprintf("%s exists and was not made by AfroApp", key),
			"rename or remove it, or choose another name for the AfroApp; it was not touched"}
	}
	if a[expand.AnnotationOwner] != "" && a[expand.AnnotationOwner] != o.Name {
		return &refusal{v1alpha1.ReasonConflict, fmt.Sprintf("%s belongs to another owner", key),
			"choose another name for the AfroApp; the object was not touched"}
	}
	if o.NamespaceUID != "" && !labelled && a[expand.AnnotationNamespaceUID] != string(o.NamespaceUID) && a[v1alpha1.AnnotationConsentNamespace] != string(o.NamespaceUID) {
		return &refusal{v1alpha1.ReasonKeptData, fmt.Sprintf("%s belongs to an earlier namespace of this name", key),
			fmt.Sprintf("if the same people own this namespace, an admin consents by annotating it with %s=%s; else remove it", v1alpha1.AnnotationConsentNamespace, o.NamespaceUID)}
	}
	if n, err := strconv.Atoi(a[expand.AnnotationRevision]); err == nil && n > expand.Revision {
		return &refusal{v1alpha1.ReasonNewerOperator, fmt.Sprintf("%s was last written by a newer operator", key),
			"upgrade this operator again; it leaves the object alone until then"}
	}
	return nil
}
