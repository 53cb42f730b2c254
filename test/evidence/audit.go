package evidence

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// RequestsFile is the name of a file with the requests that were made for one app, in their order, one a line: who, and what
// Request says.
const RequestsFile = "requests.txt"

// auditEvent is one line of an API server's audit log at level RequestResponse.
type auditEvent struct {
	Stage     string `json:"stage"`
	Verb      string `json:"verb"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	RequestObject json.RawMessage `json:"requestObject"`
}

// FromAudit reads the requests that changed something from an audit log, as far as wanted says of a resource, a namespace and a
// name. What is repeated at once counts once: how often a peer looks again is not what it does.
func FromAudit(log io.Reader, wanted func(resource, namespace, name string) bool) ([]string, error) {
	var lines []string
	reader := bufio.NewReader(log)
	for {
		raw, err := reader.ReadBytes('\n')
		if err == io.EOF { // a last line that is still being written is left out
			return slices.Compact(lines), nil
		}
		if err != nil {
			return nil, err
		}
		var e auditEvent
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("a line of the audit log: %w", err)
		}
		if e.Stage != "ResponseComplete" || e.ResponseStatus.Code >= 400 || !wanted(e.ObjectRef.Resource, e.ObjectRef.Namespace, e.ObjectRef.Name) {
			continue
		}
		who := e.User.Username[strings.LastIndexByte(e.User.Username, ':')+1:]
		lines = append(lines, who+": "+e.request().String())
	}
}

func (e auditEvent) request() Request {
	r := Request{Verb: e.Verb, Resource: e.ObjectRef.Resource}
	if e.ObjectRef.Subresource != "" {
		r.Resource += "/" + e.ObjectRef.Subresource
	}
	if e.Verb != "patch" { // the others send the whole object, and not what they change
		return r
	}
	var change map[string]any
	var operations []Operation
	switch {
	case json.Unmarshal(e.RequestObject, &change) == nil:
		for _, field := range []string{"apiVersion", "kind"} { // of an apply
			delete(change, field)
		}
		if metadata, is := change["metadata"].(map[string]any); is {
			delete(metadata, "name")
			delete(metadata, "namespace")
			delete(metadata, "uid")
			delete(metadata, "resourceVersion")
			if len(metadata) == 0 {
				delete(change, "metadata")
			}
		}
		r.Fields = Fields(change)
	case json.Unmarshal(e.RequestObject, &operations) == nil:
		r.Fields = Touched(operations)
	}
	return r
}
