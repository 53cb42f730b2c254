package doctor

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// SARIF 2.1.0, as far as code scanning reads it.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
		Invocations []sarifInvocation `json:"invocations"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string      `json:"id"`
		ShortDescription     sarifText   `json:"shortDescription"`
		Help                 sarifText   `json:"help"`
		DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level Severity `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     Severity        `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level     Severity        `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
)

// SARIF is the report for code scanning. Paths are relative to the folder that was looked at.
func (r Report) SARIF() ([]byte, error) {
	driver := sarifDriver{Name: "afroctl doctor", InformationURI: "https://github.com/afrotomation/afroapp", Rules: []sarifRule{}}
	index := map[string]int{}
	for i, rule := range Rules {
		index[rule.ID] = i
		driver.Rules = append(driver.Rules, sarifRule{ID: rule.ID, ShortDescription: sarifText{rule.Title}, Help: sarifText{rule.Help}, DefaultConfiguration: sarifConfig{rule.Severity}})
	}
	run := sarifRun{Tool: sarifTool{driver}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Invocations: []sarifInvocation{{Successful: true, Notifications: []sarifNotification{}}}}
	for _, f := range r.Findings {
		run.Results = append(run.Results, sarifResult{RuleID: f.Rule, RuleIndex: index[f.Rule], Level: f.Severity,
			Message: sarifText{f.Sentence + ". Evidence: " + f.Evidence + ". Remedy: " + f.Remedy}, Locations: []sarifLocation{locate(f)}, Fixes: r.fixes(f)})
	}
	for _, s := range r.Skipped {
		at := sarifPhysical{Artifact: artifact(s.File)}
		if s.Line > 0 {
			at.Region = &sarifRegion{StartLine: s.Line}
		}
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{Level: Note, Message: sarifText{"skipped: " + s.Reason}, Locations: []sarifLocation{{Physical: &at}}})
	}
	return encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func artifact(file string) sarifArtifact {
	return sarifArtifact{URI: strings.TrimPrefix((&url.URL{Path: file}).String(), "./")}
}

// locate gives a place in a file, or the object where there is no file.
func locate(f Finding) (out sarifLocation) {
	if f.Object != "" {
		out.Logical = []sarifLogical{{Name: f.Object, Kind: "resource"}}
	}
	if f.Line > 0 {
		out.Physical = &sarifPhysical{Artifact: artifact(f.File), Region: &sarifRegion{StartLine: f.Line}}
	}
	return out
}

func (r Report) fixes(f Finding) []sarifFix {
	var changes []sarifChange
	for _, e := range f.Edits {
		if n := len(changes); n == 0 || changes[n-1].Artifact != artifact(e.File) {
			changes = append(changes, sarifChange{Artifact: artifact(e.File)})
		}
		last := &changes[len(changes)-1]
		last.Replacements = append(last.Replacements, sarifReplacement{Deleted: region(r.raw[e.File], e), Inserted: sarifText{e.Text}})
	}
	if changes == nil {
		return nil
	}
	return []sarifFix{{Description: sarifText{f.Remedy}, Changes: changes}}
}

// region of an edit, in lines and characters from 1.
func region(raw []byte, e Edit) (out sarifRegion) {
	out.StartLine, out.StartColumn = position(raw, e.Start)
	out.EndLine, out.EndColumn = position(raw, e.End)
	return out
}

func position(raw []byte, at int) (line, column int) {
	before := string(raw[:at])
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:])
}
