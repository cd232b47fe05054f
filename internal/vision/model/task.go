package model

import "fmt"

// Task is what a model tells of a picture.
type Task string

// The tasks of models that look at whole pictures.
const (
	SingleLabel Task = "single-label" // which one of the labels: scores are softmax, and sum to one
	MultiLabel  Task = "multi-label"  // which of the labels, none to all of them: each score is a sigmoid of its own
)

// output describes the scores to people.
func (t Task) output() string {
	if t == MultiLabel {
		return "scores: sigmoid, one a label"
	}
	return "scores: softmax over the labels"
}

func (t Task) check() error {
	if t != SingleLabel && t != MultiLabel {
		return fmt.Errorf("model: the task %q is neither %s nor %s", string(t), SingleLabel, MultiLabel)
	}
	return nil
}
