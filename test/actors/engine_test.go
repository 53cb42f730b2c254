package actors_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/actors"
)

func TestUnknownModeIsAnError(t *testing.T) {
	c := actors.NewCNPG(config, actors.CNPGOptions{})
	if err := c.Behave(mode("WrongKy")); err == nil {
		t.Error("a misspelt mode is taken")
	}
	if err := c.Behave(mode(actors.CrashLoop)); err == nil {
		t.Error("the mode of another actor is taken")
	}
	if err := c.Behave(func(b *actors.Behaviour) { b.Objects = map[string]actors.Mode{"a/b": "x"} }); err == nil {
		t.Error("an unknown mode of one object is taken")
	}
	if err := c.Behave(mode(actors.WrongKey)); err != nil {
		t.Error(err)
	}
}

func TestAbsentActorDoesNothing(t *testing.T) {
	ns := stageIn(t, "engine-absent")
	set := actors.All(config, actors.Options{ArgoCDNamespace: ns})
	behave(t, set, func(b *actors.Behaviour) { b.Absent = true })
	play(t, set)
	everything(t, ns)
	time.Sleep(500 * time.Millisecond)
	if done := requests(t, ns); len(done) > 0 {
		t.Errorf("absent actors made requests: %v", done)
	}
	behave(t, set, func(b *actors.Behaviour) { b.Absent = false })
	everythingIsWell(t, ns)
}

// everything that the operator makes of one app, by hand.
func everything(t *testing.T, ns string) {
	t.Helper()
	apply(t, ns, fmt.Sprintf(project, ns))
	apply(t, ns, fmt.Sprintf(application, ns))
	apply(t, ns, updater)
	apply(t, "", fmt.Sprintf(issuer, ns))
	apply(t, ns, fmt.Sprintf(certificate, ns))
	apply(t, ns, fmt.Sprintf(ingress, "nginx"))
	apply(t, ns, fmt.Sprintf(objectStore, ns))
	apply(t, ns, cluster)
	apply(t, ns, schedule)
	apply(t, ns, role)
	apply(t, ns, database)
}

func everythingIsWell(t *testing.T, ns string) {
	t.Helper()
	await(t, "Application", ns, "web", "healthy", healthy)
	await(t, "ImageUpdater", ns, "web", "checked", func(o *unstructured.Unstructured) bool { return get(o, "status", "lastCheckedAt") != nil })
	await(t, "Certificate", ns, "web-tls", "ready", condition("Ready", "True", "Ready"))
	await(t, "Ingress", ns, "web", "answered", func(o *unstructured.Unstructured) bool { return get(o, "status", "loadBalancer", "ingress") != nil })
	await(t, "Cluster", ns, "pg", "backed up", condition("LastBackupSucceeded", "True", "LastBackupSucceeded"))
	await(t, "ObjectStore", ns, "pg", "with a window", func(o *unstructured.Unstructured) bool { return get(o, "status") != nil })
	for _, kind := range []string{"DatabaseRole", "Database"} {
		await(t, kind, ns, "app", "applied", is(true, "status", "applied"))
	}
}

func TestAllRestAtRest(t *testing.T) {
	ns := stageIn(t, "engine-rest")
	play(t, actors.All(config, actors.Options{ArgoCDNamespace: ns}))
	everything(t, ns)
	everythingIsWell(t, ns)
	settled := settle(t, ns)
	if more := len(requests(t, ns)) - settled; more > 0 {
		t.Errorf("%d requests at rest: %v", more, requests(t, ns)[settled:])
	}
	for _, request := range requests(t, ns) {
		if strings.HasPrefix(request, "list ") {
			t.Errorf("an actor lists: %s", request)
		}
	}
}

// settle waits until half a second passes without a request, and returns how many there were.
func settle(t *testing.T, ns string) int {
	t.Helper()
	count := -1
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		now := len(requests(t, ns))
		if now == count {
			time.Sleep(500 * time.Millisecond)
			return count
		}
		count = now
	}
	t.Fatalf("never at rest: %v", requests(t, ns))
	return 0
}

func TestHeartbeatsMoveOnlyTime(t *testing.T) {
	ns := stageIn(t, "engine-beats")
	set := actors.All(config, actors.Options{ArgoCDNamespace: ns, Heartbeat: 300 * time.Millisecond, UpdaterInterval: 300 * time.Millisecond})
	play(t, set)
	everything(t, ns)
	everythingIsWell(t, ns)
	for kind, name := range map[string]string{"Application": "web", "ImageUpdater": "web", "Cluster": "pg", "ScheduledBackup": "pg-daily"} {
		before := fetch(t, kind, ns, name)
		await(t, kind, ns, name, "beating", func(o *unstructured.Unstructured) bool {
			return o.GetResourceVersion() != before.GetResourceVersion() && beats(o) != beats(before)
		})
	}
	app := fetch(t, "Application", ns, "web")
	await(t, "Application", ns, "web", "healthy all the time", both(healthy, is(get(app, "status", "history"), "status", "history")))
}

func beats(o *unstructured.Unstructured) string {
	return fmt.Sprint(get(o, "status", "reconciledAt"), get(o, "status", "lastCheckedAt"), get(o, "status", "lastCheckTime"), get(o, "status", "configMapResourceVersion"))
}

