package model

import "fmt"

// Task is what a model tells of a picture.
type Task string

// The tasks: the first two look at whole pictures, the last finds objects in them.
const (
	SingleLabel Task = "single-label" // which one of the labels: scores are softmax, and sum to one
	MultiLabel  Task = "multi-label"  // which of the labels, none to all of them: each score is a sigmoid of its own
	Boxes       Task = "boxes"        // where objects of the labels are
)

// output describes the scores to people.
func (t Task) output() string {
	switch t {
	case Boxes:
		return "boxes: left, top, width, height as shares of the picture's sides; scores: of each box, best first; labels: of each box, by index"
	case MultiLabel:
		return "scores: sigmoid, one a label"
	}
	return "scores: softmax over the labels"
}

// outputs are those of the file.
func (t Task) outputs() []string {
	if t == Boxes {
		return []string{"boxes", "scores", "labels"}
	}
	return []string{"scores"}
}

func (t Task) check() error {
	if t != SingleLabel && t != MultiLabel && t != Boxes {
		return fmt.Errorf("model: the task %q is none of %s, %s and %s", string(t), SingleLabel, MultiLabel, Boxes)
	}
	return nil
}
