package manifests

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// attempt is one write of the operator; denied is a part of the refusal, or empty where it may pass.
type attempt struct {
	name   string
	verb   string // create, update or delete; the last two find the object there
	object string
	change string // update: a merge patch
	denied string
}

const (
	ours      = `metadata: {name: a, namespace: team-a, labels: {app.kubernetes.io/managed-by: afroapp}}`
	someones  = `metadata: {name: a, namespace: team-a}`
	database  = `{apiVersion: postgresql.cnpg.io/v1, kind: Database, ` + someones
	secret    = `{apiVersion: v1, kind: Secret, `
	noDelete  = "may not delete data"
	noDrop    = "may not tell CloudNativePG to drop"
	noOwner   = "may not be owned by an AfroApp"
	ownOnly   = "managed-by=afroapp, before and after"
	argocdAnd = "in the namespace argocd only"
	noDefault = "the AppProject default"
)

var attempts = []attempt{
	{name: "delete a Cluster", verb: "delete", object: `{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, ` + someones + `}`, denied: noDelete},
	{name: "delete a Database", verb: "delete", object: database + `}`, denied: noDelete},
	{name: "delete a DatabaseRole", verb: "delete", object: `{apiVersion: postgresql.cnpg.io/v1, kind: DatabaseRole, ` + someones + `}`, denied: noDelete},
	{name: "delete a ScheduledBackup", verb: "delete", object: `{apiVersion: postgresql.cnpg.io/v1, kind: ScheduledBackup, ` + someones + `}`, denied: noDelete},
	{name: "delete a Backup", verb: "delete", object: `{apiVersion: postgresql.cnpg.io/v1, kind: Backup, ` + someones + `}`, denied: noDelete},
	{name: "delete an ObjectStore", verb: "delete", object: `{apiVersion: barmancloud.cnpg.io/v1, kind: ObjectStore, ` + someones + `}`, denied: noDelete},
	{name: "delete a volume claim", verb: "delete", object: claim, denied: noDelete},
	{name: "delete a namespace", verb: "delete", object: `{apiVersion: v1, kind: Namespace, metadata: {name: spare}}`, denied: noDelete},
	{name: "drop a database by update", verb: "update", object: database + `, spec: {ensure: present}}`, change: `{spec: {ensure: absent}}`, denied: noDrop},
	{name: "drop a database at its end", verb: "update", object: database + `}`, change: `{spec: {databaseReclaimPolicy: delete}}`, denied: noDrop},
	{name: "drop a role at its end", verb: "create", object: `{apiVersion: postgresql.cnpg.io/v1, kind: DatabaseRole, ` + someones + `, spec: {databaseRoleReclaimPolicy: delete}}`, denied: noDrop},
	{name: "own a database", verb: "create", object: `{apiVersion: postgresql.cnpg.io/v1, kind: Database, metadata: {name: a, namespace: team-a, ownerReferences: [` +
		`{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, name: a, uid: u}]}}`, denied: noOwner},
	{name: "make a database", verb: "create", object: database + `, spec: {ensure: present, databaseReclaimPolicy: retain}}`},
	{name: "change a database", verb: "update", object: database + `, spec: {name: a}}`, change: `{spec: {extensions: [{name: vector}]}}`},

	{name: "make an Application", verb: "create", object: application("argocd", "team-a")},
	{name: "change an Application", verb: "update", object: application("argocd", "team-a"), change: `{spec: {source: {path: apps/a}}}`},
	{name: "delete an Application", verb: "delete", object: application("argocd", "team-a")},
	{name: "make an Application elsewhere", verb: "create", object: application("team-a", "team-a"), denied: argocdAnd},
	{name: "change an Application elsewhere", verb: "update", object: application("team-a", "team-a"), change: `{spec: {source: {}}}`, denied: argocdAnd},
	{name: "delete an Application elsewhere", verb: "delete", object: application("team-a", "team-a"), denied: argocdAnd},
	{name: "use the project default", verb: "create", object: application("argocd", "default"), denied: noDefault},
	{name: "use no project, which is default", verb: "create", object: application("argocd", ""), denied: noDefault},
	{name: "move to the project default", verb: "update", object: application("argocd", "team-a"), change: `{spec: {project: default}}`, denied: noDefault},
	{name: "change the project default", verb: "update", object: project("default"), change: `{spec: {}}`, denied: noDefault},
	{name: "make a project", verb: "create", object: project("team-a")},
	{name: "make an ApplicationSet", verb: "create", object: `{apiVersion: argoproj.io/v1, kind: ApplicationSet, metadata: {name: a, namespace: argocd}}`, denied: "no ApplicationSets"},
	{name: "make an ImageUpdater", verb: "create", object: `{apiVersion: argocd-image-updater.argoproj.io/v1, kind: ImageUpdater, metadata: {name: a, namespace: argocd}}`},
	{name: "make an ImageUpdater elsewhere", verb: "create", object: `{apiVersion: argocd-image-updater.argoproj.io/v1, kind: ImageUpdater, ` + ours + `}`, denied: argocdAnd},

	{name: "make a Secret of ours", verb: "create", object: secret + ours + `}`},
	{name: "change a Secret of ours", verb: "update", object: secret + ours + `}`, change: `{stringData: {password: x}}`},
	{name: "delete a Secret of ours", verb: "delete", object: secret + ours + `}`},
	{name: "make a Secret without the label", verb: "create", object: secret + someones + `}`, denied: ownOnly},
	{name: "change somebody's Secret", verb: "update", object: secret + someones + `}`, change: `{stringData: {password: x}}`, denied: ownOnly},
	{name: "take somebody's Secret over", verb: "update", object: secret + someones + `}`, change: `{metadata: {labels: {app.kubernetes.io/managed-by: afroapp}}}`, denied: ownOnly},
	{name: "hand a Secret of ours away", verb: "update", object: secret + ours + `}`, change: `{metadata: {labels: {app.kubernetes.io/managed-by: null}}}`, denied: ownOnly},
	{name: "delete somebody's Secret", verb: "delete", object: secret + someones + `}`, denied: ownOnly},
	{name: "make the password key", verb: "create", object: passwordKey(systemNamespace)},
	{name: "make a password key elsewhere", verb: "create", object: passwordKey("team-a"), denied: ownOnly},
	{name: "change the password key", verb: "update", object: passwordKey(systemNamespace), change: `{stringData: {key: x}}`, denied: "made once"},
	{name: "delete the password key", verb: "delete", object: passwordKey(systemNamespace), denied: "made once"},
}

