package detection

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/observe"
)

// Recording is a scenario of the real Argo CD and image-updater: a folder with the objects that were recorded, fed in as they
// are, at the time at which they were recorded.
type Recording struct {
	Name string
	// Want is the verdict: hop and reason, "delivered", "rolling", or hop and reason and "unknown".
	Want string
	// Said is what the operator said, Line its stuck line.
	Said, Line string
	// Broken is why it could not be played.
	Broken error

	folder string
	when   moments
	says   servedThen
}

// moments of a recording.
type moments struct {
	Now      time.Time  `json:"now"`
	Seen     *time.Time `json:"seen,omitempty"` // when the operator saw it first
	Platform string     `json:"platform"`
}

// servedThen is what the registry said when it was recorded.
type servedThen struct {
	Digest    string                     `json:"digest,omitempty"`
	Failure   *observe.RegistryFailure   `json:"failure,omitempty"`
	Diagnosis *observe.RegistryDiagnosis `json:"diagnosis,omitempty"`
}

// Right tells whether the operator said what an observer has to say.
func (r Recording) Right() bool { return r.Broken == nil && r.Said == r.Want }

// mended are recordings whose cause is a spec that the operator does not leave as it is. What is left of them is judged.
var mended = map[string]string{
	"silent-newest-build": v1alpha1.HopWriteBack + " " + v1alpha1.ReasonNoWriteBack,
}

// unfed cannot be fed to an operator that runs: it makes the Application anew, and nobody may write a time of deletion. They are
// judged by the tests of internal/observe.
var unfed = []string{"application-deleted", "deletion-blocked"}

// Recordings in the folder of the golden stories.
func Recordings(folder string) (all []Recording, err error) {
	wants := map[string]string{}
	if err := unmarshalFile(filepath.Join(folder, "recorded.yaml"), &wants); err != nil {
		return nil, err
	}
	for name, want := range wants {
		if slices.Contains(unfed, name) {
			continue
		}
		r := Recording{Name: name, Want: want, folder: filepath.Join(folder, "recorded-"+name)}
		if other, ok := mended[name]; ok {
			r.Want = other
		}
		if err := unmarshalFile(filepath.Join(r.folder, "extra.yaml"), &r.when); err != nil {
			return nil, err
		}
		if err := unmarshalFile(filepath.Join(r.folder, "registry.yaml"), &r.says); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if r.says.Digest == "" {
			r.says.Digest = "sha256:" + strings.Repeat("2", 64) // what runs, where the recording does not say
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Recording) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func unmarshalFile(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(raw, into)
}

// recordedHost is the registry of the recording.
const recordedHost = "127.0.0.1:15001"
