package main

import (
	"context"
	"fmt"
	"math"

	"ownsight/bench/internal/contest"
)

// gaps measures how far the reported F1 is from that on pictures that neither training nor report have seen.
func (b *bench) gaps(ctx context.Context, packs []pack) error {
	t := contest.NewTable("pictures", "test pictures a half", "halvings", "F1 reported", "F1 on the same half",
		"F1 on the other half", "reported less other, points", "its size", "of two halves of the answers, by chance")
	var records []record
	var all []gap
	for _, p := range packs {
		if p.task == "boxes" {
			continue
		}
		var gaps []gap
		for split := 1; split <= b.splits; split++ {
			r, err := b.halve(ctx, p, split)
			if err != nil {
				return err
			}
			records = append(records, r)
			f := r.figures
			gaps = append(gaps, gap{f.F1, f.SameHalf, f.OtherHalf, f.F1 - f.OtherHalf, math.Abs(f.F1 - f.OtherHalf), f.ByChance})
		}
		m := mean(gaps)
		all = append(all, m)
		t.Row(append([]any{p, records[len(records)-1].figures.Test, len(gaps)}, m.cells()...)...)
	}
	if len(all) == 0 {
		return nil
	}
	t.Row(append([]any{"**mean**", "", ""}, mean(all).cells()...)...)
	b.heading("Is the report honest?", records)
	fmt.Printf("The test pictures are halved at random, alike in labels; the server trains with one half as "+
		"its test dataset. What it answers at its thresholds is measured on both halves. Once each, %s.\n\n", loads(records))
	t.Print()
	return nil
}

// gap is what one halving gives: three F1, and differences of them.
type gap struct{ reported, same, other, difference, size, chance float64 }

func mean(gaps []gap) (m gap) {
	n := float64(len(gaps))
	for _, g := range gaps {
		m.reported += g.reported / n
		m.same += g.same / n
		m.other += g.other / n
		m.difference += g.difference / n
		m.size += g.size / n
		m.chance += g.chance / n
	}
	return m
}

func (g gap) cells() []any {
	cells := []any{}
	for _, f1 := range []float64{g.reported, g.same, g.other} {
		cells = append(cells, fmt.Sprintf("%.3f", f1))
	}
	cells = append(cells, fmt.Sprintf("%+.1f", 100*g.difference))
	return append(cells, fmt.Sprintf("%.1f", 100*g.size), fmt.Sprintf("%.1f", 100*g.chance))
}
