package main

import (
	"cmp"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/e2e/suite"
)

// writeLab says to the stories what is around the node.
func (l *lab) writeLab() error {
	into := os.Getenv("AFROAPP_E2E_EVIDENCE")
	if into != "" {
		var err error
		if into, err = filepath.Abs(into); err != nil { // stories run in folders of their own
			return err
		}
	}
	lab := suite.Lab{
		Registry: "registry.lab.internal:5000", Push: node.Address + ":5000", Workload: filepath.Join(l.state, "bin", "app"),
		Domain: "apps.lab.internal", Edge: node.Address, Trust: filepath.Join(l.state, "edge-ca.crt"),
		Infra: "https://git.lab.internal:3000/infra.git", InfraPush: "https://" + node.Address + ":3000/infra.git",
		Updater: cmp.Or(givenUpdater(), suite.Actor), Store: "http://s3.lab.internal:7070", Owned: true, Operator: nextManifest(l.state),
		Evidence: into, Audit: filepath.Join(l.state, "log", "audit.log"),
	}
	raw, err := yaml.Marshal(lab)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.state, "lab.yaml"), raw, 0o644)
}
