package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

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

// head is a rest that needs nothing but the features, as drawn numbers.
func head(task model.Task, width int) *nn.Graph {
	random := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []float32 {
		list := make([]float32, n)
		for i := range list {
			list[i] = float32(random.NormFloat64() / math.Sqrt(float64(width)))
		}
		return list
	}
	g, k := nn.New(), nn.Dim(len(three))
	features := g.Input("features", nn.Float32, g.Dim("N"), nn.Dim(width))
	logits := features.Gemm(g.Floats("head/weight", draw(len(three)*width), k, nn.Dim(width)), g.Floats("head/bias", draw(len(three)), k), nn.GemmOptions{TransB: true})
	if task == model.MultiLabel {
		g.Output("scores", logits.Sigmoid())
	} else {
		g.Output("scores", logits.Softmax(1))
	}
	return g
}

func someCard() model.Card {
	return model.Card{
		Program:    "ownsight 0.1.0",
		Task:       model.SingleLabel,
		Labels:     three,
		Input:      model.Input{Width: side, Height: side},
		Thresholds: []float32{0.5, 0.25, 0.4},
		Backbone:   model.Backbone{Name: "means", Digest: "00ff"},
		Data:       model.Dataset{Digest: "abcd", TrainingPictures: 10, TestingPictures: 3},
		Training:   json.RawMessage(`{"strength":0.01}`),
		Metrics:    model.Metrics{Accuracy: 0.9, F1: 0.875},
	}
}

var three = []string{"cat", "dog", "Hase 🐇"}

func write(t testing.TB) (onnx, card []byte) {
	t.Helper()
	return writeFor(t, model.SingleLabel)
}

func writeFor(t testing.TB, task model.Task) (onnx, text []byte) {
	t.Helper()
	card := someCard()
	card.Task = task
	onnx, text, err := model.Write(means(), model.Model{Rest: head(task, 3), Card: card})
	require.NoError(t, err)
	return onnx, text
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for task, output := range map[model.Task]string{
		model.SingleLabel: "scores: softmax over the labels", model.MultiLabel: "scores: sigmoid, one a label",
	} {
		t.Run(string(task), func(t *testing.T) { writeAndRead(t, task, output) })
	}
}

func writeAndRead(t *testing.T, task model.Task, output string) {
	onnx, text := writeFor(t, task)
	m, err := model.Read(onnx)
	require.NoError(t, err)
	card, want := m.Card, someCard()
	require.Equal(t, task, card.Task)
	require.Equal(t, output, card.Output)
	require.Equal(t, []string{"features"}, card.Maps)
	require.Equal(t, side, card.Input.Width)
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

	again, _ := writeFor(t, task)
	require.Equal(t, onnx, again, "the same model gives the same file")
}

