package vision_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
)

const labels = 3

// weights are as large as those that training leaves: scores are neither all alike nor all 0 or 1.
func weights(seed uint64, n int, scale float64) []float32 {
	random := rand.New(rand.NewPCG(seed, 1))
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(random.NormFloat64() * scale)
	}
	return list
}

// logits are those of a linear layer behind [N, width].
func logits(v nn.Value, name string, width int, seed uint64) nn.Value {
	g := v.Graph()
	w := g.Floats(name+"/weight", weights(seed, labels*width, 0.2/math.Sqrt(float64(width))), labels, nn.Dim(width))
	return v.Gemm(w, g.Floats(name+"/bias", weights(seed+1, labels, 0.1), labels), nn.GemmOptions{TransB: true})
}

// linearHead is what is behind the front in the plainest of models.
func linearHead(*testing.T) *nn.Graph {
	g := nn.New()
	g.Output("scores", logits(g.Input(backbone.Features, nn.Float32, g.Dim("N"), backbone.FeatureCount), "head", backbone.FeatureCount, 1).Softmax(1))
	return g
}

// mixture is a head and a tail of the network together.
func mixture(t *testing.T) *nn.Graph {
	whole, err := backbone.Whole()
	require.NoError(t, err)
	tail, err := whole.Extract([]string{backbone.Stride16}, []string{"embedding"})
	require.NoError(t, err)
	g := nn.New()
	n := g.Dim("N")
	head := logits(g.Input(backbone.Features, nn.Float32, n, backbone.FeatureCount), "head", backbone.FeatureCount, 1)
	out, err := g.Append(tail, map[string]nn.Value{backbone.Stride16: g.Input(backbone.Stride16, nn.Float32, n, 112, 14, 14)})
	require.NoError(t, err)
	g.Output("scores", head.Add(logits(out[0], "tail", 1280, 3).Mul(g.Scalar(0.5))).Sigmoid())
	require.NoError(t, g.Err())
	return g
}

const wide, high = 320, 256 // of the detector's input

// detector draws a box at each place of the last map, and leaves out those that overlap better ones.
func detector(t *testing.T) *nn.Graph {
	const rows, columns, places = high / 32, wide / 32, high / 32 * wide / 32
	g := nn.New()
	near := g.Input(backbone.Stride32, nn.Float32, 1, 320, rows, columns).Reshape(320, places).Transpose(1, 0)
	scores := logits(near, "head", 320, 1).Sigmoid().Transpose(1, 0)
	var corners, sides []float32
	for i := range places {
		left, top := float32(i%columns)/columns, float32(i/columns)/rows
		corners = append(corners, left, top, left+0.25, top+0.3)
		sides = append(sides, left, top, 0.25, 0.3)
	}
	kept := g.Floats("corners", corners, 1, places, 4).NonMaxSuppression(scores.Reshape(1, labels, places),
		nn.SuppressionOptions{PerLabel: 20, Overlap: 0.3, Score: 0.01})
	column := func(i int64) nn.Value { return kept.Gather(g.Int64s(g.Free("column"), []int64{i}), 1) }
	label, box := column(1), column(2)
	of := label.Mul(g.Int64s("places", []int64{places}, 1)).Add(box)
	ranked, order := scores.Reshape(-1).Gather(of, 0).TopK(of.Sizes(), 0)
	g.Output("boxes", g.Floats("sides", sides, places, 4).Gather(box.Gather(order, 0), 0))
	g.Output("scores", ranked)
	g.Output("labels", label.Gather(order, 0))
	require.NoError(t, g.Err())
	return g
}

func modelOf(task model.Task, rest *nn.Graph) model.Model {
	c := model.Card{Program: "ownsight test", Task: task, Labels: []string{"bolt", "nut", "rust"}, Thresholds: []float32{0.5, 0.4, 0.3},
		Input: model.Input{Width: vision.Side, Height: vision.Side}}
	if task == model.Boxes {
		c.Input = model.Input{Width: wide, Height: high}
	}
	return model.Model{Rest: rest, Card: c}
}

// models are one of each kind, in as many ways as there are to stand on the front.
var models = []struct {
	name string
	task model.Task
	rest func(*testing.T) *nn.Graph
	maps []string
}{
	{"linear head", model.SingleLabel, linearHead, []string{backbone.Features}},
	{"mixture with a tail", model.MultiLabel, mixture, []string{backbone.Features, backbone.Stride16}},
	{"boxes", model.Boxes, detector, []string{backbone.Stride32}},
}

// answer asks a runner, and gives what it says as the file's outputs.
func answer(t *testing.T, r *vision.Runner, file []byte) map[string][]float32 {
	t.Helper()
	said := map[string][]float32{}
	if r.Card.Task != model.Boxes {
		scores, err := r.Scores(t.Context(), file)
		require.NoError(t, err)
		_, err = r.Boxes(t.Context(), file)
		require.ErrorContains(t, err, "finds no boxes")
		said["scores"] = scores
		return said
	}
	found, err := r.Boxes(t.Context(), file)
	require.NoError(t, err)
	_, err = r.Scores(t.Context(), file)
	require.ErrorContains(t, err, "no scores")
	for _, d := range found {
		said["scores"] = append(said["scores"], d.Score)
		said["labels"] = append(said["labels"], float32(d.Label))
		said["boxes"] = append(said["boxes"], float32(d.Left), float32(d.Top), float32(d.Width), float32(d.Height))
	}
	return said
}

