package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	ort "github.com/yalue/onnxruntime_go"
)

// Model is a model's file, ready to answer.
type Model struct {
	session *ort.DynamicAdvancedSession
	card    struct {
		Task       string
		Labels     []string
		Thresholds []float32
		Input      struct{ Width, Height int }
	}
}

// Label is one answer.
type Label struct {
	Name       string
	Confidence float32   // 0 to 100
	Geometry   *Geometry `json:",omitempty"`
}

// Geometry is where an object is, as shares of the picture's sides.
type Geometry struct {
	BoundingBox struct{ Left, Top, Width, Height float32 }
}

// Open reads a model and its card.
func Open(file string) (*Model, error) {
	meta, err := ort.GetModelMetadata(file)
	if err != nil {
		return nil, err
	}
	defer meta.Destroy()
	card, found, err := meta.LookupCustomMetadataMap("ownsight.card")
	if err != nil || !found {
		return nil, errors.Join(err, errors.New("the file holds no card"))
	}
	m := new(Model)
	if err := json.Unmarshal([]byte(card), &m.card); err != nil {
		return nil, err
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	// Exact integers on CPUs without VNNI, too.
	if err := options.AddSessionConfigEntry("session.x64quantprecision", "1"); err != nil {
		return nil, err
	}
	outputs := []string{"scores"}
	if m.card.Task == "boxes" {
		outputs = []string{"scores", "labels", "boxes"}
	}
	m.session, err = ort.NewDynamicAdvancedSession(file, []string{"picture"}, outputs, options)
	return m, err
}

// Close frees the model.
func (m *Model) Close() error { return m.session.Destroy() }

// Detect gives the labels that reach their thresholds, or minConfidence, 0 to 100, in their place; best first.
func (m *Model) Detect(file string, minConfidence *float32) ([]Label, error) {
	width, height := m.card.Input.Width, m.card.Input.Height
	pixels, err := pixels(file, width, height)
	if err != nil {
		return nil, err
	}
	in, err := ort.NewTensor(ort.NewShape(1, 3, int64(height), int64(width)), pixels)
	if err != nil {
		return nil, err
	}
	defer in.Destroy()
	out := make([]ort.Value, 1, 3) // which the runtime makes
	if m.card.Task == "boxes" {
		out = out[:3]
	}
	if err := m.session.Run([]ort.Value{in}, out); err != nil {
		return nil, err
	}
	for _, o := range out {
		defer o.Destroy()
	}
	answers := []Label{}
	for i, score := range out[0].(*ort.Tensor[float32]).GetData() {
		label := i
		var at *Geometry
		if m.card.Task == "boxes" {
			label = int(out[1].(*ort.Tensor[int64]).GetData()[i])
			box := out[2].(*ort.Tensor[float32]).GetData()[4*i:]
			at = new(Geometry)
			at.BoundingBox.Left, at.BoundingBox.Top = box[0], box[1]
			at.BoundingBox.Width, at.BoundingBox.Height = box[2], box[3]
		}
		least := m.card.Thresholds[label]
		if minConfidence != nil {
			least = *minConfidence / 100
		}
		if score >= least {
			answers = append(answers, Label{m.card.Labels[label], 100 * score, at})
		}
	}
	slices.SortStableFunc(answers, func(a, b Label) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return answers, nil
}
