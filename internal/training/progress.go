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
	doing   string
	counted string         // how much of it is done, in words
	share   *float64       // of it that is done; nil where there is no telling
	left    *time.Duration // for it
	began   time.Time      // of the counted work
	what    string
	skipped int64
	from    float64 // how much was done when the work was taken up
	whole   float64 // how much there is in all
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
	if p.doing == "" {
		return messageTraining + "."
	}
	text := messageTraining + ": " + p.doing + p.counted
	if p.left != nil {
		text += fmt.Sprintf(", about %s left", p.left.Round(time.Second))
	}
	return text + "."
}

// stands tells the same to programs.
func (p *progress) stands() (doing string, share, secondsLeft *float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left != nil {
		secondsLeft = new(p.left.Seconds())
	}
	return p.doing, p.share, secondsLeft
}

// say sets what is being done.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing, p.counted, p.share, p.left = fmt.Sprintf(format, args...), "", nil, nil
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
	p.doing, p.counted, p.left = what, fmt.Sprintf(", %d of %d", done, total), nil
	p.share = new(float64(done) / float64(max(total, 1)))
	if took := p.now().Sub(p.began); took > 2*time.Second && done > p.skipped {
		p.left = new(time.Duration(float64(took) / float64(done-p.skipped) * float64(int64(total)-done)))
	}
}

// advance tells how much of some work is done, where that is known; how long it still takes follows from how quickly it
// has gone since this process took it up.
func (p *progress) advance(what string, done, total float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing, p.counted, p.share, p.left = what, "", nil, nil
	if total <= 0 {
		return
	}
	p.share = new(done / total)
	if p.whole != total || p.from > done {
		if p.whole == 0 || p.from > done {
			p.began, p.from = p.now(), done
		}
		p.whole = total
	}
	if took := p.now().Sub(p.began); took > 2*time.Second && done > p.from {
		p.left = new(time.Duration(float64(took) / (done - p.from) * (total - done)))
	}
}
