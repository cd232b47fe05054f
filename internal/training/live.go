package training

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/classify"
	"ownsight/internal/vision/detect"
)

// liveOutput lies beside the outputs of a training while it goes on, for who looks on. It is no output: it goes before the
// training ends, and a training does not need it.
const liveOutput ownsight.Output = "TrainingProgress.json"

const (
	liveEvery = 2 * time.Second
	livePause = 5 * time.Second // that the location may take, for what nobody needs
	liveNote  = "live"
)

// live shows how a training goes: how far it is, how candidates did, and what training steps lost. Nothing that goes wrong
// with it is an error.
type live struct {
	*work
	mu    sync.Mutex
	story story
	stop  func() // nothing is written after it returns; safe to call twice
}

// story is what came out so far; it is noted, so that another attempt goes on with it.
type story struct {
	Step       string // that is at work
	Measures   []string
	Candidates []judged
	Curves     []curve
}

// judged is a candidate's figures on pictures that it had not seen, one a measure; nil for what could not be measured.
type judged struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values"`
}

// curve is what the steps of one training lost.
type curve struct {
	Name   string
	Before int // steps that are not known of
	Losses []float32
}

// told is the file.
type told struct {
	Updated     time.Time     `json:"updated"`
	Began       time.Time     `json:"began"`
	Step        string        `json:"step"`                  // look, learn, judge or publish
	Doing       string        `json:"doing"`                 // in words, as in StatusMessage
	Share       *float64      `json:"share,omitempty"`       // of it that is done; absent where there is no telling
	SecondsLeft *float64      `json:"secondsLeft,omitempty"` // of it
	Measures    []string      `json:"measures,omitempty"`
	Candidates  []judged      `json:"candidates,omitempty"`
	Losses      []page.Series `json:"losses,omitempty"`
}

// startLive begins to show a training. Where the location cannot be written, or nothing can be removed from it by who
// asked for the training, nothing is shown.
func startLive(ctx context.Context, w *work) *live {
	ending, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	l := &live{work: w, stop: func() { end(); <-ended }}
	go func() {
		defer close(ended)
		tick := time.NewTicker(liveEvery)
		defer tick.Stop()
		removable := false
		for {
			select {
			case <-ending.Done():
				return
			case <-tick.C:
			}
			// A write is not cut off when the training ends, for it could then come after the removal.
			if err := l.show(ctx, &removable); err != nil {
				w.log.Debug("a training is not shown", "version", w.version.ARN.String(), "err", err)
				if objects.Wrong(err) || refused(err) != nil {
					return
				}
			}
		}
	}()
	return l
}

// show writes the file, once it is known that it can be removed.
func (l *live) show(ctx context.Context, removable *bool) error {
	ctx, cancel := context.WithTimeout(ctx, livePause)
	defer cancel()
	if !*removable {
		if err := l.remove(ctx, l.version); err != nil {
			return err
		}
		*removable = true
	}
	content, err := l.content()
	if err != nil {
		return err
	}
	if err := l.models.PutOutput(ctx, l.version, liveOutput, bytes.NewReader(content)); err != nil {
		return err
	}
	l.mu.Lock()
	s := l.story
	s.Candidates, s.Curves = slices.Clone(s.Candidates), slices.Clone(s.Curves)
	l.mu.Unlock()
	return notes{l.work}.keep(ctx, liveNote, &s)
}

func (l *live) content() ([]byte, error) {
	t := told{Updated: l.now().UTC(), Began: l.state.Started.UTC()}
	t.Doing, t.Share, t.SecondsLeft = l.progress.stands()
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Step, t.Measures, t.Candidates = l.story.Step, l.story.Measures, l.story.Candidates
	for _, c := range l.story.Curves {
		points := slices.DeleteFunc(thinned(c.Before, c.Losses), func(p page.Point) bool { return math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0) })
		t.Losses = append(t.Losses, page.Series{Name: c.Name, Points: points})
	}
	return json.Marshal(t)
}

