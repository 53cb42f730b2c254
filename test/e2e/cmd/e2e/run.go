package main

import (
	"context"
	"errors"
	"time"

	"github.com/afrotomation/afroapp/test/e2e/node"
)

// run is the whole of `make e2e`.
func run(ctx context.Context, stories []string) (err error) {
	l, err := prepare(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.end()) }()
	if err := l.start(ctx); err != nil {
		return err
	}
	seed, err := killSeed()
	if err != nil {
		return err
	}
	if seed != 0 {
		stop, err := l.kill(ctx, seed)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	watch := l.watchMemory()
	err = tell(ctx, l.node, l.state, stories, manner{killed: seed != 0, whole: true})
	l.say("the stories are told; at most %d MiB of memory were in use", watch())
	return err
}

// test runs stories on the node of `up`, and leaves the operator in peace.
func test(ctx context.Context, stories []string) error {
	state := stateFolder(nodeName())
	n, err := node.Running(state)
	if err != nil {
		return err
	}
	return tell(ctx, n, state, stories, manner{})
}

// watchMemory looks every few seconds; what it returns ends that, and says the most that was seen, in MiB.
func (l *lab) watchMemory() func() int {
	most, done, ended := 0, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if now, err := l.node.Memory(); err == nil {
				most = max(most, now)
			}
			select {
			case <-done:
				return
			case <-time.After(10 * time.Second):
			}
		}
	}()
	return func() int {
		close(done)
		<-ended
		return most
	}
}
