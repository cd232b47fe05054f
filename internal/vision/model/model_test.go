package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

const side = 224

// means is a small stand-in for a backbone: the mean of each channel.
func means() *nn.Graph {
	g := nn.New()
	g.Output("features", g.Input("picture", nn.Float32, g.Dim("N"), 3, side, side).ReduceMean(false, 2, 3))
	return g
}

func randomHead(labels []string, width int) *model.Head {
	random := rand.New(rand.NewPCG(1, 1))
	h := &model.Head{Task: model.SingleLabel, Labels: labels, Width: width}
	for range len(labels) * width {
		h.Weights = append(h.Weights, float32(random.NormFloat64()/math.Sqrt(float64(width))))
	}
	for range labels {
		h.Bias = append(h.Bias, float32(random.NormFloat64()))
	}
	return h
}

func someCard() model.Card {
	return model.Card{
		Program:    "ownsight 0.1.0",
		Thresholds: []float32{0.5, 0.25, 0.4},
		Backbone:   model.Backbone{Name: "means", Digest: "00ff"},
		Data:       model.Dataset{Digest: "abcd", TrainingPictures: 10, TestingPictures: 3},
		Training:   json.RawMessage(`{"strength":0.01}`),
		Metrics:    model.Metrics{Accuracy: 0.9, F1: 0.875},
	}
}

var three = []string{"cat", "dog", "Hase 🐇"}

func write(t testing.TB) (*model.Head, []byte, []byte) {
	t.Helper()
	return writeFor(t, model.SingleLabel)
}

func writeFor(t testing.TB, task model.Task) (*model.Head, []byte, []byte) {
	t.Helper()
	h := randomHead(three, 3)
	h.Task = task
	onnx, card, err := model.Write(means(), h, someCard())
	require.NoError(t, err)
	return h, onnx, card
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for task, output := range map[model.Task]string{
		model.SingleLabel: "scores: softmax over the labels", model.MultiLabel: "scores: sigmoid, one a label",
	} {
		t.Run(string(task), func(t *testing.T) { writeAndRead(t, task, output) })
	}
}

func writeAndRead(t *testing.T, task model.Task, output string) {
	h, onnx, text := writeFor(t, task)
	got, card, err := model.Read(onnx)
	require.NoError(t, err)
	require.Equal(t, h, got)
	want := someCard()
	require.Equal(t, task, card.Task)
	require.Equal(t, output, card.Output)
	require.Equal(t, three, card.Labels)
	require.Equal(t, want.Thresholds, card.Thresholds)
	require.Equal(t, want.Backbone, card.Backbone)
	require.Equal(t, want.Data, card.Data)
	require.Equal(t, want.Metrics, card.Metrics)
	require.JSONEq(t, string(want.Training), string(card.Training))

	var beside model.Card
	require.NoError(t, json.Unmarshal(text, &beside))
	beside.Training = card.Training // the same but for its line breaks
	require.Equal(t, card, beside)

	_, again, _ := writeFor(t, task)
	require.Equal(t, onnx, again, "the same model gives the same file")
}

func TestCardsOfTheFirstFormatAreRead(t *testing.T) {
	h, onnx, _ := write(t)
	old := bytes.Replace(onnx, []byte(`{"format":2,"program":"ownsight 0.1.0","task":"single-label",`),
		[]byte(`{"format":1,                      "program":"ownsight 0.1.0",`), 1)
	require.NotEqual(t, onnx, old)
	got, card, err := model.Read(old)
	require.NoError(t, err)
	require.Equal(t, h, got)
	require.Equal(t, 1, card.Format)
	require.Equal(t, model.SingleLabel, card.Task)
}

