package actors

import (
	"encoding/json"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// applyOne creates or patches, as kubectl's client-side apply. It returns created, configured or unchanged.
func applyOne(s *scene, desired *object) (string, error) {
	k := workloadKind(desired)
	modified, err := annotated(desired)
	if err != nil {
		return "", err
	}
	live := s.get(k, desired.GetNamespace(), desired.GetName())
	if live == nil {
		_, err := s.create(k, modified)
		return "created", cause(err)
	}
	patch, err := threeWay(live, modified)
	if err != nil || patch == nil {
		return "unchanged", err
	}
	_, err = s.sendPatch(k, live, types.StrategicMergePatchType, patch)
	return "configured", cause(err)
}

// cause is the API server's own message.
func cause(err error) error {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return errors.New(status.Status().Message)
	}
	return err
}

// annotated with itself, so that the next apply knows what this one set.
func annotated(desired *object) (*object, error) {
	body, err := json.Marshal(desired.Object)
	if err != nil {
		return nil, err
	}
	modified := desired.DeepCopy()
	annotations := modified.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[lastAppliedAnnotation] = string(body) + "\n"
	modified.SetAnnotations(annotations)
	return modified, nil
}

// threeWay is the strategic merge patch from live to modified, nil if they agree.
func threeWay(live, modified *object) ([]byte, error) {
	current, err := json.Marshal(live.Object)
	if err != nil {
		return nil, err
	}
	next, err := json.Marshal(modified.Object)
	if err != nil {
		return nil, err
	}
	schema, err := strategicpatch.NewPatchMetaFromStruct(typeOf(modified.GetKind()))
	if err != nil {
		return nil, err
	}
	original := []byte(live.GetAnnotations()[lastAppliedAnnotation])
	patch, err := strategicpatch.CreateThreeWayMergePatch(original, next, current, schema, true)
	if err != nil || string(patch) == "{}" {
		return nil, err
	}
	return patch, nil
}

func upToDate(live, desired *object) bool {
	modified, err := annotated(desired)
	if err != nil {
		return false
	}
	patch, err := threeWay(live, modified)
	return err == nil && patch == nil
}