// TestAModelIsItsFile asks what was trained, the file that was written of it, and the bare ONNX Runtime.
func TestAModelIsItsFile(t *testing.T) {
	for _, f := range fronts(t) {
		e := open(t, vision.Options{Nets: []backbone.Net{backbone.Of(f)}})
		for _, c := range models {
			t.Run(fmt.Sprintf("%s on %s", c.name, f), func(t *testing.T) {
				m := modelOf(c.task, c.rest(t))
				file, text, err := e.Compose(m)
				require.NoError(t, err)
				var card model.Card
				require.NoError(t, json.Unmarshal(text, &card))
				require.Equal(t, vision.Named(e.Net()), card.Backbone)
				require.Equal(t, string(f), card.Backbone.Front)
				require.Equal(t, c.maps, card.Maps)
				require.Equal(t, model.Format, card.Format)

				m = modelOf(c.task, c.rest(t))
				m.Card.Backbone = vision.Named(e.Net())
				before, err := e.Open(m)
				require.NoError(t, err)
				after, err := e.Load(file)
				require.NoError(t, err)
				require.Equal(t, card, after.Card)
				picture, planes := drawn(t, m.Card.Input.Width, m.Card.Input.Height)
				said := answer(t, before, picture)
				require.Equal(t, said, answer(t, after, picture), "the file answers as what was trained, to the last bit")
				requireVaried(t, said)
				inPython(t, file, planes, m.Card.Input, said)

				var group errgroup.Group
				for range 6 {
					group.Go(func() error {
						_, err := after.Boxes(t.Context(), picture)
						if c.task != model.Boxes {
							_, err = after.Scores(t.Context(), picture)
						}
						return err
					})
				}
				require.NoError(t, group.Wait())
				require.NoError(t, before.Close())
				require.NoError(t, after.Close())
			})
		}
	}
}

// fronts are those that can be tried here.
func fronts(t *testing.T) []backbone.Front {
	t.Helper()
	if v, err := backbone.Check(t.Context()); err == nil && v.Exact {
		return []backbone.Front{backbone.Float32, backbone.Int8}
	}
	return []backbone.Front{backbone.Float32}
}

// requireVaried demands that there is something to compare.
func requireVaried(t *testing.T, said map[string][]float32) {
	t.Helper()
	require.GreaterOrEqual(t, len(said["scores"]), labels)
	for i, s := range said["scores"] {
		require.True(t, s > 0.005 && s < 0.995, "%v", said["scores"])
		if i > 0 {
			require.NotEqual(t, said["scores"][i-1], s)
		}
	}
}

// inPython runs a file in Python's ONNX Runtime, where that is there: "make test" installs it.
func inPython(t *testing.T, file []byte, planes []float32, in model.Input, said map[string][]float32) {
	t.Helper()
	if err := exec.Command("python3", "-c", "import onnxruntime").Run(); err != nil {
		t.Logf("not compared with Python, which lacks the packages of tools/requirements.txt: %v", err)
		return
	}
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "model.onnx"), file, 0o600))
	var raw bytes.Buffer
	require.NoError(t, binary.Write(&raw, binary.LittleEndian, planes))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pixels.f32"), raw.Bytes(), 0o600))
	out, err := exec.CommandContext(t.Context(), "python3", "testdata/network.py", folder, fmt.Sprint(in.Width), fmt.Sprint(in.Height)).Output()
	require.NoError(t, err)
	var there map[string][]float32
	require.NoError(t, json.Unmarshal(out, &there))
	require.Len(t, there, len(said))
	for name, want := range said {
		require.InDeltaSlice(t, want, there[name], 1e-4, name)
	}
}

// An answer on another front would be a wrong one: it is never given.
func TestModelsOfAnotherFrontAreRefused(t *testing.T) {
	e := open(t, vision.Options{})
	written := func(f backbone.Front, b model.Backbone) []byte {
		front, err := backbone.Network(f)
		require.NoError(t, err)
		m := modelOf(model.SingleLabel, linearHead(t))
		m.Card.Backbone = b
		file, _, err := model.Write(front, m)
		require.NoError(t, err)
		return file
	}
	integers := vision.Named(backbone.Of(backbone.Int8))
	for want, file := range map[string][]byte{
		"was trained on resnet18 (00ff00ff00ff), this program has efficientnet-lite0": written(backbone.Float32, model.Backbone{Name: "resnet18", Digest: "00ff00ff00ff00ff"}),
		"was trained on  ()": written(backbone.Float32, model.Backbone{}),
		"the front int8, which gives other numbers on this machine; train it again here": written(backbone.Int8, integers),
		"model: ": []byte("not a model"),
	} {
		_, err := e.Load(file)
		require.ErrorContains(t, err, want)
	}

	exact := open(t, vision.Options{Nets: []backbone.Net{backbone.Of(backbone.Float32), backbone.Of(backbone.Int8)}})
	file, _ := drawn(t, 224, 224)
	r, err := exact.Load(written(backbone.Int8, integers))
	require.NoError(t, err, "a machine that runs it exactly answers, whatever it trains on")
	defer r.Close()
	require.Equal(t, backbone.Float32, exact.Net().Front)
	answer(t, r, file)
}

// What cannot be looked at is told as Look tells it.
func TestPicturesThatNoModelCanUse(t *testing.T) {
	e := open(t, vision.Options{})
	m := modelOf(model.SingleLabel, linearHead(t))
	m.Card.Backbone = vision.Named(e.Net())
	r, err := e.Open(m)
	require.NoError(t, err)
	defer r.Close()
	_, err = r.Scores(t.Context(), []byte("text"))
	require.Error(t, err)
	file, _ := drawn(t, 300, 200)
	scores, err := r.Scores(t.Context(), file)
	require.NoError(t, err)
	again, err := r.Scores(t.Context(), file)
	require.NoError(t, err)
	require.Equal(t, scores, again)
	require.NotSame(t, &scores[0], &again[0], "answers belong to those who asked")
}
