package actors

import (
	"strings"

	"k8s.io/client-go/tools/cache"
)

// get returns nil if there is no such object. It must not be changed.
func (v *view) get(k key) *object {
	informer, ok := v.informers[k.kind]
	if !ok {
		return nil
	}
	o, _, _ := informer.GetStore().GetByKey(k.id())
	found, _ := o.(*object)
	return found
}

// list returns the objects of one namespace, or of all. They must not be changed.
func (v *view) list(k kind, namespace string) []*object {
	informer, ok := v.informers[k]
	if !ok {
		return nil
	}
	objects := informer.GetStore().List()
	if namespace != "" {
		objects, _ = informer.GetIndexer().ByIndex(cache.NamespaceIndex, namespace)
	}
	found := make([]*object, 0, len(objects))
	for _, o := range objects {
		found = append(found, o.(*object))
	}
	return found
}

const refersIndex = "refers"

// refers indexes objects by the texts in their spec that others look for, so that a thousand of them in one
// namespace cost no more than one.
func refers(indexed any) ([]string, error) {
	o, ok := indexed.(*object)
	if !ok {
		return nil, nil
	}
	var found []string
	for _, path := range []string{"name", "owner", "project", "passwordSecret.name", "issuerRef.name"} {
		if value := text(o, append([]string{"spec"}, strings.Split(path, ".")...)...); value != "" {
			found = append(found, path+"="+value)
		}
	}
	return found, nil
}

// where returns the objects of the namespace, or of all, whose spec holds the text. They must not be changed.
func (v *view) where(k kind, namespace, path, value string) []*object {
	informer, ok := v.informers[k]
	if !ok {
		return nil
	}
	objects, _ := informer.GetIndexer().ByIndex(refersIndex, path+"="+value)
	var found []*object
	for _, o := range objects {
		if o := o.(*object); namespace == "" || o.GetNamespace() == namespace {
			found = append(found, o)
		}
	}
	return found
}
