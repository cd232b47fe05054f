package train

import "ownsight/internal/vision/nn"

// weight is a constant of the network for inference that became inputs of the one for training.
type weight struct {
	name          string // in the network for inference
	rows, columns int    // of the matrix that it is there
	turned        bool   // held by columns in training
	parts         []nn.Value
	data          []float32 // as held in training, all parts one after the other
}

// enter orders the elements of the constant as training holds them.
func (w weight) enter(data []float32) []float32 { return w.turn(data, w.rows, w.columns) }

// leave does the opposite.
func (w weight) leave(data []float32) []float32 { return w.turn(data, w.columns, w.rows) }

func (w weight) turn(data []float32, rows, columns int) []float32 {
	if !w.turned {
		return data
	}
	out := make([]float32, 0, len(data))
	for x := range columns {
		for y := range rows {
			out = append(out, data[y*columns+x])
		}
	}
	return out
}