// end stops the showing of a training that ends, or that stands still for a while.
func (l *live) end(ctx context.Context) {
	if l == nil {
		return
	}
	l.stop()
	ctx, cancel := context.WithTimeout(ctx, livePause)
	defer cancel()
	if err := l.remove(ctx, l.version); err != nil {
		l.log.Info("what was shown of a training could not be removed", "version", l.version.ARN.String(), "err", err)
	}
}

// remove takes the file of a training away; that it is not there is no error.
func (s *Service) remove(ctx context.Context, v *ownsight.Version) error {
	at := v.OutputAt(liveOutput)
	return s.objects.As(v.Requester).Delete(ctx, at.Bucket, at.Key)
}

// runClear takes away what attempts have left behind that took the process down. Where that cannot be, there is nobody to tell.
func (s *Service) runClear(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	var v *ownsight.Version
	err = s.store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.Versions().ByID(ctx, id)
		return err
	})
	if err == nil {
		err = s.remove(ctx, v)
	}
	if err != nil && !objects.Wrong(err) && refused(err) == nil {
		return err
	}
	return run.Finish(ctx, func(*store.Tx) error { return nil })
}

// begin tells which step is at work.
func (l *live) begin(step string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.story.Step = step
}

// recall takes up what an earlier attempt has told.
func (l *live) recall(ctx context.Context) {
	var s story
	if there, err := (notes{l.work}).recall(ctx, liveNote, &s); err == nil && there {
		l.mu.Lock()
		defer l.mu.Unlock()
		s.Step, l.story = l.story.Step, s
	}
}

// judgedLabels adds a candidate for whole pictures: alone, and mixed with the best head.
func (l *live) judgedLabels(c classify.Candidate) {
	add := func(name string, f classify.Figures) {
		l.judged([]string{"Log loss", "Accuracy", "Mean average precision"}, name, f.LogLoss, f.Accuracy, f.AveragePrecision)
	}
	add(c.Name, c.Figures)
	if c.Mixed.LogLoss != c.Figures.LogLoss {
		add(c.Name+", with the linear head", c.Mixed)
	}
}

// judgedBoxes adds recipes for boxes.
func (l *live) judgedBoxes(tried []detect.Tried) {
	for _, t := range tried {
		l.judged([]string{"mAP at 0.5", "mAP at 0.5 to 0.95"}, recipes[t.Recipe], t.Precision.At50, t.Precision.Mean)
	}
}

func (l *live) judged(measures []string, name string, values ...float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.story.Measures = measures
	j := judged{Name: name}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			j.Values = append(j.Values, nil)
			continue
		}
		j.Values = append(j.Values, &v)
	}
	at := slices.IndexFunc(l.story.Candidates, func(c judged) bool { return c.Name == name })
	if at < 0 {
		l.story.Candidates = append(l.story.Candidates, j)
		return
	}
	l.story.Candidates[at] = j // told by an earlier attempt, too
}

// lost adds what a step lost, from 1 on. What is done anew after an interruption replaces what was.
func (l *live) lost(training string, step int, loss float32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.story.Curves, func(c curve) bool { return c.Name == training })
	if at < 0 {
		at = len(l.story.Curves)
		l.story.Curves = append(l.story.Curves, curve{Name: training, Before: step - 1})
	}
	c := &l.story.Curves[at]
	if known := step - 1 - c.Before; known < 0 || known > len(c.Losses) {
		c.Before, c.Losses = step-1, nil
	} else if known < len(c.Losses) {
		c.Losses = slices.Clip(c.Losses[:known]) // what is being noted stays as it is
	}
	c.Losses = append(c.Losses, loss)
}

// lossPoints is how many points of a training's losses are drawn: each is a mean over some steps.
const lossPoints = 100

// thinned gives the means of losses, the first of which is that of the step after so many.
func thinned(before int, losses []float32) (points []page.Point) {
	window := max(1, (len(losses)+lossPoints-1)/lossPoints)
	for from := 0; from < len(losses); from += window {
		part := losses[from:min(from+window, len(losses))]
		sum := 0.0
		for _, loss := range part {
			sum += float64(loss)
		}
		points = append(points, page.Point{Step: before + from + len(part), Loss: sum / float64(len(part))})
	}
	return points
}