// run gives the scores that the file itself computes from pictures with values 0..255.
func run(t *testing.T, onnx []byte, pictures []float32, n, labels int) []float32 {
	t.Helper()
	session, err := runtime.NewSession(onnx, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	require.Equal(t, []string{"picture"}, session.Inputs())
	require.Equal(t, []string{"scores"}, session.Outputs())
	out := []runtime.Tensor{runtime.Floats(make([]float32, n*labels), int64(n), int64(labels))}
	require.NoError(t, session.Run(context.Background(), []runtime.Tensor{runtime.Floats(pictures, int64(n), 3, side, side)}, out))
	return out[0].Float32
}

func pixels(n int) []float32 {
	random := rand.New(rand.NewPCG(2, 2))
	p := make([]float32, n*3*side*side)
	for i := range p {
		p[i] = float32(random.IntN(256))
	}
	return p
}

func TestTheFileAnswersAsTheHead(t *testing.T) {
	for _, task := range []model.Task{model.SingleLabel, model.MultiLabel} {
		t.Run(string(task), func(t *testing.T) { compareWithHead(t, task) })
	}
}

func compareWithHead(t *testing.T, task model.Task) {
	h, onnx, _ := writeFor(t, task)
	pictures := pixels(2)
	scores := run(t, onnx, pictures, 2, 3)
	for i := range 2 {
		features := make([]float32, 3)
		for c := range features {
			sum := 0.0
			for _, v := range pictures[(i*3+c)*side*side : (i*3+c+1)*side*side] {
				sum += (float64(v) - 127) / 128
			}
			features[c] = float32(sum / (side * side))
		}
		require.InDeltaSlice(t, h.Scores(features, make([]float32, 3)), scores[i*3:(i+1)*3], 1e-5)
	}
}

func TestTheFileAnswersAsTheHeadOnTheRealBackbone(t *testing.T) {
	graph, err := backbone.Graph()
	if err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	h := randomHead(three, backbone.FeatureCount)
	onnx, _, err := model.Write(graph, h, someCard())
	require.NoError(t, err)
	pictures := pixels(2)
	scores := run(t, onnx, pictures, 2, 3)

	shared, err := backbone.Open(backbone.Options{})
	require.NoError(t, err)
	defer shared.Close()
	for i, v := range pictures {
		pictures[i] = (v - 127) / 128
	}
	features, err := shared.Features(context.Background(), pictures, 2)
	require.NoError(t, err)
	read, _, err := model.Read(onnx)
	require.NoError(t, err)
	for i := range 2 {
		got := read.Scores(features[i*backbone.FeatureCount:(i+1)*backbone.FeatureCount], make([]float32, 3))
		require.InDeltaSlice(t, scores[i*3:(i+1)*3], got, 1e-5)
	}
}

func TestScores(t *testing.T) {
	h := &model.Head{Task: model.SingleLabel, Labels: []string{"a", "b"}, Width: 2, Weights: []float32{1, 0, 0, 2}, Bias: []float32{0, 1}}
	dst := make([]float32, 2)
	got := h.Scores([]float32{3, 1}, dst)
	require.InDeltaSlice(t, []float32{0.5, 0.5}, got, 1e-6) // logits 3 and 3
	got = h.Scores([]float32{1000, 1}, dst)
	require.Equal(t, []float32{1, 0}, got, "no overflow")
	require.Panics(t, func() { h.Scores([]float32{1, 2, 3}, dst) })
	h.Task = model.MultiLabel
	got = h.Scores([]float32{0, -1}, dst)
	require.InDeltaSlice(t, []float32{0.5, 0.26894143}, got, 1e-6) // logits 0 and -1
	got = h.Scores([]float32{1000, -1000}, dst)
	require.Equal(t, []float32{1, 0}, got, "no overflow")
	features := []float32{3, 1}
	require.Zero(t, testing.AllocsPerRun(10, func() { h.Scores(features, dst) }))
}

func TestWriteRefuses(t *testing.T) {
	for name, spoil := range map[string]func(h *model.Head, c *model.Card, g **nn.Graph){
		"threshold missing":   func(_ *model.Head, c *model.Card, _ **nn.Graph) { c.Thresholds = c.Thresholds[:2] },
		"threshold above one": func(_ *model.Head, c *model.Card, _ **nn.Graph) { c.Thresholds[0] = 1.5 },
		"no task":             func(h *model.Head, _ *model.Card, _ **nn.Graph) { h.Task = "" },
		"label twice":         func(h *model.Head, _ *model.Card, _ **nn.Graph) { h.Labels = []string{"a", "a", "b"} },
		"weight missing":      func(h *model.Head, _ *model.Card, _ **nn.Graph) { h.Weights = h.Weights[1:] },
		"weight not finite":   func(h *model.Head, _ *model.Card, _ **nn.Graph) { h.Weights[0] = float32(math.Inf(1)) },
		"other width": func(h *model.Head, _ *model.Card, _ **nn.Graph) {
			*h = *randomHead(three, 4)
		},
		"backbone without picture": func(_ *model.Head, _ *model.Card, g **nn.Graph) { require.NoError(t, (*g).Rename("picture", "x")) },
	} {
		t.Run(name, func(t *testing.T) {
			h, c, g := randomHead(three, 3), someCard(), means()
			spoil(h, &c, &g)
			_, _, err := model.Write(g, h, c)
			require.Error(t, err)
		})
	}
}

func TestReadRefuses(t *testing.T) {
	_, onnx, _ := write(t)
	for name, file := range map[string][]byte{
		"nothing":               nil,
		"no ONNX":               []byte("GIF89a and so on"),
		"cut off":               onnx[:len(onnx)-1],
		"another's ONNX":        foreign(t),
		"no card":               bytes.Replace(onnx, []byte("ownsight.card"), []byte("ownsight.cart"), 1),
		"card is no JSON":       bytes.Replace(onnx, []byte(`{"format"`), []byte(`["format"`), 1),
		"newer format":          bytes.Replace(onnx, []byte(`"format":2`), []byte(`"format":9`), 1),
		"unknown task":          bytes.Replace(onnx, []byte(`"single-label"`), []byte(`"singly-label"`), 1),
		"label twice":           bytes.Replace(onnx, []byte(`"cat","dog"`), []byte(`"dog","dog"`), 1),
		"label too many":        bytes.Replace(onnx, []byte(`"cat","dog"`), []byte(`"c","a","t"`), 1),
		"threshold too high":    bytes.Replace(onnx, []byte(`[0.5,0.25`), []byte(`[5.5,0.25`), 1),
		"no weights":            bytes.ReplaceAll(onnx, []byte("head/weight"), []byte("head/waight")),
		"no bias":               bytes.ReplaceAll(onnx, []byte("head/bias"), []byte("head/bass")),
		"sides that are bytes":  append(onnx, graphWith(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)...),
		"weights twice as wide": append(onnx, graphWith(0x08, 3, 0x08, 6, 0x10, 1)...),
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, onnx, file)
			_, _, err := model.Read(file)
			require.Error(t, err)
		})
	}
}

