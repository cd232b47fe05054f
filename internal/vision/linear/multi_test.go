package linear

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/model"
)

// mixed makes pictures that have each label with its own chance; every label shifts the features its own way.
func mixed(seed uint64, distance float64, pictures int, chances ...float64) Data {
	directions := rand.New(rand.NewPCG(98, 1))
	shift := make([]float64, len(chances)*width)
	for i := range shift {
		shift[i] = distance * directions.NormFloat64()
	}
	random := rand.New(rand.NewPCG(seed, 3))
	d := Data{Width: width, Task: model.MultiLabel}
	for l := range chances {
		d.Labels = append(d.Labels, string(rune('a'+l)))
	}
	for p := range pictures {
		features := make([]float64, width)
		for j := range features {
			features[j] = random.NormFloat64()
		}
		var truth []int
		for l, chance := range chances {
			if random.Float64() >= chance {
				continue
			}
			truth = append(truth, l)
			for j := range features {
				features[j] += shift[l*width+j]
			}
		}
		d.Truth = append(d.Truth, truth)
		d.Rows = append(d.Rows, Row{Picture: p})
		for _, f := range features {
			d.Features = append(d.Features, float32(f))
		}
	}
	return d
}

// answers are what a head says of pictures.
func answers(head *Head, d Data) evaluate.Predictions {
	p := evaluate.Predictions{Task: head.Task, Labels: head.Labels, Truth: d.Truth}
	for i := range d.Truth {
		p.Scores = append(p.Scores, head.Scores(d.row(i), make([]float32, len(head.Labels)))...)
	}
	return p
}

func TestItLearnsSeveralLabels(t *testing.T) {
	chances := []float64{0.5, 0.3, 0.8, 0.15}
	head, choice, err := Train(context.Background(), mixed(1, 0.8, 300, chances...), Options{})
	require.NoError(t, err)
	require.Equal(t, model.MultiLabel, head.Task)
	report, err := evaluate.Evaluate(answers(head, mixed(2, 0.8, 400, chances...)), choice.Thresholds)
	require.NoError(t, err)
	require.Greater(t, report.MeanAveragePrecision, 0.95)
	require.Greater(t, report.F1, 0.88)
	require.InDelta(t, report.F1, choice.Validated.F1, 0.05, "cross-validation foretells the test")
	require.InDelta(t, report.Whole.Accuracy, choice.Validated.Accuracy, 0.1)
	require.Less(t, report.Whole.ECE, 0.04, "scores can be believed")
	require.Equal(t, []int{300, 4}, []int{choice.Validated.Pictures, choice.Validated.Labels})
	require.Len(t, choice.Validated.Candidates, 2, "rare labels are tried with weights")
}

func TestNothingIsLearntOfSeveralLabelsFromNoise(t *testing.T) {
	_, choice, err := Train(context.Background(), mixed(1, 0, 30, 0.5, 0.5), Options{}) // few enough to know them all by heart
	require.NoError(t, err)
	require.Less(t, choice.Validated.Accuracy, 0.6, "held-out pictures must not have been seen")
}

func TestSeveralLabelsAreFitBitForBit(t *testing.T) {
	d := mixed(1, 0.5, 700, 0.5, 0.1, 0.3).add(Flipped, func(f []float32) { slices.Reverse(f) })
	one, choiceOfOne, err := Train(context.Background(), d, Options{Workers: 1, Seed: 7})
	require.NoError(t, err)
	three, choiceOfThree, err := Train(context.Background(), d, Options{Workers: 3, Seed: 7})
	require.NoError(t, err)
	require.Equal(t, one, three, "whatever the number of cores")
	require.Equal(t, choiceOfOne, choiceOfThree)
}

// permuted renames labels: label l of d is label order[l] of the result.
func permuted(d Data, order []int) Data {
	labels := make([]string, len(order))
	for l, to := range order {
		labels[to] = d.Labels[l]
	}
	d.Labels, d.Truth = labels, slices.Clone(d.Truth)
	for p, truth := range d.Truth {
		d.Truth[p] = nil
		for _, l := range truth {
			d.Truth[p] = append(d.Truth[p], order[l])
		}
	}
	return d
}

func TestTheOrderOfTheLabelsDoesNotMatter(t *testing.T) {
	d := mixed(1, 0.6, 200, 0.5, 0.3, 0.75, 0.2)
	order := []int{2, 0, 3, 1}
	head, choice, err := Train(context.Background(), d, Options{})
	require.NoError(t, err)
	other, otherChoice, err := Train(context.Background(), permuted(d, order), Options{})
	require.NoError(t, err)
	require.Equal(t, choice.Recipe, otherChoice.Recipe)
	require.InDelta(t, choice.Strength, otherChoice.Strength, 0)
	for l, to := range order {
		require.InDelta(t, choice.Thresholds[l], otherChoice.Thresholds[to], 0.01)
		require.InDelta(t, head.Bias[l], other.Bias[to], 0.02)
		require.InDeltaSlice(t, head.Weights[l*width:(l+1)*width], other.Weights[to*width:(to+1)*width], 0.02)
	}
}

