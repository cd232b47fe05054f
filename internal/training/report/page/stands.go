package page

import (
	"fmt"
	"math"

	"ownsight/internal/training/report"
)

// finding is a sentence about what stands out, with the section that tells more.
type finding struct{ Text, Anchor string }

// stands says in words what a reader should look at first.
func (v *view) stands() (all []finding) {
	say := func(anchor, format string, args ...any) {
		all = append(all, finding{fmt.Sprintf(format, args...), anchor})
	}
	if f := v.Figures.F1; f.Interval != nil && f.Interval.High-f.Interval.Low > 0.15 {
		say("method", "With %s the F1 score may as well be %s as %s: more test pictures would make it surer.",
			report.Count(v.Figures.TestPictures, "test picture"), figure(f.Interval.Low), figure(f.Interval.High))
	}
	if v.Foretold != nil {
		v.compareForetold(say)
	}
	if rows := v.Rows; len(rows) > 1 {
		if worst := weakest(rows); worst != nil {
			say("labels", "The weakest label is %s: F1 score %s, precision %s, recall %s.",
				worst.Shown, figure(worst.F1), figure(worst.Precision.Value), figure(worst.Recall.Value))
		}
	}
	if v.Matrix != nil && len(v.Matrix.Pairs) > 0 && v.Matrix.Pairs[0].Count > 1 {
		say("confusion", "The most frequent mistake: %s, %s.", v.Matrix.Pairs[0], percent(v.Matrix.Pairs[0].Share()))
	}
	if n := len(v.Page.WrongLabels); n > 0 {
		what := "label"
		if v.Task == Boxes {
			what = "box"
		}
		say("wrong", "%s in the training set may be wrong or missing.", report.Count(n, what))
	}
	learn, tell := 0, 0
	for _, s := range v.Scarce {
		if s.FewToLearn {
			learn++
		}
		if s.FewToTell {
			tell++
		}
	}
	if learn > 0 {
		say("scarce", "%s too few training pictures to be learnt well.", have(learn))
	}
	if tell > 0 {
		say("scarce", "%s too few test pictures to tell how well that went.", have(tell))
	}
	return all
}

func have(n int) string {
	if n == 1 {
		return "1 label has"
	}
	return fmt.Sprintf("%d labels have", n)
}

// compareForetold says when test pictures turn out otherwise than those that were held out.
func (v *view) compareForetold(say func(anchor, format string, args ...any)) {
	foretold, f1 := v.Foretold.F1, v.Figures.F1
	if f1.Interval == nil || foretold >= f1.Interval.Low && foretold <= f1.Interval.High {
		return
	}
	if v.Foretold.Modest && foretold < f1.Value {
		return
	}
	why := "the test pictures seem easier, or to be of the same things as the training pictures"
	if foretold > f1.Value {
		why = "the test pictures seem harder, or of another kind than the training pictures"
	}
	say("method", "On held-out training pictures the F1 score was %s, on the test pictures it is %s: %s.",
		figure(foretold), figure(f1.Value), why)
}

// weakest is the label with the lowest F1 of those with test pictures, nil where all are perfect.
func weakest(rows []labelRow) *labelRow {
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Positives > 0 && !math.IsNaN(rows[i].F1) {
			if rows[i].F1 == 1 {
				return nil
			}
			return &rows[i]
		}
	}
	return nil
}
