package schema

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// Rest gives those of some refusals that were not said already: at the same field, or above or below it.
func Rest(found, said platform.Refusals) (out platform.Refusals) {
	for _, f := range found {
		if !slices.ContainsFunc(said, func(s platform.Refusal) bool { return s.Reason == v1alpha1.ReasonInvalid && related(s.Field, f.Field) }) {
			out = append(out, f)
		}
	}
	return out
}

func related(a, b string) bool { return within(a, b) || within(b, a) }

func within(field, parent string) bool {
	rest, ok := strings.CutPrefix(field, parent)
	return ok && (rest == "" || parent == "" || rest[0] == '.' || rest[0] == '[')
}

// root is the field of an error of the object as a whole.
const root = "<nil>"

// refusals of errors, by field. The API server says some things twice, and one of them of no field.
func refusals(errs field.ErrorList) (out platform.Refusals) {
	slices.SortStableFunc(errs, func(a, b *field.Error) int { return cmp.Compare(a.Field, b.Field) })
	for _, e := range errs {
		if r := refusal(e); r.Field != "" && !slices.ContainsFunc(out, func(o platform.Refusal) bool { return o.Field == r.Field }) {
			out = append(out, r)
		}
	}
	if len(out) == 0 && len(errs) > 0 {
		out = platform.Refusals{{Field: "spec", Reason: v1alpha1.ReasonInvalid, Cause: errs.ToAggregate().Error(), Remedy: "mend it"}}
	}
	return out
}

var (
	// rule is the message of a CEL rule: where it speaks of a field below its own, the field stands in front.
	rule      = regexp.MustCompile(`^(?:([A-Za-z]+(?:\.[A-Za-z]+)*): )?([^;]+); (.+)$`)
	wrongType = regexp.MustCompile(` in body must be of type ([a-z,]+): "([a-z]+)"$`)
)

func refusal(e *field.Error) platform.Refusal {
	r := platform.Refusal{Field: strings.TrimPrefix(e.Field, root), Reason: v1alpha1.ReasonInvalid}
	wrong, said := wrongType.FindStringSubmatch(e.Detail), rule.FindStringSubmatch(e.Detail)
	switch {
	case wrong != nil:
		r.Cause, r.Remedy = ofType(wrong[1], wrong[2])
	case said != nil:
		r.Field, r.Cause, r.Remedy = strings.Trim(r.Field+"."+said[1], "."), said[2], said[3]
	case e.BadValue == "" && e.Type != field.ErrorTypeRequired:
		r.Cause, r.Remedy = "empty", "remove it, or give it a value"
	default:
		r.Cause, r.Remedy = strings.TrimSpace(strings.ToLower(e.Type.String())+" "+e.Detail), "mend it"
	}
	return r
}

// ofType explains a value of another type. Nothing at all is one: the API server drops the field in silence.
func ofType(want, is string) (cause, remedy string) {
	switch {
	case is == "null" && want == "object":
		return "nothing stands behind it, and the API server would drop it", "write {}, or remove it"
	case is == "null":
		return "nothing stands behind it, and the API server would drop it", "give it a value, or remove it"
	case strings.Contains(want, "string"):
		return "a " + is + " that is not whole", "write it in quotes"
	}
	return "is a " + is + " where " + want + " is needed", "mend it"
}
