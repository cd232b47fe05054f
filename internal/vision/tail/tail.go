// Package tail fine-tunes the last blocks of the backbone, with a new last layer, from maps that the frozen blocks before
// them have left. What comes before the cut is shared by all models and is run once a view of a picture; what comes
// after it is trained, and is the model.
//
// The same examples, recipe, seed and program give the same weights, bit for bit on the same kind of CPU, whatever the
// number of cores and wherever a training was interrupted.
package tail

import (
	"fmt"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
)

// Cut is a place where the backbone is divided, named by the map that crosses it.
type Cut struct {
	Map      string
	Channels int
	Side     int // of a map at 224 pixels
}

// The cuts that there are. From the first on, blocks 11 to 15 and the head are trained; from the second, 5 to 15.
var (
	Shallow = Cut{"stride16", 112, 14}
	Deep    = Cut{"stride8", 40, 28}
)

// CutOf finds a cut by its map.
func CutOf(name string) (Cut, error) {
	for _, c := range []Cut{Shallow, Deep} {
		if c.Map == name {
			return c, nil
		}
	}
	return Cut{}, fmt.Errorf("tail: no cut at %q", name)
}

// Length is how many numbers a map has.
func (c Cut) Length() int { return c.Channels * c.Side * c.Side }

// Names inside the network.
const (
	weightName = "tail/weight" // of the last layer, [labels, embedding]
	biasName   = "tail/bias"
	logitsName = "tail/logits" // [N, labels]
)

const embedding = 1280

// network is the backbone from the cut to logits, with a last layer of zeros.
func network(c Cut, labels int) (*nn.Graph, error) {
	whole, err := backbone.Whole()
	if err != nil {
		return nil, err
	}
	g, err := whole.Extract([]string{c.Map}, []string{"embedding"})
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	w := g.Floats(weightName, make([]float32, labels*embedding), nn.Dim(labels), embedding)
	b := g.Floats(biasName, make([]float32, labels), nn.Dim(labels))
	g.Output(logitsName, g.Outputs()[0].Gemm(w, b, nn.GemmOptions{TransB: true}))
	return g.Extract([]string{c.Map}, []string{logitsName})
}

// Examples are the pictures that a tail is trained on and judged by.
type Examples struct {
	Task   model.Task
	Labels int
	Truth  [][]int // of each picture, indices of labels; exactly one where the task is SingleLabel
	Views  int     // of each picture: 0 is the picture as it is
	// Map writes the map of a view at the recipe's cut, Cut.Length numbers. It may be called concurrently.
	Map func(picture, view int, dst []float32) error
}

// Recipe says how a tail is trained.
type Recipe struct {
	Cut    string  `json:"cut"`    // the map that it begins at
	Peak   float64 `json:"peak"`   // highest rate of the schedule; the last layer's is five times that
	Epochs int     `json:"epochs"` // how often each picture is seen, each time in another view
}

// String describes a recipe to a person.
func (r Recipe) String() string {
	return fmt.Sprintf("fine-tuning from %s, rate %g, %d epochs", r.Cut, r.Peak, r.Epochs)
}
