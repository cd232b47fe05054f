package linear

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

const width = 20

// blobs makes pictures whose features are normal around a centre a label.
func blobs(seed uint64, distance float64, counts ...int) Data {
	centres := rand.New(rand.NewPCG(99, 1))
	at := make([]float64, len(counts)*width)
	for i := range at {
		at[i] = distance * centres.NormFloat64()
	}
	random := rand.New(rand.NewPCG(seed, 2))
	d := Data{Width: width, Task: model.SingleLabel}
	for l, n := range counts {
		d.Labels = append(d.Labels, string(rune('a'+l)))
		for range n {
			d.Rows = append(d.Rows, Row{Picture: len(d.Truth)})
			d.Truth = append(d.Truth, []int{l})
			for j := range width {
				d.Features = append(d.Features, float32(at[l*width+j]+random.NormFloat64()))
			}
		}
	}
	return d
}

// each gives every picture one label.
func each(labels []int) (truth [][]int) {
	for _, l := range labels {
		truth = append(truth, []int{l})
	}
	return truth
}

// add gives every picture one more view.
func (d Data) add(view View, change func(features []float32)) Data {
	for p := range d.Truth {
		features := slices.Clone(d.row(p))
		change(features)
		d.Features = append(d.Features, features...)
		d.Rows = append(d.Rows, Row{Picture: p, View: view})
	}
	return d
}

func accuracy(t *testing.T, train, test Data) (float64, *Choice) {
	t.Helper()
	head, choice, err := Train(context.Background(), train, Options{})
	require.NoError(t, err)
	right := 0
	for p, l := range test.Truth {
		scores := head.Scores(test.row(p), make([]float32, len(test.Labels)))
		if slices.Index(scores, slices.Max(scores)) == l[0] {
			right++
		}
	}
	return float64(right) / float64(len(test.Truth)), choice
}

func TestItLearns(t *testing.T) {
	got, choice := accuracy(t, blobs(1, 0.7, 60, 60, 60, 60), blobs(2, 0.7, 100, 100, 100, 100))
	require.Greater(t, got, 0.9)
	require.InDelta(t, got, choice.Validated.Accuracy, 0.06, "cross-validation foretells the test")
	require.Equal(t, 240, choice.Validated.Pictures)
	require.Greater(t, choice.Validated.F1, 0.85)
}

func TestNothingIsLearntFromNoise(t *testing.T) {
	d := blobs(1, 0, 15, 15) // fewer pictures than would keep a head from knowing them all by heart
	_, choice := accuracy(t, d, d)
	require.Less(t, choice.Validated.Accuracy, 0.75, "held-out pictures must not have been seen")
}

func TestMirroredViewsAreRefusedWhereTheyMislead(t *testing.T) {
	// The label is which half of the features is the brighter; a mirror exchanges the halves.
	d := blobs(1, 0, 60, 60)
	for p, l := range d.Truth {
		for j := range width / 2 {
			d.row(p)[l[0]*width/2+j] += 0.8
		}
	}
	mirrored := d.add(Flipped, func(f []float32) { copy(f, append(slices.Clone(f[width/2:]), f[:width/2]...)) })
	_, choice := accuracy(t, mirrored, d)
	require.False(t, choice.Flipped)
	require.Len(t, choice.Validated.Candidates, 2)
}

func TestVariedViewsAreTakenWhereTheyHelp(t *testing.T) {
	// Half of the features only ever misleads in the few pictures there are; the views show that it does not matter.
	random := rand.New(rand.NewPCG(5, 5))
	d := blobs(3, 0.5, 12, 12, 12)
	for range 6 {
		d = d.add(Varied, func(f []float32) {
			for j := width / 2; j < width; j++ {
				f[j] += float32(3 * random.NormFloat64())
			}
		})
	}
	for p := range d.Truth {
		for j := width / 2; j < width; j++ {
			d.row(p)[j] = float32(2 * random.NormFloat64())
		}
	}
	_, choice := accuracy(t, d, d)
	require.True(t, choice.Varied)
}

func TestRareLabelsAreTriedWithWeights(t *testing.T) {
	_, choice := accuracy(t, blobs(1, 0.5, 80, 8), blobs(2, 0.5, 50, 50))
	require.Len(t, choice.Validated.Candidates, 2)
	require.True(t, choice.Validated.Candidates[1].Balanced)
}

func TestTheSameDataGivesTheSameHead(t *testing.T) {
	d := blobs(1, 0.5, 300, 300, 100).add(Flipped, func(f []float32) { slices.Reverse(f) })
	train := func(workers int) ([]float32, *Choice) {
		head, choice, err := Train(context.Background(), d, Options{Workers: workers, Seed: 7})
		require.NoError(t, err)
		return append(head.Weights, head.Bias...), choice
	}
	one, choiceOfOne := train(1)
	three, choiceOfThree := train(3)
	require.Equal(t, one, three, "bit for bit, whatever the number of cores")
	require.Equal(t, choiceOfOne, choiceOfThree)
}

