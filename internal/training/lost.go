package training

import (
	"context"
	"errors"
	"slices"

	"ownsight/internal/objects"
)

// lost is the error of a file that an earlier step has made and that is not there any more. After the restore of a backup
// the database may remember steps whose files had been removed by then, and after an upgrade what was learnt goes by
// another name.
type lost struct {
	step string // that made it
	err  error
}

func (l *lost) Error() string { return l.err.Error() }
func (l *lost) Unwrap() error { return l.err }

// madeBy marks the error of reading a file of the run's own that a step has made.
func madeBy(step string, err error) error {
	if errors.Is(err, objects.ErrNotFound) {
		return &lost{step, err}
	}
	return err
}

// goBack answers the error of a step: when it is that a file of an earlier one is lost, the next attempt begins with that.
// To each step it goes back once, so that a run whose files are lost again and again ends as any other that fails. The
// error stays one.
func (w *work) goBack(ctx context.Context, err error) error {
	var l *lost
	if !errors.As(err, &l) || slices.Contains(w.state.Again, l.step) {
		return err
	}
	w.log.Warn("files of a training are lost; it goes back to the step that made them", "version", w.version.ARN.String(), "step", l.step, "cause", err)
	w.state.Again = append(w.state.Again, l.step)
	order := []step{collecting}
	order = append(order, steps...)
	at := slices.IndexFunc(order, func(s step) bool { return s.name == l.step })
	w.state.Steps = slices.DeleteFunc(w.state.Steps, func(done stepTime) bool {
		return slices.IndexFunc(order, func(s step) bool { return s.name == done.Name }) >= at
	})
	if at == 0 { // it belongs to another job, which is done
		if again := w.do(ctx, collecting); again != nil || w.ended {
			return again
		}
		at++
	}
	if l.step == "look" { // a picture may have changed since: what was learnt from the files must not be mixed with new ones
		if trouble := w.own.Clear(ctx, notes{w}.file("")); trouble != nil {
			return errors.Join(err, trouble)
		}
	}
	return errors.Join(err, w.checkpoint(ctx, order[at-1].name))
}
