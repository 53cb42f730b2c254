package main

import "context"

// process runs beside the demo until it is stopped: the operator, the actors. It has a context of its own, because it is
// stopped in order, after Ctrl-C too.
type process struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // once it has ended
}

func begin(run func(context.Context) error) *process {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = run(ctx)
	}()
	return p
}

// stop may be called more than once, and of no process.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	p.cancel()
	<-p.ended
	return p.err
}