const claim = `{apiVersion: v1, kind: PersistentVolumeClaim, ` + someones +
	`, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`

func application(namespace, project string) string {
	return `{apiVersion: argoproj.io/v1, kind: Application, metadata: {name: a, namespace: ` + namespace + `}, spec: {project: "` + project + `"}}`
}

func project(name string) string {
	return `{apiVersion: argoproj.io/v1, kind: AppProject, metadata: {name: ` + name + `, namespace: argocd}}`
}

func passwordKey(namespace string) string {
	return `{apiVersion: v1, kind: Secret, metadata: {name: afroapp-password-key, namespace: ` + namespace + `}}`
}

// TestSecondLock gives the operator every right by RBAC, as a careless role would, and tries.
func TestSecondLock(t *testing.T) {
	prepare(t)
	c := operatorWithEveryVerb(t)
	awaitPolicies(t, c)
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) { a.check(t, c) })
	}
}

// The lock is against ourselves: nobody else is held back.
func TestSecondLockHoldsNobodyElse(t *testing.T) {
	prepare(t)
	awaitPolicies(t, operatorWithEveryVerb(t))
	admin := adminClient(t)
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			a.denied = ""
			a.check(t, admin)
		})
	}
}

// check does the write as a dry run, which passes admission like any other.
func (a attempt) check(t *testing.T, c client.Client) {
	t.Helper()
	object := parse(t, a.object)
	if a.verb != "create" {
		makeSure(t, object)
	}
	err := a.try(t, c, object)
	switch {
	case a.denied == "" && err != nil:
		t.Errorf("refused: %v", err)
	case a.denied != "" && err == nil:
		t.Error("passed")
	case a.denied != "" && !strings.Contains(err.Error(), a.denied):
		t.Errorf("refused, but not because of %q: %v", a.denied, err)
	}
}

func (a attempt) try(t *testing.T, c client.Client, object *unstructured.Unstructured) error {
	t.Helper()
	switch a.verb {
	case "create":
		return c.Create(t.Context(), object, client.DryRunAll)
	case "update":
		patch, err := yaml.YAMLToJSON([]byte(a.change))
		if err != nil {
			t.Fatal(err)
		}
		return c.Patch(t.Context(), object, client.RawPatch("application/merge-patch+json", patch), client.DryRunAll)
	}
	return c.Delete(t.Context(), object, client.DryRunAll)
}

func parse(t *testing.T, flow string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(flow), &object.Object); err != nil {
		t.Fatalf("%s: %v", flow, err)
	}
	return object
}

// prepare applies config/default as the README says, into a cluster that has Argo CD's namespace.
func prepare(t *testing.T) {
	t.Helper()
	for _, name := range []string{argocdNamespace, "team-a", "spare"} {
		makeNamespace(t, name)
	}
	install(t, "default")
}

// makeNamespace leaves it behind: without its controller a namespace never goes.
func makeNamespace(t *testing.T, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := adminClient(t).Create(t.Context(), namespace); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
}

// operatorWithEveryVerb acts as the manager's account with every ordinary verb on everything, but no wildcard verb.
func operatorWithEveryVerb(t *testing.T) client.Client {
	t.Helper()
	bindOperator(t, "every-verb", "create", "get", "list", "watch", "update", "patch", "delete", "deletecollection")
	config, _, err := server.User(operator, "system:serviceaccounts", "system:serviceaccounts:"+systemNamespace)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bindOperator grants verbs on everything until the test ends.
func bindOperator(t *testing.T, name string, verbs ...string) {
	t.Helper()
	admin := adminClient(t)
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules:      []rbacv1.PolicyRule{{Verbs: verbs, APIGroups: []string{"*"}, Resources: []string{"*"}}},
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: systemNamespace, Name: managerAccount}},
	}
	for _, object := range []client.Object{role, binding} {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = admin.Delete(context.Background(), object) })
	}
}

// awaitPolicies waits until the API server has compiled all three, each by a write that only it refuses.
func awaitPolicies(t *testing.T, c client.Client) {
	t.Helper()
	for _, a := range []attempt{
		{verb: "create", object: database + `, spec: {ensure: absent}}`, denied: noDrop},
		{verb: "create", object: application("team-a", "team-a"), denied: argocdAnd},
		{verb: "create", object: secret + someones + `}`, denied: ownOnly},
	} {
		eventually(t, "refused: "+a.denied, func() bool {
			err := a.try(t, c, parse(t, a.object))
			return err != nil && strings.Contains(err.Error(), a.denied)
		})
	}
	eventually(t, "refused again after an earlier consent", func() bool {
		err := tryDelete(t, c)
		return err != nil && strings.Contains(err.Error(), noDelete)
	})
}