func TestCardsOfTheFirstFormatAreRead(t *testing.T) {
	onnx, _ := write(t)
	old := bytes.Replace(onnx, []byte(`{"format":3,"program":"ownsight 0.1.0","task":"single-label",`),
		[]byte(`{"format":1,                      "program":"ownsight 0.1.0",`), 1)
	old = bytes.Replace(old, []byte(`"maps":["features"],`), []byte(`                    `), 1)
	require.NotEqual(t, onnx, old)
	m, err := model.Read(old)
	require.NoError(t, err)
	require.Equal(t, 1, m.Card.Format)
	require.Equal(t, model.SingleLabel, m.Card.Task)
	require.Equal(t, []string{"features"}, m.Card.Maps)
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

func TestTheRestAnswersAsTheFile(t *testing.T) {
	for _, task := range []model.Task{model.SingleLabel, model.MultiLabel} {
		t.Run(string(task), func(t *testing.T) {
			onnx, _ := writeFor(t, task)
			pictures := pixels(2)
			want := run(t, onnx, pictures, 2, 3)
			m, err := model.Read(onnx)
			require.NoError(t, err)
			for i := range 2 {
				features := make([]float32, 3)
				for c := range features {
					sum := 0.0
					for _, v := range pictures[(i*3+c)*side*side : (i*3+c+1)*side*side] {
						sum += (float64(v) - 127) / 128
					}
					features[c] = float32(sum / (side * side))
				}
				require.InDeltaSlice(t, want[i*3:(i+1)*3], answer(t, m, features), 1e-5)
			}
		})
	}
}

// answer runs the rest alone.
func answer(t *testing.T, m *model.Model, features []float32) []float32 {
	t.Helper()
	file, err := m.Rest.Bytes()
	require.NoError(t, err)
	session, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	out := make([]runtime.Tensor, 1)
	require.NoError(t, session.Run(context.Background(), []runtime.Tensor{runtime.Floats(features, 1, int64(len(features)))}, out))
	return out[0].Float32
}

func TestTheRestAnswersAsTheFileOnTheRealBackbone(t *testing.T) {
	whole, err := backbone.Whole()
	if err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	onnx, _, err := model.Write(whole, model.Model{Rest: head(model.SingleLabel, backbone.FeatureCount), Card: someCard()})
	require.NoError(t, err)
	picture := pixels(1)
	want := run(t, onnx, picture, 1, 3)

	shared, err := backbone.Open(backbone.Options{})
	require.NoError(t, err)
	defer shared.Close()
	for i, v := range picture {
		picture[i] = (v - 127) / 128
	}
	features, err := shared.Look(context.Background(), backbone.Input{Floats: picture}, nil)
	require.NoError(t, err)
	m, err := model.Read(onnx)
	require.NoError(t, err)
	require.InDeltaSlice(t, want, answer(t, m, features[0].Float32), 1e-5)
}

func TestWriteRefuses(t *testing.T) {
	for name, spoil := range map[string]func(m *model.Model, front **nn.Graph){
		"threshold missing":     func(m *model.Model, _ **nn.Graph) { m.Card.Thresholds = m.Card.Thresholds[:2] },
		"threshold above one":   func(m *model.Model, _ **nn.Graph) { m.Card.Thresholds[0] = 1.5 },
		"no task":               func(m *model.Model, _ **nn.Graph) { m.Card.Task = "" },
		"label twice":           func(m *model.Model, _ **nn.Graph) { m.Card.Labels = []string{"a", "a", "b"} },
		"no size":               func(m *model.Model, _ **nn.Graph) { m.Card.Input = model.Input{} },
		"unknown map":           func(m *model.Model, _ **nn.Graph) { require.NoError(t, m.Rest.Rename("features", "f")) },
		"front without picture": func(_ *model.Model, g **nn.Graph) { require.NoError(t, (*g).Rename("picture", "x")) },
	} {
		t.Run(name, func(t *testing.T) {
			m, front := model.Model{Rest: head(model.SingleLabel, 3), Card: someCard()}, means()
			spoil(&m, &front)
			_, _, err := model.Write(front, m)
			require.Error(t, err)
		})
	}
}

func TestReadRefuses(t *testing.T) {
	onnx, _ := write(t)
	for name, file := range map[string][]byte{
		"nothing":               nil,
		"no ONNX":               []byte("GIF89a and so on"),
		"cut off":               onnx[:len(onnx)-1],
		"another's ONNX":        foreign(t),
		"no card":               bytes.Replace(onnx, []byte("ownsight.card"), []byte("ownsight.cart"), 1),
		"card is no JSON":       bytes.Replace(onnx, []byte(`{"format"`), []byte(`["format"`), 1),
		"newer format":          bytes.Replace(onnx, []byte(`"format":3`), []byte(`"format":9`), 1),
		"unknown task":          bytes.Replace(onnx, []byte(`"single-label"`), []byte(`"singly-label"`), 1),
		"another task":          bytes.Replace(onnx, []byte(`"task":"single-label"`), []byte(`"task":"boxes"       `), 1),
		"label twice":           bytes.Replace(onnx, []byte(`"cat","dog"`), []byte(`"dog","dog"`), 1),
		"label too many":        bytes.Replace(onnx, []byte(`"cat","dog"`), []byte(`"c","a","t"`), 1),
		"threshold too high":    bytes.Replace(onnx, []byte(`[0.5,0.25`), []byte(`[5.5,0.25`), 1),
		"no map of that name":   bytes.Replace(onnx, []byte(`"maps":["features"]`), []byte(`"maps":["featurez"]`), 1),
		"more needed than said": bytes.Replace(onnx, []byte(`"maps":["features"]`), []byte(`"maps":["head/bias"]`), 1),
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, onnx, file)
			_, err := model.Read(file)
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

// FuzzRead looks for files that make Read fail in another way than by an error, or give a model that contradicts itself.
func FuzzRead(f *testing.F) {
	onnx, _ := write(f)
	f.Add(onnx)
	f.Add(onnx[:len(onnx)/2])
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := model.Read(file)
		if err != nil {
			return
		}
		require.Len(t, m.Card.Thresholds, len(m.Card.Labels))
		require.Len(t, m.Rest.Inputs(), len(m.Card.Maps))
	})
}
