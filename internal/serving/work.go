package serving

import (
	"context"
	"slices"
	"time"

	"ownsight/internal/threads"
	"ownsight/internal/trace"
)

// look calls f when it is the model's turn, on a thread that is as urgent as the turn. A model that was allotted nothing has
// one unit. Errors: CapacityExceeded (too many wait already), and the context's, when it ends before f begins.
func (t *turns) look(ctx context.Context, id int64, f func()) error {
	_, span := trace.Begin(ctx, "wait for turn")
	own, begun, err := t.join(id, func() {
		span.End(nil)
		f()
	})
	if err != nil {
		span.End(err)
		return err
	}
	t.start(begun)
	select {
	case <-own.ended:
	case <-ctx.Done():
		if t.leave(own) {
			span.End(ctx.Err())
			return context.Cause(ctx)
		}
		<-own.ended
	}
	if own.trouble != nil {
		panic(own.trouble)
	}
	return nil
}

// start gives turns that have begun a thread each.
func (t *turns) start(begun []*turn) {
	for _, own := range begun {
		pool := threads.Spare
		if own.reserved {
			pool = threads.Reserved
		}
		pool.Start(func() { t.work(own) })
	}
}

// work looks at a picture and then at the next that is as urgent, for as long as there is one: a thread that goes on
// keeps its core, and one that is woken for each picture may wait for another core's while its own has nothing to do.
func (t *turns) work(own *turn) {
	for own != nil {
		took := own.run()
		begun, reserved := t.done(own, took), own.reserved
		close(own.ended)
		own = nil
		if i := slices.IndexFunc(begun, func(next *turn) bool { return next.reserved == reserved }); i >= 0 {
			own = begun[i]
			begun = slices.Delete(begun, i, i+1)
		}
		t.start(begun)
	}
}

// run looks at the picture and gives how long the thread computed.
func (t *turn) run() (took time.Duration) {
	defer func() { t.trouble = recover() }()
	return threads.Timed(t.look)
}
