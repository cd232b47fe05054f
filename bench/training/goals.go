package main

import (
	"fmt"
	"strings"
)

// goal is what is to be reached on a pack. A number that is 0 asks for nothing.
type goal struct {
	name, task   string
	epochs       int     // of PyTorch
	seconds      float64 // from CreateProjectVersion to TRAINING_COMPLETED, at most
	quicker      float64 // times as quick as PyTorch
	accuracy     float64
	mAP50, mAP75 float64
	behind       float64 // PyTorch's best, at most, in points
}

const usualEpochs = 12

// PyTorch sees 6000 views of cls-signs, as many as of the packs with fewer pictures.
var goals = []goal{
	{name: "cls-signs", task: "labels", epochs: 5, accuracy: 0.985, seconds: 75},
	{name: "cls-clothing", task: "labels", epochs: usualEpochs, accuracy: 0.87, seconds: 45},
	{name: "cls-cookies", task: "labels", epochs: usualEpochs, accuracy: 0.954, seconds: 15}, // 21 of 22
	{name: "multi-fod", task: "labels", epochs: usualEpochs, behind: 1, seconds: 60},
	{name: "multi-fod", task: "boxes", mAP50: 0.95, seconds: 300},
	{name: "det-bccd", task: "boxes", mAP50: 0.89, mAP75: 0.52, seconds: 480},
}

// goalOf is the pack's own goal, or that of all others.
func goalOf(p pack) goal {
	for _, g := range goals {
		if g.name == p.name() && g.task == p.task {
			return g
		}
	}
	if p.task == "boxes" {
		return goal{}
	}
	return goal{epochs: usualEpochs, behind: 1, quicker: 4}
}

// String describes a goal to a person.
func (g goal) String() string {
	var parts []string
	add := func(format string, bound float64) {
		if bound > 0 {
			parts = append(parts, fmt.Sprintf(format, bound))
		}
	}
	add("accuracy %g", g.accuracy)
	add("mAP50 %g", g.mAP50)
	add("mAP75 %g", g.mAP75)
	add("PyTorch's best less %g point", g.behind)
	add("%g s", g.seconds)
	add("1/%g of PyTorch's time", g.quicker)
	return strings.Join(parts, ", ")
}

// misses names what of a goal is not reached. PyTorch's part is left out where it did not run.
func (g goal) misses(r row) string {
	own, best := r.own.figures, r.best()
	var missed []string
	check := func(name string, reached bool) {
		if !reached {
			missed = append(missed, name)
		}
	}
	check("accuracy", own.Accuracy == nil || *own.Accuracy >= g.accuracy)
	check("mAP50", own.MAP50 >= g.mAP50)
	check("mAP75", own.MAP75 >= g.mAP75)
	check("time", g.seconds == 0 || own.Seconds <= g.seconds)
	if best != nil {
		_, mine := own.score()
		_, its := best.figures.score()
		check("PyTorch's best", g.behind == 0 || 100*(its-mine) <= g.behind+1e-9)
		check("PyTorch's time", g.quicker*own.Seconds <= best.figures.Seconds)
	}
	return strings.Join(missed, ", ")
}
