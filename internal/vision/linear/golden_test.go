package linear

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/model"
)

// golden is what testdata/golden.py got out of scikit-learn, with one label a picture and with several.
type golden struct {
	Width, Labels     int
	Strength          float64
	Truth             []int
	Several           [][]int
	Plain, Varied     []float32
	Fits, SeveralFits map[string]fitted
}

type fitted struct{ Weights, Bias, Scores []float64 }

// readGolden gives the data with one label a picture.
func readGolden(t *testing.T) (golden, Data) {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(b, &g))
	d := Data{Width: g.Width, Task: model.SingleLabel, Truth: each(g.Truth), Labels: []string{"a", "b", "c"}}
	for view, features := range map[View][]float32{Plain: g.Plain, Varied: g.Varied} {
		d.Features = append(d.Features, features...)
		for p := range g.Truth {
			d.Rows = append(d.Rows, Row{Picture: p, View: view})
		}
	}
	return g, d
}

func TestFitAgreesWithScikitLearn(t *testing.T) {
	g, single := readGolden(t)
	several := single
	several.Task, several.Truth = model.MultiLabel, g.Several
	for _, c := range []struct {
		data Data
		fits map[string]fitted
	}{{single, g.Fits}, {several, g.SeveralFits}} {
		trainer, err := New(c.data, Options{})
		require.NoError(t, err)
		for name, recipe := range map[string]Recipe{
			"plain": {}, "varied": {Varied: true}, "balanced": {Balanced: true},
		} {
			t.Run(string(c.data.Task)+", "+name, func(t *testing.T) { g.requireFit(t, trainer, recipe, c.fits[name]) })
		}
	}
}

// requireFit trains far closer to the least than is done in earnest.
func (g golden) requireFit(t *testing.T, trainer *Trainer, recipe Recipe, want fitted) {
	o, err := trainer.objective(recipe, 1)
	require.NoError(t, err)
	defer o.close()
	o.strength = g.Strength
	parameters, err := minimise(context.Background(), o, trainer.start(o), effort{1e-4, 1000})
	require.NoError(t, err)
	head := trainer.head(parameters, 1)
	for i, w := range want.Weights {
		require.InDelta(t, w, head.Weights[i], 1e-3*(math.Abs(w)+1e-3), "weight %d", i)
	}
	scores := make([]float32, g.Labels)
	for p := range g.Truth {
		head.Scores(g.Plain[p*g.Width:(p+1)*g.Width], scores)
		require.InDeltaSlice(t, want.Scores[p*g.Labels:(p+1)*g.Labels], scores, 1e-3)
	}
}

func TestFitIsCloseEnoughInEarnest(t *testing.T) {
	g, d := readGolden(t)
	trainer, err := New(d, Options{})
	require.NoError(t, err)
	head, err := trainer.Fit(context.Background(), &Choice{Strength: g.Strength, Temperature: 1})
	require.NoError(t, err)
	for p := range g.Truth {
		scores := head.Scores(g.Plain[p*g.Width:(p+1)*g.Width], make([]float32, g.Labels))
		require.InDeltaSlice(t, g.Fits["plain"].Scores[p*g.Labels:(p+1)*g.Labels], scores, 5e-3)
	}
}

func TestTemperatureIsPartOfTheHead(t *testing.T) {
	g, d := readGolden(t)
	trainer, err := New(d, Options{})
	require.NoError(t, err)
	fit := func(temperature float64) []float32 {
		head, err := trainer.Fit(context.Background(), &Choice{Strength: g.Strength, Temperature: temperature})
		require.NoError(t, err)
		return head.Scores(g.Plain[:g.Width], make([]float32, g.Labels))
	}
	logs := func(scores []float32) []float32 {
		z := make([]float32, len(scores))
		for i, s := range scores {
			z[i] = float32(math.Log(float64(s)))
		}
		return z
	}
	l := evaluate.Logits{Task: model.SingleLabel, K: g.Labels, Values: logs(fit(1))}
	require.InDeltaSlice(t, l.Scores(2.5), fit(2.5), 1e-5)
}

func TestGradientAgreesWithFiniteDifferences(t *testing.T) {
	g, d := readGolden(t)
	t.Run("one label", func(t *testing.T) { requireGradient(t, d) })
	d.Task, d.Truth = model.MultiLabel, g.Several
	t.Run("several labels", func(t *testing.T) { requireGradient(t, d) })
}

func requireGradient(t *testing.T, d Data) {
	trainer, err := New(d, Options{})
	require.NoError(t, err)
	o, err := trainer.objective(Recipe{Varied: true, Balanced: true}, trainer.Folds)
	require.NoError(t, err)
	defer o.close()
	o.strength = 0.3
	at := make([]float64, o.size())
	for i := range at {
		at[i] = 0.2 * math.Sin(float64(3*i))
	}
	ctx := context.Background()
	gradient, waste := make([]float64, o.size()), make([]float64, o.size())
	_, err = o.pass(ctx, at, gradient)
	require.NoError(t, err)
	for i := 0; i < len(at); i++ {
		if i >= 40 && i < o.biases() && i%7 != 0 { // some weights of every fold, and every bias
			continue
		}
		const step = 0.01
		at[i] += step
		up, err := o.pass(ctx, at, waste)
		require.NoError(t, err)
		at[i] -= 2 * step
		down, err := o.pass(ctx, at, waste)
		require.NoError(t, err)
		at[i] += step
		require.InDelta(t, (up-down)/(2*step), gradient[i], 2e-3*(1+math.Abs(gradient[i])), "parameter %d", i)
	}
}
