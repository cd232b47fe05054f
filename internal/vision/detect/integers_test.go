package detect

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

// rounding are options of a front in integers, on a CPU that adds them up rightly.
func rounding(t *testing.T) (o Options) {
	t.Helper()
	exact, err := backbone.Exact(t.Context())
	if err != nil || !exact {
		t.Skipf("no front in integers: exact %v, %v", exact, err)
	}
	o.Front, err = backbone.Network(backbone.Int8)
	require.NoError(t, err)
	o.Levels, err = backbone.Int8.Levels()
	require.NoError(t, err)
	return o
}

func rounds(g *nn.Graph) bool {
	return slices.ContainsFunc(g.Nodes(), func(n nn.Node) bool { return n.Op() == "QuantizeLinear" })
}

// Behind a front in integers the network is in integers too, where held-out pictures do not speak against it.
func TestANetworkInIntegers(t *testing.T) {
	run := begin(t, drawings(12), 1, 2, rounding(t))
	trained, err := run.train(context.Background())
	require.NoError(t, err)
	require.True(t, trained.Tried[0].Integers, "so early there is nothing to lose: %+v", trained.Tried[0])
	require.True(t, rounds(trained.tail))

	floats, err := begin(t, drawings(12), 1, 2, Options{}).train(context.Background())
	require.NoError(t, err)
	require.False(t, floats.Tried[0].Integers)
	require.False(t, rounds(floats.tail))
}

// What the network says in integers is close to what it says in floats, at every level.
func TestIntegersComeClose(t *testing.T) {
	run := begin(t, drawings(12), 1, 2, rounding(t))
	for _, recipe := range []Recipe{Shallow, Deep} {
		w, err := run.open(t.Context(), recipe)
		require.NoError(t, err)
		defer w.front.session.Close()
		floats, _, err := network(w.whole, w.shape, w.stats, 1)
		require.NoError(t, err)
		integers, err := w.integers(t.Context(), floats, []int{0, 1, 2, 3, 4, 5})
		require.NoError(t, err)
		maps := w.newMaps()
		require.NoError(t, w.front.look(t.Context(), 9, whole(w.shape.Size), maps))
		ask := func(g *nn.Graph) []runtime.Tensor {
			s, err := newSession(g)
			require.NoError(t, err)
			defer s.Close()
			out := make([]runtime.Tensor, len(g.Outputs()))
			require.NoError(t, s.Run(t.Context(), w.tensors(maps), out))
			return out
		}
		want, got := ask(floats), ask(integers)
		for i := range want {
			require.Equal(t, want[i].Shape, got[i].Shape)
			var mean, difference, spread float64
			for _, v := range want[i].Float32 {
				mean += float64(v) / float64(len(want[i].Float32))
			}
			for j, v := range want[i].Float32 {
				difference += math.Pow(float64(v-got[i].Float32[j]), 2)
				spread += math.Pow(float64(v)-mean, 2)
			}
			require.NotZero(t, difference)
			require.Less(t, math.Sqrt(difference/spread), 0.02, "%s, level %d", recipe, i)
		}
	}
}

// Held-out pictures decide: integers that find less are not taken.
func TestIntegersThatLoseAreNotTaken(t *testing.T) {
	d := drawings(3)
	run := &training{data: d}
	see := func(pictures int) (list []HeldOut) {
		for i, p := range d.Pictures {
			h := HeldOut{Picture: i}
			if i < pictures {
				h.Detections = []boxes.Detection{{Box: p.Boxes[0], Score: 0.9}}
			}
			list = append(list, h)
		}
		return list
	}
	for seen, integers := range map[int]bool{3: true, 1: false} {
		tried, found, err := run.judge(Shallow, trial{Found: see(3), Rounded: see(seen)})
		require.NoError(t, err)
		require.Equal(t, integers, tried.Integers)
		require.Equal(t, see(3), found, "those of the arithmetic that is taken")
		require.InDelta(t, 1, tried.points(), 1e-9)
	}
}
