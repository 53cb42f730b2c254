package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	kjson "sigs.k8s.io/json"
)

// decode fills a type the way the API server does with strict field validation: names are compared by
// case, and an unknown or repeated field is an error. Some of Argo CD's types decode themselves, out of
// sight of that check; so what was read is written again and must still say all that the document said.
func decode(document []byte, into any) error {
	strict, err := kjson.UnmarshalStrict(document, into)
	if err := errors.Join(append([]error{err}, strict...)...); err != nil {
		return err
	}
	again, err := json.Marshal(into)
	if err != nil {
		return err
	}
	var before, after any
	if err := errors.Join(json.Unmarshal(document, &before), json.Unmarshal(again, &after)); err != nil {
		return err
	}
	return errors.Join(lost("", before, after)...)
}

// lost lists what before says and after does not. A zero value may go: types drop it, and it means the same.
func lost(path string, before, after any) []error {
	switch before := before.(type) {
	case map[string]any:
		return lostKeys(path, before, after)
	case []any:
		return lostItems(path, before, after)
	}
	if !reflect.DeepEqual(before, after) && (after != nil || !isZero(before)) {
		return []error{fmt.Errorf("%s: %v became %v", path, before, after)}
	}
	return nil
}

func lostKeys(path string, before map[string]any, after any) []error {
	kept, ok := after.(map[string]any)
	if !ok && len(before) > 0 {
		return []error{fmt.Errorf("%s: the type loses it", path)}
	}
	var errs []error
	for key, value := range before {
		errs = append(errs, lost(path+"."+key, value, kept[key])...)
	}
	return errs
}

func lostItems(path string, before []any, after any) []error {
	kept, _ := after.([]any)
	if len(before) != len(kept) {
		return []error{fmt.Errorf("%s: %d items became %d", path, len(before), len(kept))}
	}
	var errs []error
	for i, value := range before {
		errs = append(errs, lost(fmt.Sprintf("%s[%d]", path, i), value, kept[i])...)
	}
	return errs
}

func isZero(value any) bool {
	return value == nil || reflect.ValueOf(value).IsZero()
}
