package training

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/store"
)

// progress keeps a version's StatusMessage true while it trains. It is written at most once a second, by one
// goroutine, so that reporting never slows the work down.
type progress struct {
	mu      sync.Mutex
	text    string
	began   time.Time // of the counted work
	what    string
	skipped int64
	from    float64 // how much was done when the work was taken up
	counted float64 // how much there is in all
	now     func() time.Time
	end     context.CancelFunc
	ended   chan struct{}
}

const progressEvery = time.Second

// messageTraining begins every StatusMessage of a training; with a full stop it is AWS's own.
const messageTraining = "The model is being trained"

func startProgress(ctx context.Context, w *work) *progress {
	ctx, cancel := context.WithCancel(ctx)
	p := &progress{now: w.now, end: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		last := ""
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			text := p.message()
			if text == last {
				continue
			}
			last = text
			err := w.run.Update(ctx, func(tx *store.Tx) error {
				v, err := tx.Versions().ByID(ctx, w.version.ID)
				if err != nil || v.Status != ownsight.VersionTraining {
					return err
				}
				return tx.Versions().SetMessage(ctx, w.version.ID, text)
			})
			if err != nil && ctx.Err() == nil {
				w.log.Warn("progress not written", "version", w.version.ARN.String(), "err", err)
			}
		}
	}()
	return p
}

// stop ends the reports; nothing is written after it returns. Safe to call twice.
func (p *progress) stop() {
	p.end()
	<-p.ended
}

func (p *progress) message() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text == "" {
		return messageTraining + "."
	}
	return messageTraining + ": " + p.text + "."
}

// say sets what is being done.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = fmt.Sprintf(format, args...)
}

// skip says that some of the counted work had been done before, so that it does not count for the rate.
func (p *progress) skip(what string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(what)
	p.skipped += int64(n)
}

// take begins to count, unless this work is being counted already.
func (p *progress) take(what string) {
	if p.what != what {
		p.what, p.began, p.skipped = what, p.now(), 0
	}
}

// count says how far counted work is, and from the rate so far how long it still takes.
func (p *progress) count(what string, done int64, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(what)
	p.text = fmt.Sprintf("%s, %d of %d", what, done, total)
	if took := p.now().Sub(p.began); took > 2*time.Second && done > p.skipped {
		left := time.Duration(float64(took) / float64(done-p.skipped) * float64(int64(total)-done))
		p.text += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
}

// advance tells how much of some work is done, where that is known; how long it still takes follows from how quickly it
// has gone since this process took it up.
func (p *progress) advance(what string, done, total float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = what
	if total <= 0 {
		return
	}
	if p.counted != total || p.from > done {
		if p.counted == 0 || p.from > done {
			p.began, p.from = p.now(), done
		}
		p.counted = total
	}
	if took := p.now().Sub(p.began); took > 2*time.Second && done > p.from {
		left := time.Duration(float64(took) / (done - p.from) * (total - done))
		p.text += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
}
