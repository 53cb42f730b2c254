package manifests

import (
	"context"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// config/data-deletion is the admin's consent: it opens the lock for what it names, and for nothing else.
func TestConsentOpensTheLockForDatabasesOnly(t *testing.T) {
	prepare(t)
	c := operatorWithEveryVerb(t)
	awaitPolicies(t, c)
	consent(t)
	eventually(t, "allowed to delete a Database", func() bool { return tryDelete(t, c) == nil })
	for _, a := range attempts {
		if !opened(a) {
			continue
		}
		a.denied = ""
		t.Run(a.name, func(t *testing.T) { a.check(t, c) })
	}
	for _, a := range attempts {
		if a.denied != "" && !opened(a) {
			t.Run("still not "+a.name, func(t *testing.T) { a.check(t, c) })
		}
	}
}

// opened tells what the consent is for.
func opened(a attempt) bool {
	isData := strings.Contains(a.object, "cnpg.io/") && !strings.Contains(a.object, "kind: Backup,")
	return isData && (a.denied == noDelete || a.denied == noDrop)
}

// Who makes the operator cluster-admin has not consented to losing data.
func TestWildcardIsNoConsent(t *testing.T) {
	prepare(t)
	c := operatorWithEveryVerb(t)
	awaitPolicies(t, c)
	consent(t)
	eventually(t, "allowed to delete a Database", func() bool { return tryDelete(t, c) == nil })
	bindOperator(t, "wildcard", "*")
	eventually(t, "refused again", func() bool {
		err := tryDelete(t, c)
		return err != nil && strings.Contains(err.Error(), noDelete)
	})
}

// tryDelete tries on a database that no attempt is about.
func tryDelete(t *testing.T, c client.Client) error {
	t.Helper()
	canary := parse(t, `{apiVersion: postgresql.cnpg.io/v1, kind: Database, metadata: {name: canary, namespace: team-a}}`)
	makeSure(t, canary)
	return c.Delete(t.Context(), canary, client.DryRunAll)
}

func consent(t *testing.T) {
	t.Helper()
	for _, object := range install(t, "data-deletion") {
		t.Cleanup(func() { _ = adminClient(t).Delete(context.Background(), object) })
	}
}
