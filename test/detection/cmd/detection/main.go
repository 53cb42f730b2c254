// Command detection plays every scenario and writes the score.
//
//	go run ./test/detection/cmd/detection docs/detection.md
//
// Exit code: 0 when every failure was found and nothing healthy was called stuck, 1 when not, 2 for wrong arguments.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/afrotomation/afroapp/test/detection"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: detection FILE")
		os.Exit(2)
	}
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "detection:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string) error {
	var all []detection.Result
	for _, s := range detection.Stages() {
		fmt.Fprintf(os.Stderr, "%s: %d scenarios\n", s.Name, len(s.Scenarios))
		results, err := detection.Run(ctx, s.Kind, s.Scenarios)
		if err != nil {
			return err
		}
		all = append(all, results...)
	}
	recorded, err := detection.Recordings("internal/observe/testdata")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "recorded from the real systems: %d scenarios\n", len(recorded))
	if err := detection.PlayRecordings(ctx, recorded); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(detection.Report(all, recorded)), 0o644); err != nil {
		return err
	}
	wrong := 0
	for _, r := range recorded {
		if !r.Right() {
			wrong++
		}
	}
	for _, r := range all {
		if !r.Right() {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d scenarios are not right; see %s", wrong, len(all)+len(recorded), file)
	}
	return nil
}
