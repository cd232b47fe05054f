package classify_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/classify"
	"ownsight/internal/vision/linear"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/tail"
)

// notes keeps them in memory.
type notes struct {
	sync.Mutex
	of map[string][]byte
}

func (n *notes) Get(_ context.Context, name string) ([]byte, error) {
	n.Lock()
	defer n.Unlock()
	return n.of[name], nil
}

func (n *notes) Put(_ context.Context, name string, note []byte) error {
	n.Lock()
	defer n.Unlock()
	if n.of == nil {
		n.of = map[string][]byte{}
	}
	n.of[name] = slices.Clone(note)
	return nil
}

const labels = 3

// drawn is a set whose labels only the maps tell, or the features too.
func drawn(t *testing.T, task model.Task, pictures int, inFeatures bool) classify.Data {
	t.Helper()
	if _, err := backbone.Whole(); err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const width = 6
	d := classify.Data{Views: 2, Linear: linear.Data{Task: task, Width: width, Labels: []string{"a", "b", "c"}}}
	for p := range pictures {
		truth := []int{p % labels}
		if task == model.MultiLabel && p%4 == 0 {
			truth = []int{0, 1 + p%2}
		}
		d.Linear.Truth = append(d.Linear.Truth, truth)
		d.Linear.Rows = append(d.Linear.Rows, linear.Row{Picture: p})
		row := make([]float32, width)
		for i := range row {
			row[i] = float32(random.NormFloat64())
		}
		for _, l := range truth {
			if inFeatures {
				row[l] += 8
			} else {
				row[l] += 0.5
			}
		}
		d.Linear.Features = append(d.Linear.Features, row...)
	}
	truth := d.Linear.Truth
	d.Maps = func(_ context.Context, c tail.Cut) (func(picture, view int, dst []float32) error, error) {
		return func(picture, view int, dst []float32) error {
			for i := range dst {
				dst[i] = float32(math.Sin(float64(i*(picture*7+view+1)))) * 0.7
			}
			for _, l := range truth[picture] {
				for i := range dst {
					if i/(c.Side*c.Side)%labels == l {
						dst[i]++
					}
				}
			}
			return nil
		}, nil
	}
	return d
}

// ask gives the scores of the rest for one picture of the data.
func ask(t *testing.T, trained *classify.Trained, d classify.Data, picture int, features []float32) []float32 {
	t.Helper()
	file, err := trained.Rest.Bytes()
	require.NoError(t, err)
	session, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	var in []runtime.Tensor
	for _, name := range session.Inputs() {
		switch name {
		case backbone.Features:
			in = append(in, runtime.Floats(features, 1, int64(len(features))))
		case tail.Shallow.Map, tail.Deep.Map:
			c, err := tail.CutOf(name)
			require.NoError(t, err)
			maps, err := d.Maps(context.Background(), c)
			require.NoError(t, err)
			m := make([]float32, c.Length())
			require.NoError(t, maps(picture, 0, m))
			in = append(in, runtime.Floats(m, 1, int64(c.Channels), int64(c.Side), int64(c.Side)))
		default:
			t.Fatalf("the model wants %q", name)
		}
	}
	out := make([]runtime.Tensor, 1)
	require.NoError(t, session.Run(context.Background(), in, out))
	return out[0].Float32
}

func TestATailIsTakenWhereFeaturesDoNotTell(t *testing.T) {
	for _, task := range []model.Task{model.SingleLabel, model.MultiLabel} {
		t.Run(string(task), func(t *testing.T) {
			d := drawn(t, task, 48, false)
			features := slices.Clone(d.Linear.Features)
			trained, err := classify.Train(context.Background(), d, classify.Options{Seed: 1, Workers: 2, Budget: 13, Notes: new(notes)})
			require.NoError(t, err)
			require.NotNil(t, trained.Choice.Tail, trained.Choice.Reason)
			require.Contains(t, trained.Choice.Reason, "ine-tuned")
			require.Greater(t, len(trained.Choice.Candidates), 1)
			head, tuned := trained.Choice.Candidates[0], trained.Choice.Candidates[1]
			require.Less(t, tuned.Mixed.LogLoss, head.Figures.LogLoss)
			require.Greater(t, trained.Choice.Validated.Accuracy, 0.8)
			require.Len(t, trained.Pictures, len(trained.HeldOut.Truth))
			require.Len(t, trained.Thresholds, labels)
			right := 0
			for p := range 12 {
				scores := ask(t, trained, d, p, features[p*6:(p+1)*6])
				require.Len(t, scores, labels)
				all := true
				for l, s := range scores {
					all = all && (s >= trained.Thresholds[l]) == slices.Contains(d.Linear.Truth[p], l)
				}
				if all {
					right++
				}
			}
			require.GreaterOrEqual(t, right, 11)
		})
	}
}

