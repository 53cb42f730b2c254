package evidence

import (
	"fmt"
	"testing"
)

func TestRequestsAreReadInOrder(t *testing.T) {
	lines, err := Requests("argocd/updater-gone-finalizer/writes.yaml", "argocd-image-updater", "imageupdaters")
	if err != nil || fmt.Sprint(lines) != "[update imageupdaters metadata.finalizers]" {
		t.Errorf("got %q, %v", lines, err)
	}
	lines, err = Requests("argocd/normal-delete/writes.yaml", "argocd-application-controller", "deployments", "services")
	if err != nil || fmt.Sprint(lines) != "[delete deployments Foreground delete services]" {
		t.Errorf("got %q, %v", lines, err)
	}
	if _, err := Requests("argocd/normal-delete/writes.yaml", "nobody", "services"); err == nil {
		t.Error("a component that wrote nothing is taken")
	}
}

func TestInOrder(t *testing.T) {
	for _, c := range []struct{ recorded, now, want string }{
		{"abc", "abc", "[]"},
		{"abc", "ac", "[- b]"},
		{"ac", "abc", "[+ b]"},
		{"abc", "bca", "[- a + a]"},
		{"aa", "a", "[- a]"},
		{"", "a", "[+ a]"},
		{"a", "", "[- a]"},
	} {
		if got := fmt.Sprint(InOrder(letters(c.recorded), letters(c.now))); got != c.want {
			t.Errorf("%s then %s: got %s, want %s", c.recorded, c.now, got, c.want)
		}
	}
}

func letters(text string) []string {
	var list []string
	for _, letter := range text {
		list = append(list, string(letter))
	}
	return list
}

func TestFieldsGoToTheSecondLevel(t *testing.T) {
	change := map[string]any{
		"status": map[string]any{"sync": map[string]any{"status": "Synced"}, "health": nil}, "operation": map[string]any{"sync": 1, "retry": 2}, "empty": map[string]any{},
	}
	if got := fmt.Sprint(Fields(change)); got != "[empty operation.retry operation.sync status.health status.sync]" {
		t.Error(got)
	}
	if got := fmt.Sprint(Whole(change)); got != "[empty operation status.health status.sync]" {
		t.Error(got)
	}
	if got := fmt.Sprint(Touched([]Operation{{"/status/operationState/phase"}, {"/status/operationState/message"}, {"/operation"}})); got != "[operation status.operationState]" {
		t.Error(got)
	}
}