func TestTrainingGoesOnFromStoredResults(t *testing.T) {
	ctx := context.Background()
	d := blobs(1, 0.5, 60, 20).
		add(Varied, func(f []float32) { f[0] = 0 }).
		add(Flipped, func(f []float32) { slices.Reverse(f) })
	wantHead, wantChoice, err := Train(ctx, d, Options{})
	require.NoError(t, err)

	var stored []byte
	scored := 0
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
			break
		}
		result, err := trainer.Score(ctx, candidate)
		require.NoError(t, err)
		stored, err = json.Marshal(append(results, *result))
		require.NoError(t, err)
		scored++
	}
	require.Equal(t, 4, scored, "plain, varied, flipped, balanced")
}

func TestOnePictureALabelGetsADefault(t *testing.T) {
	d := blobs(1, 1, 1, 1, 1)
	head, choice, err := Train(context.Background(), d, Options{})
	require.NoError(t, err)
	require.Nil(t, choice.Validated)
	require.Equal(t, []float32{0.5, 0.5, 0.5}, choice.Thresholds)
	for p, l := range d.Truth {
		scores := head.Scores(d.row(p), make([]float32, 3))
		require.Equal(t, l, []int{slices.Index(scores, slices.Max(scores))})
	}
}

func TestALabelWithOnePictureIsTrainedOnAndNotScored(t *testing.T) {
	_, choice := accuracy(t, blobs(1, 1, 20, 20, 1), blobs(2, 1, 20, 20, 5))
	require.Equal(t, 40, choice.Validated.Pictures)
}

func TestFoldsAreEvenForEveryLabel(t *testing.T) {
	d := blobs(1, 1, 52, 23, 3, 1)
	fold := foldOf(d, count(d), 5, 0)
	var bySize [5]int
	for l, n := range []int{52, 23, 3, 1} {
		var count [5]int
		for p, f := range fold {
			if d.Truth[p][0] == l && f != always {
				count[f]++
				bySize[f]++
			}
		}
		require.LessOrEqual(t, slices.Max(count[:]), (n+4)/5)
	}
	require.LessOrEqual(t, slices.Max(bySize[:])-slices.Min(bySize[:]), 1)
	require.Equal(t, always, fold[len(fold)-1])
	require.NotEqual(t, fold, foldOf(d, count(d), 5, 1), "another seed deals otherwise")
}

func TestViewsOfAPictureStayOutOfItsFold(t *testing.T) {
	d := blobs(1, 1, 10, 10).add(Varied, func([]float32) {})
	trainer, err := New(d, Options{})
	require.NoError(t, err)
	o, err := trainer.objective(Recipe{Varied: true}, trainer.Folds)
	require.NoError(t, err)
	defer o.close()
	for i, s := range o.shards {
		for n, p := range s.pictures {
			for f, weight := range o.weights[i][n*trainer.Folds : (n+1)*trainer.Folds] {
				if trainer.fold[p] == f {
					require.Zero(t, weight)
					continue
				}
				require.InDelta(t, 0.5, weight, 1e-7, "two views share the weight of a picture")
			}
		}
	}
}

func TestTrainingCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var last Progress
	_, _, err := Train(ctx, blobs(1, 0.1, 50, 50), Options{Progress: func(p Progress) {
		if last = p; p.Pass == 2 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "cross-validating plain views, strength 0.0003, pass 2", last.String())
}

func TestDataThatDoesNotFitIsRefused(t *testing.T) {
	good := func() Data { return blobs(1, 1, 3, 3) }
	zero := float32(0)
	for name, spoil := range map[string]func(d *Data){
		"one label":          func(d *Data) { d.Labels = d.Labels[:1] },
		"feature missing":    func(d *Data) { d.Features = d.Features[1:] },
		"unknown label":      func(d *Data) { d.Truth[0] = []int{2} },
		"no task":            func(d *Data) { d.Task = "" },
		"several labels":     func(d *Data) { d.Truth[0] = []int{0, 1} },
		"a label twice":      func(d *Data) { d.Task, d.Truth[0] = model.MultiLabel, []int{1, 1} },
		"unknown picture":    func(d *Data) { d.Rows[0].Picture = 6 },
		"unknown view":       func(d *Data) { d.Rows[0].View = 9 },
		"no plain view":      func(d *Data) { d.Rows[0].View = Varied },
		"two plain views":    func(d *Data) { d.Rows[0].Picture = 1 },
		"no pictures":        func(d *Data) { d.Truth, d.Rows, d.Features = nil, nil, nil },
		"feature not finite": func(d *Data) { d.Features[5] = 1 / zero },
	} {
		t.Run(name, func(t *testing.T) {
			d := good()
			spoil(&d)
			_, err := New(d, Options{})
			require.Error(t, err)
		})
	}
	_, err := New(good(), Options{Strengths: []float64{0}})
	require.Error(t, err)
	_, err = New(good(), Options{Folds: 1})
	require.Error(t, err)
}

func TestResultsOfOtherDataAreRefused(t *testing.T) {
	trainer, err := New(blobs(1, 1, 5, 5), Options{})
	require.NoError(t, err)
	_, err = trainer.Choose([]Result{{Trials: []Trial{{}}, Logits: make([]float32, 4)}})
	require.Error(t, err)
	_, err = trainer.Choose(nil)
	require.Error(t, err)
}
