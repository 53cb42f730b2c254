package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	sigsjson "sigs.k8s.io/json"
)

// fieldError is a field that a type does not have, or whose value it cannot take.
type fieldError struct{ field, cause, remedy string }

func (e fieldError) String() string { return e.field + ": " + e.cause + "; " + e.remedy }

// decode turns an object into a type. Strictly, a field that the type does not have is an error; the API server would drop
// it in silence.
func decode[T any](fields map[string]any, strict bool) (*T, []fieldError) {
	out := new(T)
	unknown, err := unmarshal(fields, out)
	if err == nil && (len(unknown) == 0 || !strict) {
		return out, nil
	}
	var errs []fieldError
	for _, leaf := range leaves(fields, nil) {
		if e, bad := judge[T](leaf, strict); bad && !slices.Contains(errs, e) {
			errs = append(errs, e)
		}
	}
	if len(errs) == 0 {
		errs = []fieldError{{field: "spec", cause: fmt.Sprint(errors.Join(append(unknown, err)...)), remedy: "mend it"}}
	}
	return nil, errs
}

func unmarshal(v, into any) (unknown []error, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return sigsjson.UnmarshalStrict(raw, into, sigsjson.DisallowUnknownFields)
}

// leaf is a value at the end of a path; the steps are names (string) and places in lists (int).
type leaf struct {
	path  []any
	value any
}

func leaves(v any, path []any) (out []leaf) {
	step := func(s, x any) { out = append(out, leaves(x, append(slices.Clone(path), s))...) }
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			step(name, v[name])
		}
	case []any:
		for i, x := range v {
			step(i, x)
		}
	}
	if len(out) == 0 {
		out = []leaf{{path: path, value: v}}
	}
	return out
}

// judge decodes an object that holds nothing but one leaf, step by step, so that the error is of that field: the decoder
// itself names no field for amounts, and stops at the first error.
func judge[T any](l leaf, strict bool) (fieldError, bool) {
	for n := 1; n <= len(l.path); n++ {
		path := l.path[:n]
		var value any
		if n < len(l.path) {
			value = container(l.path[n])
		}
		unknown, err := unmarshal(nest(path, nil), new(T))
		if len(unknown) > 0 && strict {
			return fieldError{field: render(path), cause: "unknown field", remedy: "remove it, or mend its spelling"}, true
		}
		if n == len(l.path) {
			value = l.value
		}
		if err == nil {
			_, err = unmarshal(nest(path, value), new(T))
		}
		if err != nil {
			cause, remedy := explain(err)
			return fieldError{field: render(path), cause: cause, remedy: remedy}, true
		}
	}
	return fieldError{}, false
}

func container(step any) any {
	if _, inList := step.(int); inList {
		return []any{}
	}
	return map[string]any{}
}

func nest(path []any, value any) any {
	for _, step := range slices.Backward(path) {
		if name, ok := step.(string); ok {
			value = map[string]any{name: value}
		} else {
			value = []any{value}
		}
	}
	return value
}

func render(path []any) string {
	var b strings.Builder
	for i, step := range path {
		switch s := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		case string:
			if i > 0 {
				b.WriteString(".")
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

func explain(err error) (cause, remedy string) {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.Is(err, resource.ErrFormatWrong):
		return "not an amount", "write for example 250m or 128Mi"
	case errors.As(err, &wrong):
		return "is " + article(wrong.Value) + " where " + expected(wrong.Type) + " is needed", "mend it"
	}
	return strings.TrimPrefix(err.Error(), "json: "), "mend it"
}

// article names the kind of a JSON value; behind "number" the decoder writes the number.
func article(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "bool":
		return "true or false"
	}
	return "a " + kind
}

func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string (in quotes)"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	return "a whole number"
}
