package main

import (
	"context"
	"fmt"
	"slices"

	"ownsight/bench/internal/contest"
)

// row is what was measured on one pack.
type row struct {
	pack   pack
	own    record
	rivals []record // one for each of PyTorch's peaks; none for boxes
}

// table measures packs and prints a line each.
func (b *bench) table(ctx context.Context, packs []pack) error {
	var rows []row
	var records []record
	for i, p := range packs {
		r, err := b.compete(ctx, p, i%2 == 1)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		records = append(append(records, r.own), r.rivals...)
	}
	b.heading("Training on real pictures, beside PyTorch", records)
	fmt.Printf("Once each, one at a time, in turns of who comes first, %s. Times are training alone: Ownsight's from "+
		"CreateProjectVersion to TRAINING_COMPLETED through boto3, with decoding, choice and report; PyTorch's%s without "+
		"its start, decoding and test. *beside* is points above PyTorch's best, *times as long* the time of that run over "+
		"Ownsight's.\n\n", loads(records), version(rows))
	header := []string{"pictures", "labels", "training / test", "what", "Ownsight"}
	for _, peak := range b.peaks {
		header = append(header, fmt.Sprintf("PyTorch, peak %g", peak))
	}
	header = append(header, "beside", "F1 reported", "F1 answered", "Ownsight's s (load)",
		"PyTorch's s (epochs, cores busy)", "times as long", "goal", "missed")
	t := contest.NewTable(header...)
	for _, r := range rows {
		t.Row(b.cells(r)...)
	}
	t.Print()
	return nil
}

// compete measures a pack, Ownsight first or last.
func (b *bench) compete(ctx context.Context, p pack, last bool) (r row, err error) {
	r.pack = p
	peaks := slices.Clone(b.peaks)
	if p.task == "boxes" {
		peaks = nil
	}
	own := func() (err error) { r.own, err = b.ask(ctx, p); return err }
	rivals := func() error {
		r.rivals = make([]record, len(peaks))
		for i := range peaks {
			if last {
				i = len(peaks) - 1 - i
			}
			if r.rivals[i], err = b.rival(ctx, p, peaks[i]); err != nil {
				return err
			}
		}
		return nil
	}
	turns := []func() error{own, rivals}
	if last {
		slices.Reverse(turns)
	}
	for _, turn := range turns {
		if err := turn(); err != nil {
			return r, err
		}
	}
	return r, nil
}

// version is PyTorch's, in brackets; empty where it did not run.
func version(rows []row) string {
	for _, r := range rows {
		for _, rival := range r.rivals {
			return " (" + rival.figures.Torch + ")"
		}
	}
	return ""
}

// score is what counts of a pack.
func (f figures) score() (name string, value float64) {
	switch {
	case f.MAP50 > 0:
		return "mAP50", f.MAP50
	case f.Accuracy != nil:
		return "accuracy", *f.Accuracy
	}
	return "macro AP", f.AveragePrecision
}

// best is the rival that scores highest, the quicker of two equal ones; nil without any.
func (r row) best() *record {
	var best *record
	for i, rival := range r.rivals {
		if best == nil {
			best = &r.rivals[i]
			continue
		}
		_, score := rival.figures.score()
		_, highest := best.figures.score()
		if score > highest || score == highest && rival.figures.Seconds < best.figures.Seconds {
			best = &r.rivals[i]
		}
	}
	return best
}

func (b *bench) cells(r row) []any {
	own := r.own.figures
	what, score := own.score()
	shown := fmt.Sprintf("%.3f", score)
	if r.pack.task == "boxes" {
		what, shown = "mAP50 / mAP75", fmt.Sprintf("%.3f / %.3f", own.MAP50, own.MAP75)
	}
	cells := []any{r.pack, own.Labels, fmt.Sprintf("%d / %d", own.Train, own.Test), what, shown}
	for i := range b.peaks {
		cell := ""
		if i < len(r.rivals) {
			_, its := r.rivals[i].figures.score()
			cell = fmt.Sprintf("%.3f", its)
		}
		cells = append(cells, cell)
	}
	beside, seconds, times := "", "", 0.0
	if best := r.best(); best != nil {
		_, its := best.figures.score()
		beside = fmt.Sprintf("%+.1f", 100*(score-its))
		seconds = fmt.Sprintf("%.0f (%d, %.2f)", best.figures.Seconds, best.figures.Epochs, best.figures.Busy)
		times = best.figures.Seconds / own.Seconds
	}
	answered := ""
	if r.pack.task == "labels" {
		answered = fmt.Sprintf("%.3f", own.Answered)
	}
	cells = append(cells, beside, fmt.Sprintf("%.3f", own.F1), answered)
	cells = append(cells, fmt.Sprintf("%.1f (%.1f)", own.Seconds, r.own.Load), seconds, times)
	if b.limit > 0 {
		return append(cells, "", "")
	}
	g := goalOf(r.pack)
	return append(cells, g, g.misses(r))
}