func TestTheOrderOfThePicturesDoesNotMatter(t *testing.T) {
	d := mixed(1, 0.6, 200, 0.5, 0.3)
	other := Data{Width: width, Task: d.Task, Labels: d.Labels}
	for i, p := range rand.New(rand.NewPCG(1, 1)).Perm(len(d.Truth)) {
		other.Truth = append(other.Truth, d.Truth[p])
		other.Features = append(other.Features, d.row(p)...)
		other.Rows = append(other.Rows, Row{Picture: i})
	}
	fit := func(d Data) *Head {
		trainer, err := New(d, Options{})
		require.NoError(t, err)
		head, err := trainer.Fit(context.Background(), &Choice{Strength: 0.1, Temperature: 1})
		require.NoError(t, err)
		return head
	}
	a, b := fit(d), fit(other)
	require.InDeltaSlice(t, a.Weights, b.Weights, 0.01)
	require.InDeltaSlice(t, a.Bias, b.Bias, 0.01)
}

func TestSeveralLabelsGoOnFromStoredResults(t *testing.T) {
	ctx := context.Background()
	d := mixed(1, 0.5, 80, 0.5, 0.15).add(Varied, func(f []float32) { f[0] = 0 })
	wantHead, wantChoice, err := Train(ctx, d, Options{})
	require.NoError(t, err)
	var stored []byte
	for { // a new program for every step
		trainer, err := New(d, Options{})
		require.NoError(t, err)
		var results []Result
		if stored != nil {
			require.NoError(t, json.Unmarshal(stored, &results))
		}
		candidate, more := trainer.Next(results)
		if !more {
			choice, err := trainer.Choose(results)
			require.NoError(t, err)
			require.Equal(t, wantChoice, choice)
			head, err := trainer.Fit(ctx, choice)
			require.NoError(t, err)
			require.Equal(t, wantHead, head)
			return
		}
		result, err := trainer.Score(ctx, candidate)
		require.NoError(t, err)
		stored, err = json.Marshal(Thin(append(results, *result)))
		require.NoError(t, err)
	}
}

// wide gives data as many features as a network does, by repeating them.
func wide(d Data) Data {
	const times = 100
	w := Data{Width: times * d.Width, Task: d.Task, Labels: d.Labels, Truth: d.Truth, Rows: d.Rows}
	for i := range d.Rows {
		w.Features = append(w.Features, slices.Repeat(d.row(i), times)...)
	}
	return w
}

func TestFewPicturesOfEachOfSeveralLabels(t *testing.T) {
	for name, truth := range map[string][][]int{
		"one each":                     {{0}, {1}, {2}},
		"one each, two in one picture": {{0, 1}, {2}},
		"one of all":                   {{0, 1, 2}, {0}},
		"one that all have":            {{0, 1}, {0, 2}, {0}, {0}},
	} {
		t.Run(name, func(t *testing.T) {
			d := wide(mixed(1, 1, len(truth), 0, 0, 0))
			d.Truth = truth
			head, choice, err := Train(context.Background(), d, Options{})
			require.NoError(t, err)
			require.Nil(t, choice.Validated, "nothing can be held out and be learnt from the rest")
			p := answers(head, d)
			require.Equal(t, []float32{0.5, 0.5, 0.5}, choice.Thresholds)
			report, err := evaluate.Evaluate(p, choice.Thresholds)
			require.NoError(t, err)
			require.InDelta(t, 1, report.Whole.Accuracy, 0, "what was shown is known: %v", p.Scores)
		})
	}
}

func TestALabelThatCannotBeJudgedTakesTheSharedThreshold(t *testing.T) {
	d := mixed(1, 1.5, 60, 0.5, 0.4, 0, 1)
	d.Truth[7] = append(d.Truth[7], 2) // and 3 is on every picture
	head, choice, err := Train(context.Background(), d, Options{})
	require.NoError(t, err)
	require.Equal(t, []int{60, 2}, []int{choice.Validated.Pictures, choice.Validated.Labels})
	require.InDelta(t, choice.Thresholds[2], choice.Thresholds[3], 0)
	always := answers(head, d)
	for p := range d.Truth {
		require.Greater(t, always.Scores[p*4+3], float32(0.9), "what every picture has is always there")
	}
}

func TestFoldsAreEvenForEachOfSeveralLabels(t *testing.T) {
	const folds = 5
	for seed := range uint64(20) {
		d := mixed(seed, 0, 150, 0.6, 0.3, 0.1, 0.04)
		c := count(d)
		var has [4][folds]int
		var size [folds]int
		for p, f := range foldOf(d, c, folds, seed) {
			size[f]++
			for _, l := range d.Truth[p] {
				has[l][f]++
			}
		}
		say := fmt.Sprintf("seed %d: %v of %v", seed, has, c.of)
		rarest := slices.Index(c.of, slices.Min(c.of))
		require.LessOrEqual(t, slices.Max(has[rarest][:])-slices.Min(has[rarest][:]), 1, say)
		for l, n := range c.of {
			require.True(t, n < 2 || slices.Max(has[l][:]) < n, "%s: every fold has pictures of label %d to learn from", say, l)
			require.LessOrEqual(t, slices.Max(has[l][:])-slices.Min(has[l][:]), 4, say)
		}
		require.LessOrEqual(t, slices.Max(size[:])-slices.Min(size[:]), 4, say)
	}
}
