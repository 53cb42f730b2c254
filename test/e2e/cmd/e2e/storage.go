package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// volumes that Clusters may claim. There is no provisioner: each is a folder of the node, and is kept when released.
const volumes = 24

func (i installer) storage() error {
	var b strings.Builder
	b.WriteString(`apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: local
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
`)
	for n := range volumes {
		path := filepath.Join(i.state, "pv", fmt.Sprint(n))
		if err := os.MkdirAll(path, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o777); err != nil {
			return err
		}
		fmt.Fprintf(&b, `---
apiVersion: v1
kind: PersistentVolume
metadata: {name: local-%d}
spec:
  capacity: {storage: 20Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: local
  persistentVolumeReclaimPolicy: Retain
  local: {path: %s}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [lab]}]}]}}
`, n, path)
	}
	dir := filepath.Join(i.state, "peers", "storage")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources: [volumes.yaml]\n"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "volumes.yaml"), []byte(b.String()), 0o644)
}
