package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Ties of a child to its owner: what becomes of it when the owner is deleted.
const (
	owned   = "owned"
	removed = "removed"
	kept    = "kept"
)

// tie reads the ownerReference of the live object; what holds data must have none.
func tie(i expand.Intent, live *unstructured.Unstructured) string {
	byApp := func(ref any) bool {
		fields, _ := ref.(map[string]any)
		return fields["kind"] == "AfroApp"
	}
	refs, _, _ := unstructured.NestedSlice(live.Object, "metadata", "ownerReferences")
	switch {
	case slices.ContainsFunc(refs, byApp):
		return owned
	case i.Data():
		return kept
	}
	return removed
}

// branch is a line of a tree with what hangs below it.
type branch struct {
	text  string
	below []branch
}

// lines of the tree, without the root's indentation.
func (b branch) lines() []string {
	out := []string{b.text}
	for i, child := range b.below {
		first, rest := "├─ ", "│  "
		if i == len(b.below)-1 {
			first, rest = "└─ ", "   "
		}
		for n, line := range child.lines() {
			if n == 0 {
				out = append(out, first+line)
			} else {
				out = append(out, rest+line)
			}
		}
	}
	return out
}

// grown is the tree of what is there. Everything planned has to be.
func (s *story) grown(ctx context.Context, root string, intents []expand.Intent) (branch, error) {
	lanes := map[v1alpha1.Lane][]branch{}
	width := widest(slices.Concat(s.plans.app, s.plans.platform))
	for _, i := range intents {
		live, err := s.world.live(ctx, i)
		if err != nil {
			return branch{}, err
		}
		if live == nil {
			return branch{}, notYet("%s is not there", i.Key())
		}
		k := i.Key()
		name := strings.TrimPrefix(k.Namespace+"/"+k.Name, "/")
		lanes[i.Lane] = append(lanes[i.Lane], branch{text: fmt.Sprintf("%-*s  %-*s  %s", width.kind, k.Kind, width.name, name, tie(i, live))})
	}
	tree := branch{text: root}
	for _, lane := range []v1alpha1.Lane{v1alpha1.LaneDelivery, v1alpha1.LaneEdge, v1alpha1.LaneData} {
		if len(lanes[lane]) > 0 {
			tree.below = append(tree.below, branch{text: string(lane), below: lanes[lane]})
		}
	}
	return tree, nil
}

// widths of the columns in a tree.
type widths struct{ kind, name int }

func widest(intents []expand.Intent) (w widths) {
	for _, i := range intents {
		k := i.Key()
		w.kind = max(w.kind, len(k.Kind))
		w.name = max(w.name, len(strings.TrimPrefix(k.Namespace+"/"+k.Name, "/")))
	}
	return w
}

func (s *Screen) tree(b branch) {
	for i, line := range b.lines() {
		switch cut := strings.LastIndex(line, "  "); {
		case i == 0:
			s.printf("%s", s.in(bold, line))
		case cut < 0:
			s.printf("%s", line)
		default:
			s.printf("%s  %s", line[:cut], s.tied(line[cut+2:]))
		}
	}
}

// tied is the word for a tie, in its colour.
func (s *Screen) tied(word string) string {
	if strings.TrimSpace(word) == kept {
		return s.in(green, word)
	}
	return s.in(dim, word)
}