// TestATailInIntegers trains on a front in integers: so is the tail, unless it loses too much by that.
func TestATailInIntegers(t *testing.T) {
	if info, err := os.ReadFile("/proc/cpuinfo"); err != nil || !strings.Contains(string(info), "vnni") {
		t.Skip("this CPU does not multiply bytes exactly (no VNNI)")
	}
	const pictures = 36
	train := func(levels quantize.Ranges) (*classify.Trained, [][]float32) {
		d := drawn(t, model.SingleLabel, pictures, false)
		features := slices.Clone(d.Linear.Features)
		d.Levels = levels
		trained, err := classify.Train(context.Background(), d, classify.Options{Seed: 1, Workers: 2, Budget: 6, Notes: new(notes)})
		require.NoError(t, err)
		require.NotNil(t, trained.Choice.Tail, trained.Choice.Reason)
		var scores [][]float32
		for p := range 12 {
			scores = append(scores, ask(t, trained, d, p, features[p*6:(p+1)*6]))
		}
		return trained, scores
	}
	fits := quantize.Range{Low: -0.7, High: 1.7} // what drawn draws
	floats, want := train(nil)
	require.False(t, floats.Choice.Integers)
	rounded, got := train(quantize.Ranges{tail.Shallow.Map: fits, tail.Deep.Map: fits})
	require.True(t, rounded.Choice.Integers, rounded.Choice.Reason)
	require.Contains(t, rounded.Choice.Reason, "8-bit integers")
	require.NotEqual(t, want, got)
	for p := range want {
		require.InDeltaSlice(t, want[p], got[p], 0.15)
	}
	wide := quantize.Range{Low: -900, High: 900} // in whose levels nothing is left to see
	kept, same := train(quantize.Ranges{tail.Shallow.Map: wide, tail.Deep.Map: wide})
	require.False(t, kept.Choice.Integers, kept.Choice.Reason)
	require.Equal(t, want, same, "the model in float32 is as if there were no other")
}

func TestNoTailIsTriedWhereNothingIsLeftToWin(t *testing.T) {
	d := drawn(t, model.SingleLabel, 90, true)
	trained, err := classify.Train(context.Background(), d, classify.Options{Seed: 1, Workers: 2, Notes: new(notes)})
	require.NoError(t, err)
	require.Nil(t, trained.Choice.Tail)
	require.Len(t, trained.Choice.Candidates, 1)
	require.Contains(t, trained.Choice.Reason, "no more can be told apart")
	require.Equal(t, []string{"features"}, []string{trained.Rest.Inputs()[0].Name()})
}

func TestTheBudgetBoundsWhatIsTried(t *testing.T) {
	d := drawn(t, model.SingleLabel, 30, false)
	trained, err := classify.Train(context.Background(), d, classify.Options{Seed: 1, Workers: 2, Budget: 0.1, Notes: new(notes)})
	require.NoError(t, err)
	require.Nil(t, trained.Choice.Tail)
	require.Contains(t, trained.Choice.Reason, "too short to fine-tune")
}

func TestOnePictureALabelTrains(t *testing.T) {
	d := drawn(t, model.SingleLabel, labels, true)
	trained, err := classify.Train(context.Background(), d, classify.Options{Seed: 1, Workers: 2, Notes: new(notes)})
	require.NoError(t, err)
	require.Nil(t, trained.Choice.Validated)
	require.Empty(t, trained.Pictures)
	require.Contains(t, trained.Choice.Reason, "nothing can be held out")
	require.Equal(t, []float32{0.5, 0.5, 0.5}, trained.Thresholds)
}

// A training that is cut off again and again gives what one gives that is left alone, and does nothing twice.
func TestAnInterruptedTrainingGoesOn(t *testing.T) {
	train := func(ctx context.Context, n *notes, tell func(classify.Progress)) ([]byte, error) {
		trained, err := classify.Train(ctx, drawn(t, model.SingleLabel, 36, false),
			classify.Options{Seed: 1, Workers: 2, Budget: 10, Notes: n, Progress: tell})
		if err != nil {
			return nil, err
		}
		require.NotNil(t, trained.Choice.Tail)
		file, err := trained.Rest.Bytes()
		require.NoError(t, err)
		return file, nil
	}
	want, err := train(context.Background(), new(notes), nil)
	require.NoError(t, err)

	kept, attempts := new(notes), 0
	for {
		attempts++
		ctx, cancel := context.WithCancel(context.Background())
		told, share := 0, 0.0
		got, err := train(ctx, kept, func(p classify.Progress) {
			if !strings.Contains(p.What, "fine-tuning") { // linear heads are noted whole
				return
			}
			if told > 0 {
				require.GreaterOrEqual(t, p.Done/p.Total, share-1e-9, "progress jumps back")
			}
			share = p.Done / p.Total
			if told++; told == 12 {
				cancel()
			}
		})
		cancel()
		if err == nil {
			require.Equal(t, want, got)
			break
		}
		require.True(t, errors.Is(err, context.Canceled), "%v", err)
		require.Less(t, attempts, 60)
	}
	require.Greater(t, attempts, 2)
}