func TestDelayIsBeforeEachStep(t *testing.T) {
	ns := stageIn(t, "engine-delay")
	c := actors.NewCertManager(config, actors.CertManagerOptions{})
	behave(t, c, func(b *actors.Behaviour) { b.Delay = 200 * time.Millisecond })
	play(t, c)
	apply(t, "", fmt.Sprintf(issuer, ns))
	await(t, "ClusterIssuer", "", ns, "ready", condition("Ready", "True", "ACMEAccountRegistered"))
	tape := record(t, "Certificate", ns, "web-tls")
	apply(t, ns, fmt.Sprintf(certificate, ns))
	begin := time.Now()
	tape.until(t, certStep, "Ready=True/Ready@1 revision=1")
	if took := time.Since(begin); took < 4*200*time.Millisecond {
		t.Errorf("five steps took %s, want at least four delays of 200 ms", took)
	}
	t.Run("a change ends the wait", func(t *testing.T) {
		behave(t, c, func(b *actors.Behaviour) { b.Delay = time.Hour })
		edit(t, "Certificate", ns, "web-tls", `spec: {dnsNames: [www.example.com]}`)
		time.Sleep(200 * time.Millisecond)
		behave(t, c, func(b *actors.Behaviour) { b.Delay = 0 })
		await(t, "Certificate", ns, "web-tls", "ready", func(o *unstructured.Unstructured) bool {
			return conditionOf(o, "Ready")["observedGeneration"] == int64(2) && condition("Ready", "True", "Ready")(o)
		})
	})
}

func TestWrongChangesAnAnswer(t *testing.T) {
	ns := stageIn(t, "engine-wrong")
	i := actors.NewIngress(config, actors.IngressOptions{})
	behave(t, i, func(b *actors.Behaviour) {
		b.Wrong = func(o *unstructured.Unstructured) {
			_ = unstructured.SetNestedSlice(o.Object, []any{map[string]any{"ip": "198.51.100.1"}}, "status", "loadBalancer", "ingress")
		}
	})
	play(t, i)
	apply(t, ns, fmt.Sprintf(ingress, "nginx"))
	o := await(t, "Ingress", ns, "web", "answered", func(o *unstructured.Unstructured) bool { return get(o, "status", "loadBalancer", "ingress") != nil })
	holds(t, o, "status: {loadBalancer: {ingress: [{ip: 198.51.100.1}]}}")

	t.Run("once", func(t *testing.T) {
		argocd := argoStage(t, ns, actors.ArgoCDOptions{})
		behave(t, argocd, func(b *actors.Behaviour) {
			b.Wrong = func(o *unstructured.Unstructured) {
				if o.GetKind() == "Application" && get(o, "status", "health") != nil {
					_ = unstructured.SetNestedField(o.Object, "Degraded", "status", "health", "status")
				}
			}
		})
		play(t, argocd)
		apply(t, ns, fmt.Sprintf(application, ns))
		await(t, "Application", ns, "web", "synced and Degraded", both(is("Synced", "status", "sync", "status"), is("Degraded", "status", "health", "status")))
		time.Sleep(300 * time.Millisecond)
		stays(t, "Application", ns, "web", 300*time.Millisecond)
	})
}

// The manner of writing is that of the recorded systems: who puts, who patches, and where there is no subresource.
func TestMannerOfWriting(t *testing.T) {
	ns := stageIn(t, "engine-manner")
	play(t, actors.All(config, actors.Options{ArgoCDNamespace: ns}))
	everything(t, ns)
	everythingIsWell(t, ns)
	settle(t, ns)
	made := map[string]bool{}
	for _, request := range requests(t, ns) {
		made[request] = true
	}
	for _, want := range []string{
		"update applications", "patch applications", "create deployments", "create services",
		"update imageupdaters", "update imageupdaters/status",
		"update certificates/status", "patch secrets", "update ingresses/status",
		"patch clusters/status", "update databases", "patch databases/status", "patch databaseroles/status",
		"create backups", "patch backups/status", "patch scheduledbackups/status", "patch objectstores/status",
	} {
		if !made[want] {
			t.Errorf("nobody did: %s", want)
		}
	}
	for request := range made {
		if strings.HasPrefix(request, "patch applications/") || strings.HasPrefix(request, "update applications/") {
			t.Errorf("Application has no subresource, but: %s", request)
		}
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	once := func() {
		ctx, cancel := context.WithCancel(context.Background())
		set := actors.All(config, actors.Options{Heartbeat: 50 * time.Millisecond, UpdaterInterval: 50 * time.Millisecond})
		parent := actors.NewParent(config, actors.ParentOptions{})
		ended := make(chan error, 2)
		go func() { ended <- set.Run(ctx) }()
		go func() { ended <- parent.Run(ctx) }()
		time.Sleep(700 * time.Millisecond)
		cancel()
		for range 2 {
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(patience):
				t.Fatal("an actor does not end with its context")
			}
		}
	}
	once()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		left := ours()
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left, the first is:\n%s", len(left), left[0])
		}
	}
}

// ours are the goroutines of the package and of what it starts: watches and queues.
func ours() []string {
	buffer := make([]byte, 1<<22)
	var found []string
	for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		isTest := strings.Contains(stack, "actors_test.") || strings.Contains(stack, "testing.")
		for _, sign := range []string{"afroapp/test/actors.", "client-go/tools/cache", "client-go/util/workqueue"} {
			if strings.Contains(stack, sign) && !isTest {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}
