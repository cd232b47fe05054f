package tail_test

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/tail"
)

const (
	labels   = 3
	pictures = 40
)

var recipe = tail.Recipe{Cut: tail.Shallow.Map, Peak: 1e-3, Epochs: 2}

// drawn are pictures whose maps tell their labels.
func drawn(t *testing.T, task model.Task, c tail.Cut) tail.Examples {
	t.Helper()
	if _, err := backbone.Whole(); err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	e := tail.Examples{Task: task, Labels: labels, Views: 2}
	for p := range pictures {
		truth := []int{p % labels}
		if task == model.MultiLabel && p%4 == 0 {
			truth = []int{0, 1 + p%2}
		}
		e.Truth = append(e.Truth, truth)
	}
	e.Map = func(picture, view int, dst []float32) error {
		for i := range dst {
			dst[i] = 0.3 * float32(math.Sin(float64(i%97*(picture*7+view+1))))
			if slices.Contains(e.Truth[picture], i/(c.Side*c.Side)%labels) {
				dst[i] += 4
			}
		}
		return nil
	}
	return e
}

func all(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func bytesOf(t *testing.T, tuned *tail.Tail) []byte {
	t.Helper()
	file, err := tuned.Graph().Bytes()
	require.NoError(t, err)
	return file
}

func TestLearn(t *testing.T) {
	recipe := tail.Recipe{Cut: tail.Shallow.Map, Peak: 3e-3, Epochs: 6}
	for _, task := range []model.Task{model.SingleLabel, model.MultiLabel} {
		t.Run(string(task), func(t *testing.T) {
			e := drawn(t, task, tail.Shallow)
			told := 0
			tuned, err := tail.Learn(t.Context(), e, all(30), recipe, tail.Options{Seed: 1, Progress: func(step, steps int, loss float32) {
				require.Positive(t, loss)
				told++
				require.Equal(t, told, step)
				require.Equal(t, recipe.Steps(30), steps)
			}})
			require.NoError(t, err)
			require.Equal(t, recipe.Steps(30), told)
			require.Equal(t, tail.Shallow, tuned.Cut())

			unseen := []int{39, 30, 31, 32, 33, 34, 35, 36, 37, 38}
			logits, err := tuned.Logits(t.Context(), e, unseen, 2)
			require.NoError(t, err)
			require.Len(t, logits, labels*len(unseen))
			for i, p := range unseen {
				of := logits[i*labels : (i+1)*labels]
				best := slices.Index(of, slices.Max(of))
				require.Contains(t, e.Truth[p], best, "picture %d: %v", p, of)
			}
			read, err := tail.Parse(bytesOf(t, tuned), tail.Shallow.Map)
			require.NoError(t, err)
			same, err := read.Logits(t.Context(), e, unseen, 1)
			require.NoError(t, err)
			require.Equal(t, logits, same, "what was read answers as what was written, however many at a time")
		})
	}
}

// TestLearnAgain trains without a stop, with two of them, and by another seed.
func TestLearnAgain(t *testing.T) {
	e := drawn(t, model.SingleLabel, tail.Shallow)
	learn := func(seed uint64) []byte {
		tuned, err := tail.Learn(t.Context(), e, all(pictures), recipe, tail.Options{Seed: seed})
		require.NoError(t, err)
		return bytesOf(t, tuned)
	}
	want := learn(1)
	require.False(t, slices.Equal(want, learn(2)), "another seed")

	var saved []byte
	steps := recipe.Steps(pictures)
	require.Equal(t, 3, steps)
	for _, last := range []int{0, 1, steps} { // before the first step, after it, and not at all
		ctx, cancel := context.WithCancel(t.Context())
		if last == 0 {
			cancel()
		}
		var made []int
		tuned, err := tail.Learn(ctx, e, all(pictures), recipe, tail.Options{Seed: 1, Saved: saved,
			Progress: func(step, _ int, _ float32) {
				if made = append(made, step); step == last && last < steps {
					cancel()
				}
			},
			Save: func(state []byte) error { saved = slices.Clone(state); return nil }})
		cancel()
		if last == steps {
			require.NoError(t, err)
			require.Equal(t, []int{2, 3}, made, "it goes on after the last step of the attempt before")
			require.True(t, slices.Equal(want, bytesOf(t, tuned)), "as if it had never stopped")
			continue
		}
		require.ErrorIs(t, err, context.Canceled)
		require.NotEmpty(t, saved)
		require.Len(t, made, last)
	}
}

func TestStatesOfOtherTrainingsAreRefused(t *testing.T) {
	e := drawn(t, model.SingleLabel, tail.Shallow)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var saved []byte
	_, err := tail.Learn(ctx, e, all(pictures), recipe, tail.Options{Seed: 1, Save: func(state []byte) error { saved = state; return nil }})
	require.ErrorIs(t, err, context.Canceled)
	for name, state := range map[string][]byte{
		"cut short": saved[:len(saved)-1], "longer": append(slices.Clone(saved), 0),
	} {
		_, err := tail.Learn(t.Context(), e, all(pictures), recipe, tail.Options{Seed: 1, Saved: state})
		require.Error(t, err, name)
	}
	e.Labels++
	_, err = tail.Learn(t.Context(), e, all(pictures), recipe, tail.Options{Seed: 1, Saved: saved})
	require.Error(t, err, "one label more")
}

func TestTheMeanOfTails(t *testing.T) {
	e := drawn(t, model.SingleLabel, tail.Shallow)
	few := all(8)
	var tails []*tail.Tail
	for seed := range uint64(2) {
		tuned, err := tail.Learn(t.Context(), e, few, recipe, tail.Options{Seed: seed})
		require.NoError(t, err)
		tails = append(tails, tuned)
	}
	alike, err := tail.Mean(tails[0], tails[0])
	require.NoError(t, err)
	require.True(t, slices.Equal(bytesOf(t, tails[0]), bytesOf(t, alike)))
	mean, err := tail.Mean(tails...)
	require.NoError(t, err)
	for _, name := range []string{"tail/weight", "tail/bias"} {
		data := func(of *tail.Tail) []float32 {
			v, err := of.Graph().Value(name)
			require.NoError(t, err)
			list, err := v.FloatData()
			require.NoError(t, err)
			return list
		}
		a, b, m := data(tails[0]), data(tails[1]), data(mean)
		if name == "tail/weight" { // biases may take the same first steps
			require.NotEqual(t, a, b)
		}
		for i := range m {
			require.InDelta(t, (a[i]+b[i])/2, m[i], 1e-7)
		}
	}
	logits, err := mean.Logits(t.Context(), e, few, 2)
	require.NoError(t, err)
	require.Len(t, logits, len(few)*e.Labels)
	_, err = tail.Mean()
	require.Error(t, err)
}

// TestIntegers converts a trained tail: what it says hardly changes, and the file is a third.
func TestIntegers(t *testing.T) {
	if info, err := os.ReadFile("/proc/cpuinfo"); err != nil || !strings.Contains(string(info), "vnni") {
		t.Skip("this CPU does not multiply bytes exactly (no VNNI)")
	}
	e := drawn(t, model.SingleLabel, tail.Shallow)
	floats, err := tail.Learn(t.Context(), e, all(30), tail.Recipe{Cut: tail.Shallow.Map, Peak: 3e-3, Epochs: 6}, tail.Options{Seed: 1})
	require.NoError(t, err)
	before := bytesOf(t, floats)
	rounded, err := floats.Integers(t.Context(), e, all(30), quantize.Range{Low: -0.3, High: 4.3})
	require.NoError(t, err)
	require.Equal(t, floats.Cut(), rounded.Cut())
	require.True(t, slices.Equal(before, bytesOf(t, floats)), "the tail itself stays as it is")
	require.Less(t, len(bytesOf(t, rounded)), len(before)/3)
	unseen := all(pictures)[30:]
	want, err := floats.Logits(t.Context(), e, unseen, 1)
	require.NoError(t, err)
	got, err := rounded.Logits(t.Context(), e, unseen, 1)
	require.NoError(t, err)
	require.NotEqual(t, want, got)
	spread := slices.Max(want) - slices.Min(want)
	for i := range want {
		require.InDelta(t, want[i], got[i], 0.1*float64(spread))
	}
	again, err := floats.Integers(t.Context(), e, all(30), quantize.Range{Low: -0.3, High: 4.3})
	require.NoError(t, err)
	require.True(t, slices.Equal(bytesOf(t, rounded), bytesOf(t, again)), "the same each time")

	_, err = floats.Integers(t.Context(), e, nil, quantize.Range{Low: -1, High: 1})
	require.ErrorContains(t, err, "no picture")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = floats.Integers(cancelled, e, all(30), quantize.Range{Low: -1, High: 1})
	require.ErrorIs(t, err, context.Canceled)
}
