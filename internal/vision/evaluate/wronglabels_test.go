package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

// drawnPredictions are of a model that is right about most pictures, whatever label they were given: the logit of what
// is truly there stands out by strength, among noise of deviation 1. A share of the labels is changed; planted says where.
func drawnPredictions(task model.Task, pictures, labels int, strength, changed float64) (p Predictions, planted map[WrongLabel]bool) {
	random := rand.New(rand.NewPCG(9, uint64(pictures)))
	p, planted = Predictions{Task: task}, map[WrongLabel]bool{}
	for k := range labels {
		p.Labels = append(p.Labels, fmt.Sprint("label ", k))
	}
	l := Logits{Task: task, K: labels}
	for i := range pictures {
		first := i % labels
		truth := []int{first}
		if task == model.MultiLabel {
			truth = append(truth, (first+1+random.IntN(labels-1))%labels)
		}
		for k := range labels {
			z := random.NormFloat64()
			if k == truth[0] || k == truth[len(truth)-1] {
				z += strength
			} else if task == model.MultiLabel {
				z -= strength
			}
			l.Values = append(l.Values, float32(z))
		}
		if random.Float64() < changed {
			other := (truth[0] + 1 + random.IntN(labels-1)) % labels
			switch {
			case task == model.SingleLabel:
				planted[WrongLabel{Picture: i, Given: other, Suggested: truth[0]}] = true
				truth = []int{other}
			case other == truth[1]: // one too few
				planted[WrongLabel{Picture: i, Given: None, Suggested: other}] = true
				truth = truth[:1]
			default: // one too many
				planted[WrongLabel{Picture: i, Given: other, Suggested: None}] = true
				truth = append(truth, other)
			}
		}
		p.Truth = append(p.Truth, truth)
	}
	l.Truth = p.Truth
	p.Scores = l.Scores(1)
	return p, planted
}

func TestItFindsChangedLabels(t *testing.T) {
	for name, c := range map[string]struct {
		task              model.Task
		labels            int
		strength, changed float64
		precision, recall float64
	}{
		"one label":               {model.SingleLabel, 10, 7, 0.05, 0.97, 0.8},
		"one label, two kinds":    {model.SingleLabel, 2, 6, 0.05, 0.97, 0.8},
		"one label, hard to tell": {model.SingleLabel, 10, 4, 0.05, 0.95, 0.5},
		"several labels":          {model.MultiLabel, 8, 5, 0.05, 0.95, 0.65},
	} {
		t.Run(name, func(t *testing.T) {
			p, planted := drawnPredictions(c.task, 1000, c.labels, c.strength, c.changed)
			require.Greater(t, len(planted), 30)
			found, err := LikelyWrongLabels(p)
			require.NoError(t, err)
			hits, least := 0.0, sureOfOne
			if c.task == model.MultiLabel {
				least = sureOfSeveral
			}
			for i, f := range found {
				require.True(t, f.Confidence >= least && f.Confidence <= 1, "%+v", f)
				require.True(t, i == 0 || found[i-1].Confidence >= f.Confidence, "ranked")
				f.Confidence = 0
				if planted[f] {
					hits++
				}
			}
			precision, recall := hits/float64(len(found)), hits/float64(len(planted))
			t.Logf("precision %.3f, recall %.3f of %d", precision, recall, len(planted))
			require.GreaterOrEqual(t, precision, c.precision)
			require.GreaterOrEqual(t, recall, c.recall)
		})
	}
}

// TestASureModelFindsThem has a model that is right about every picture, calibrated by the labels that were given, as after
// cross-validation: by three of them it seems to be wrong, and no score can tell how sure it is of the others.
func TestASureModelFindsThem(t *testing.T) {
	for _, pictures := range []int{40, 60, 90, 120} {
		for labels := 2; labels <= 3; labels++ {
			p, _ := drawnPredictions(model.SingleLabel, pictures, labels, 14, 0)
			l := Logits{Task: p.Task, K: labels, Truth: p.Truth}
			for _, s := range p.Scores {
				l.Values = append(l.Values, float32(math.Log(max(float64(s), leastOfOne))))
			}
			want := map[[3]int]bool{} // picture, given and true label
			for i := range 3 {
				picture := (2*i + 1) * pictures / 6
				is := p.Truth[picture][0]
				p.Truth[picture] = []int{(is + 1) % labels}
				want[[3]int{picture, (is + 1) % labels, is}] = true
			}
			temperature, err := l.Temperature()
			require.NoError(t, err)
			require.Greater(t, temperature, 1.5, "the wrong labels make it modest")
			p.Scores = l.Scores(temperature)
			found, err := LikelyWrongLabels(p)
			require.NoError(t, err)
			got := map[[3]int]bool{}
			for _, f := range found {
				got[[3]int{f.Picture, f.Given, f.Suggested}] = true
			}
			require.Equal(t, want, got, "%d pictures of %d labels", pictures, labels)
		}
	}
}

func TestItIsNearlySilentWhereNothingIsWrong(t *testing.T) {
	for _, task := range []model.Task{model.SingleLabel, model.MultiLabel} {
		for _, strength := range []float64{2, 4, 7} { // from a model that is often wrong to one that hardly ever is
			p, _ := drawnPredictions(task, 1000, 8, strength, 0)
			found, err := LikelyWrongLabels(p)
			require.NoError(t, err)
			require.LessOrEqual(t, len(found), 10, "%s, strength %v: at most one picture in a hundred", task, strength)
		}
	}
}

func TestALabelHardlySeenIsNotDoubted(t *testing.T) {
	for _, task := range []model.Task{model.SingleLabel, model.MultiLabel} {
		p, _ := drawnPredictions(task, 400, 4, 6, 0)
		p.Labels = append(p.Labels, "rare")
		var scores []float32
		for i := range p.Truth {
			scores = append(append(scores, p.Scores[i*4:i*4+4]...), float32(math.Exp(-9)))
		}
		p.Scores = scores
		clean, err := LikelyWrongLabels(p)
		require.NoError(t, err)
		for i := range doubtable - 1 { // a model that has learnt nothing of them
			p.Truth[i] = []int{4}
		}
		found, err := LikelyWrongLabels(p)
		require.NoError(t, err)
		for _, f := range found {
			require.NotEqual(t, 4, f.Given)
		}
		require.LessOrEqual(t, len(clean), 4)
	}
}

func TestLikelyWrongLabelsRefusesWhatDoesNotFit(t *testing.T) {
	_, err := LikelyWrongLabels(Predictions{Task: model.SingleLabel, Labels: names[:2], Scores: []float32{1, 0}, Truth: [][]int{{0, 1}}})
	require.Error(t, err)
	_, err = LikelyWrongLabels(Predictions{Task: model.MultiLabel, Labels: names[:2], Scores: []float32{1}, Truth: [][]int{{0, 1}}})
	require.Error(t, err)
}