// foreign is a valid ONNX file that is no model of ours.
func foreign(t *testing.T) []byte {
	t.Helper()
	file, err := means().Bytes()
	require.NoError(t, err)
	return file
}

// graphWith is a second graph in the file, whose head has other sides.
func graphWith(tensor ...byte) []byte {
	tensor = append(tensor, protowire.AppendString([]byte{0x42}, "head/weight")...)
	graph := protowire.AppendBytes([]byte{0x2a}, tensor)
	return protowire.AppendBytes([]byte{0x3a}, graph)
}

// FuzzRead looks for files that make Read fail in another way than by an error, or give a head that cannot be used.
func FuzzRead(f *testing.F) {
	_, onnx, _ := write(f)
	f.Add(onnx)
	f.Add(onnx[:len(onnx)/2])
	f.Fuzz(func(t *testing.T, file []byte) {
		h, card, err := model.Read(file)
		if err != nil {
			return
		}
		require.Len(t, card.Thresholds, len(h.Labels))
		h.Scores(make([]float32, h.Width), make([]float32, len(h.Labels)))
	})
}

func BenchmarkScores(b *testing.B) {
	labels := make([]string, model.MaxLabels)
	for i := range labels {
		labels[i] = string(rune('a' + i))
	}
	h := randomHead(labels, backbone.FeatureCount)
	features, dst := make([]float32, h.Width), make([]float32, len(labels))
	for b.Loop() {
		h.Scores(features, dst)
	}
}
