package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ownsight/internal/client"
)

// progress shows the stages of a long call. On a terminal the stage at work is one moving line, and every one that is
// done leaves a line with its time; elsewhere each stage is a line when it begins.
type progress struct {
	out   io.Writer
	room  int           // columns for words; 0 where out is no terminal
	ended chan struct{} // closed by stop

	mu    sync.Mutex
	stage client.Progress
	began time.Time
	bar   *progressbar.ProgressBar
}

// beside is how much of a terminal's line is not for words: bar, share and counts.
const beside = 48

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, ended: make(chan struct{})}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			p.room = max(0, min(width-beside, 60))
		}
	}
	if p.room > 0 {
		go p.turn()
	}
	return p
}

// turn keeps the line moving while nothing new is heard.
func (p *progress) turn() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		p.draw()
		p.mu.Unlock()
	}
}

// follow takes word of what goes on.
func (p *progress) follow(now client.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.What == p.stage.What {
		p.stage = now
		return
	}
	p.close(false)
	p.stage, p.began = now, time.Now()
	if p.room == 0 {
		fmt.Fprintln(p.out, now.What)
		return
	}
	p.bar = newBar(p.out, now.Total)
	p.draw()
}

func newBar(out io.Writer, total int) *progressbar.ProgressBar {
	count := progressbar.OptionShowCount()
	if total == 0 {
		total, count = -1, func(*progressbar.ProgressBar) {} // a wheel that turns
	}
	return progressbar.NewOptions(total, count, progressbar.OptionSetWriter(out),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetWidth(20),
		progressbar.OptionSpinnerType(14), progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerPadding: "─", BarStart: " ", BarEnd: " "}))
}

// draw brings the line up to date.
func (p *progress) draw() {
	if p.bar == nil {
		return
	}
	text := p.stage.What
	if p.stage.Left > 0 {
		text += fmt.Sprintf(", %s left", p.stage.Left.Round(time.Second))
	} else if p.stage.Detail != "" {
		text += ", " + p.stage.Detail
	}
	if words := []rune(text); len(words) > p.room {
		text = string(words[:p.room-1]) + "…"
	}
	_ = p.bar.Set(p.stage.Done)
	p.bar.Describe(text)
}

// close replaces the moving line by a lasting one.
func (p *progress) close(cutOff bool) {
	if p.bar == nil {
		return
	}
	_ = p.bar.Clear()
	p.bar = nil
	what := p.stage.What
	switch {
	case cutOff && p.stage.Total > 0:
		what += fmt.Sprintf(", cut off at %d of %d", p.stage.Done, p.stage.Total)
	case cutOff:
		what += ", cut off"
	case p.stage.Total > 0:
		what += fmt.Sprintf(", %d", p.stage.Total)
	}
	fmt.Fprintf(p.out, "%-*s %7.1f s\n", p.room, what, time.Since(p.began).Seconds())
}

// stop ends the show. What was at work is done, unless the call has failed.
func (p *progress) stop(err error) {
	close(p.ended)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close(err != nil)
}
