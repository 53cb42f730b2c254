package suite

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/evidence"
)

// beside the children of an app, peers make these for it.
var beside = []schema.GroupVersionKind{
	{Group: "apps", Version: "v1", Kind: "DeploymentList"},
	{Version: "v1", Kind: "PodList"},
	{Group: "cert-manager.io", Version: "v1", Kind: "CertificateRequestList"},
}

// Record writes what the peers have made of an app, where the lab has a folder for evidence: its children, what peers made
// beside them, and the Clusters.
func (s *Story) Record(scenario string, app *v1alpha1.AfroApp) {
	s.Helper()
	if s.Evidence == "" {
		return
	}
	write := func(object *unstructured.Unstructured) {
		s.Helper()
		name := object.GetName()
		if made := object.GetGenerateName(); made != "" { // by chance, another one in each run
			name = strings.TrimSuffix(made, "-")
		}
		if hash := object.GetLabels()["pod-template-hash"]; hash != "" {
			name = strings.ReplaceAll(name, "-"+hash, "")
		}
		file := filepath.Join(s.Evidence, scenario, strings.ToLower(object.GetKind())+"-"+name+".yaml")
		if err := evidence.Write(file, "recorded end to end, story "+s.Name()+", "+app.Namespace+"/"+app.Name+" is Ready", object); err != nil {
			s.Fatal(err)
		}
	}
	for _, child := range app.Status.Children {
		write(s.Child(child))
	}
	for _, kind := range beside {
		s.each(kind, write, client.InNamespace(app.Namespace))
	}
	s.recordRequests(filepath.Join(s.Evidence, scenario, evidence.RequestsFile), app)
	if s.Owned { // elsewhere Clusters of others would be among them
		s.each(schema.GroupVersionKind{Group: "postgresql.cnpg.io", Version: "v1", Kind: "ClusterList"}, write)
	}
}

// recordRequests writes who has changed the children of an app and what is in its namespace, in order.
func (s *Story) recordRequests(file string, app *v1alpha1.AfroApp) {
	s.Helper()
	if s.Audit == "" {
		return
	}
	log, err := os.Open(s.Audit)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = log.Close() }() // read only
	lines, err := evidence.FromAudit(log, func(_, namespace, name string) bool {
		return namespace == app.Namespace ||
			slices.ContainsFunc(app.Status.Children, func(c v1alpha1.Child) bool { return c.Namespace == namespace && c.Name == name })
	})
	if err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		s.Fatal(err)
	}
}

// AsRecorded holds that a peer leaves an object in the shape in which it was recorded to leave it.
func (s *Story) AsRecorded(object *unstructured.Unstructured, file, peer string) {
	s.Helper()
	recorded, err := evidence.Recorded(file, object.GetKind())
	if err != nil {
		s.Fatal(err)
	}
	for _, difference := range evidence.Compare(evidence.Shape(recorded, peer), evidence.Shape(object, peer)) {
		s.Errorf("%s %s, recorded (-) in %s, now (+): %s", object.GetKind(), object.GetName(), file, difference)
	}
}

func (s *Story) each(kind schema.GroupVersionKind, do func(*unstructured.Unstructured), options ...client.ListOption) {
	s.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind)
	if err := s.Client.List(s.Context(), list, options...); err != nil {
		s.Fatal(err)
	}
	for i := range list.Items {
		do(&list.Items[i])
	}
}
