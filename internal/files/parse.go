package files

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	sigsjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// object is one Kubernetes object of a document; the items of a List are objects of their own.
type object struct {
	file   string
	line   int
	fields map[string]any
}

// parse reads the objects of a document. What is no Kubernetes object, such as a values file, gives none.
func parse(d document) (out []object, problems []Problem) {
	raw := d.raw
	if !json.Valid(raw) {
		var err error
		if raw, err = yaml.YAMLToJSONStrict(d.raw); err != nil {
			return nil, syntax(d, err)
		}
	}
	var value any
	twice, err := sigsjson.UnmarshalStrict(raw, &value, sigsjson.DisallowDuplicateFields)
	if err != nil {
		return nil, syntax(d, err)
	}
	for _, err := range twice {
		problems = append(problems, Problem{File: d.file, Subject: atLine(d.line), Text: err.Error() + "; remove one of them"})
	}
	fields, _ := value.(map[string]any)
	return flatten(object{file: d.file, line: d.line, fields: fields}), problems
}

// flatten takes a List apart, as `kubectl get -o yaml` prints it.
func flatten(o object) []object {
	if o.fields["kind"] == nil {
		return nil
	}
	items, ok := o.fields["items"].([]any)
	if !ok || !strings.HasSuffix(o.kind(), "List") {
		return []object{o}
	}
	var out []object
	for _, item := range items {
		if fields, ok := item.(map[string]any); ok {
			out = append(out, flatten(object{file: o.file, line: o.line, fields: fields})...)
		}
	}
	return out
}

func (o object) kind() string       { return text(o.fields["kind"]) }
func (o object) apiVersion() string { return text(o.fields["apiVersion"]) }

func (o object) metadata(field string) any {
	metadata, _ := o.fields["metadata"].(map[string]any)
	return metadata[field]
}

func (o object) name() string      { return text(o.metadata("name")) }
func (o object) namespace() string { return text(o.metadata("namespace")) }

// subject is kind/name, or the kind and where it is.
func (o object) subject() string {
	kind := strings.ToLower(o.kind())
	if o.name() == "" {
		return kind + " on " + atLine(o.line)
	}
	return kind + "/" + o.name()
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

var lineOfError = regexp.MustCompile(`line (\d+): (.*)`)

// syntax turns the errors of the parser into problems with the line of the file: the parser only counts from the
// beginning of its document.
func syntax(d document, err error) []Problem {
	found := lineOfError.FindAllStringSubmatch(err.Error(), -1)
	if found == nil {
		return []Problem{{File: d.file, Subject: atLine(d.line), Text: strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ") + "; mend it"}}
	}
	var out []Problem
	for _, m := range found {
		n, _ := strconv.Atoi(m[1]) // the pattern lets only digits pass
		out = append(out, Problem{File: d.file, Subject: atLine(d.line + n - 1), Text: m[2] + "; mend it"})
	}
	return out
}
