package controlplane

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// auditPolicy logs who asked for what, not the bodies. The stage RequestReceived would double every entry.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// AuditEntry is one request. Verb is in small letters; a server-side apply is a patch here, and its
// URI has fieldManager. Stage is ResponseStarted while a watch is open and ResponseComplete otherwise.
type AuditEntry struct {
	ID        string `json:"auditID"`
	Stage     string `json:"stage"`
	Verb      string `json:"verb"`
	URI       string `json:"requestURI"`
	UserAgent string `json:"userAgent"`
	User      struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		APIGroup    string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

// ReadAudit reads the file of Options.AuditLog, one entry per request in the order in which the
// answers began. The API server writes an entry a moment after the answer: a caller that counts its
// own requests waits until the number stays the same. A last line still being written is left out.
func ReadAudit(file string) ([]AuditEntry, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data[:bytes.LastIndexByte(data, '\n')+1]))
	var entries []AuditEntry
	place := map[string]int{}
	for {
		var entry AuditEntry
		err := decoder.Decode(&entry)
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the audit log %s: %w", file, err)
		}
		if i, ok := place[entry.ID]; ok { // the end of a watch whose beginning was logged
			entries[i] = entry
			continue
		}
		place[entry.ID] = len(entries)
		entries = append(entries, entry)
	}
}
