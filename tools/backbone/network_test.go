package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn/runtime"
)

// golden holds figures that the reference implementation of the network gave.
type golden struct {
	Values map[string]map[string]json.RawMessage `json:"values"`
}

// goldenMap is what is known of one output: its extent, moments, and its first
// channels at one place (row 3, column 5 of a map).
type goldenMap struct {
	Shape  []int64   `json:"shape"`
	Mean   float64   `json:"mean"`
	Std    float64   `json:"std"`
	First  []float64 `json:"first8"`
	Pixels []float64 `json:"first8_at_row3_col5"`
}

func TestNetworkGivesGoldenValues(t *testing.T) {
	data, err := os.ReadFile("../../internal/vision/backbone/testdata/golden.json")
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(data, &g))
	tests := []struct {
		name string
		side int
		file string
	}{
		{"lite0@224", 224, "efficientnet-lite0-57934424.pth"},
		{"lite0@320", 320, "efficientnet-lite0-57934424.pth"},
		{"lite1@240", 240, "efficientnet-lite1-77cc7160.pth"},
		{"lite2@260", 260, "efficientnet-lite2-9656183e.pth"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := run(t, load(t, test.file), test.side)
			for name, raw := range g.Values[test.name] {
				if name == "imagenet_top5" {
					var want [][2]float64
					require.NoError(t, json.Unmarshal(raw, &want))
					requireTop(t, want, out["logits"].Float32)
					continue
				}
				var want goldenMap
				require.NoError(t, json.Unmarshal(raw, &want))
				requireMap(t, name, want, out[name])
			}
		})
	}
}

// loaded keeps what was read, for reading is most of the tests' time.
var loaded = map[string]weights{}

// load gives a copy of the weights that a test may take entries from.
func load(t *testing.T, file string) weights {
	t.Helper()
	if w, ok := loaded[file]; ok {
		return maps.Clone(w)
	}
	path := filepath.Join("../../build/vendor/backbone", file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is missing: go run ./tools/fetch --out build/vendor --all", path)
	}
	w, err := readWeights(path)
	require.NoError(t, err)
	loaded[file] = w
	return maps.Clone(w)
}

// run feeds the network the picture that the golden file describes.
func run(t *testing.T, w weights, side int) map[string]runtime.Tensor {
	t.Helper()
	graph, err := network(w, true)
	require.NoError(t, err)
	file, err := graph.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	picture := make([]float32, 0, 3*side*side)
	for c := range 3 {
		for y := range side {
			for x := range side {
				v := math.Sin(0.05*float64((c+1)*(y+1)) + 0.03*float64(x+1))
				picture = append(picture, float32(v))
			}
		}
	}
	outputs := make([]runtime.Tensor, len(s.Outputs()))
	in := []runtime.Tensor{runtime.Floats(picture, 1, 3, int64(side), int64(side))}
	require.NoError(t, s.Run(context.Background(), in, outputs))
	named := map[string]runtime.Tensor{}
	for i, name := range s.Outputs() {
		named[name] = outputs[i]
	}
	return named
}

func requireMap(t *testing.T, name string, want goldenMap, got runtime.Tensor) {
	t.Helper()
	require.Equal(t, want.Shape, got.Shape, name)
	var sum, squares float64
	for _, v := range got.Float32 {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(got.Float32))
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	near(t, want.Mean, mean, name+" mean")
	if want.Std != 0 {
		near(t, want.Std, deviation, name+" deviation")
	}
	for c, v := range want.First {
		near(t, v, float64(got.Float32[c]), name)
	}
	for c, v := range want.Pixels {
		height, width := int(got.Shape[2]), int(got.Shape[3])
		near(t, v, float64(got.Float32[(c*height+3)*width+5]), name+" row 3, column 5")
	}
}

// near allows a thousandth of the value, and the rounding of the golden file.
func near(t *testing.T, want, got float64, what string) {
	t.Helper()
	require.InDelta(t, want, got, 1e-3*math.Abs(want)+1e-5, what)
}

func requireTop(t *testing.T, want [][2]float64, logits []float32) {
	t.Helper()
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, float64(logits[b]-logits[a]))) })
	for i, class := range want {
		require.Equal(t, int(class[0]), order[i], "place %d", i)
		near(t, class[1], float64(logits[order[i]]), "logit")
	}
}

func TestNetworkIsReproducible(t *testing.T) {
	w := load(t, "efficientnet-lite0-57934424.pth")
	var files [2][]byte
	for i := range files {
		graph, err := network(w, false)
		require.NoError(t, err)
		files[i], err = graph.Bytes()
		require.NoError(t, err)
	}
	require.True(t, bytes.Equal(files[0], files[1]))
}

func TestNetworkRefusesOtherWeights(t *testing.T) {
	w := load(t, "efficientnet-lite0-57934424.pth")
	delete(w, "_blocks.7._bn1.running_var")
	_, err := network(w, false)
	require.ErrorContains(t, err, "_blocks.7._bn1.running_var")

	for i := 12; i < 16; i++ {
		delete(w, blockName(i)+"._project_conv.weight")
	}
	_, err = network(w, false)
	require.ErrorContains(t, err, "has 7")
}
