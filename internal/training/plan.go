package training

import (
	"slices"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/linear"
	visionmodel "ownsight/internal/vision/model"
)

// plan is what is trained on and what is tested with.
type plan struct {
	verdict  manifest.Verdict
	labels   []string // sorted; the training set's
	training []sample
	testing  []sample
	rows     []linear.View                            // of each training picture, by which a linear head is trained: the first of the views
	views    int                                      // of each training picture that are looked at
	lines    map[ownsight.DatasetType][]manifest.Line // every line, for the validation manifests
}

// sample is one usable line.
type sample struct {
	line   int // index into the lines of its set
	at     ownsight.Location
	labels []int         // of the whole picture, or of its boxes, each once: indices into the plan's labels
	boxes  []boxes.Box   // as shares of the picture's sides
	size   manifest.Size // that the boxes were drawn in
	digest [32]byte      // SHA-256 of the picture's file, once it was looked at
}

// boxed says whether objects are to be found, rather than whole pictures labelled.
func (p *plan) boxed() bool { return p.verdict.UseCase == manifest.Localization }

// task is what the model is to tell. Pictures with several labels show that there may be any number of them.
func (p *plan) task() visionmodel.Task {
	switch {
	case p.boxed():
		return visionmodel.Boxes
	case slices.ContainsFunc(p.training, func(s sample) bool { return len(s.labels) > 1 }):
		return visionmodel.MultiLabel
	}
	return visionmodel.SingleLabel
}

// choose picks the samples of both sets. Pictures that are yet to be labelled are none: what is not labelled is not known
// to lack every label.
func (p *plan) choose() {
	for _, l := range p.lines[ownsight.Train] {
		if p.usable(l) {
			p.labels = append(p.labels, p.of(l)...)
		}
	}
	slices.Sort(p.labels)
	p.labels = slices.Compact(p.labels)
	p.training = p.samples(ownsight.Train)
	p.testing = p.samples(ownsight.Test)
	p.rows, p.views = looks(len(p.training))
}

// looks says how often to look at a picture: the more, the fewer pictures there are to tell an object from its
// surroundings by. Linear heads win a point or two by mirrored views and a few varied ones, fine-tuned tails more by
// more of them; on many thousands they would cost hours and say little.
func looks(pictures int) (rows []linear.View, views int) {
	all := []linear.View{linear.Plain, linear.Flipped, linear.Varied, linear.Varied}
	switch {
	case pictures <= 2_000:
		return all, 6
	case pictures <= 5_000:
		return all, 4
	case pictures <= 20_000:
		return all[:3], 3
	}
	return all[:1], 1
}

// usable tells whether a line is a sample. Where boxes are to be found, a picture that was looked over and has none is one
// too: it shows what is not to be found.
func (p *plan) usable(l manifest.Line) bool {
	if p.boxed() {
		return l.Usable(manifest.Localization) || l.Valid() && l.Size != manifest.Size{} && len(l.Labels) == 0
	}
	return l.Usable(manifest.ImageLevel)
}

// of names the labels of a line that count here.
func (p *plan) of(l manifest.Line) []string {
	if !p.boxed() {
		return l.Labels
	}
	var names []string
	for _, b := range l.Boxes {
		names = append(names, b.Label)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// samples leaves labels out that were never trained, which cannot be judged, and pictures that have no other. Of lines that
// name one picture the first counts, as in the statistics.
func (p *plan) samples(kind ownsight.DatasetType) (out []sample) {
	named := map[string]bool{}
	for i, l := range p.lines[kind] {
		if l.Dropped() || named[l.SourceRef] {
			continue
		}
		named[l.SourceRef] = true
		if !p.usable(l) {
			continue
		}
		s := sample{line: i, at: l.Picture, size: l.Size}
		for _, name := range p.of(l) {
			if label, ok := slices.BinarySearch(p.labels, name); ok {
				s.labels = append(s.labels, label)
			}
		}
		for _, b := range l.Boxes {
			if label, ok := slices.BinarySearch(p.labels, b.Label); ok && p.boxed() {
				width, height := float64(l.Size.Width), float64(l.Size.Height)
				s.boxes = append(s.boxes, boxes.Box{Label: label, Left: b.Left / width, Top: b.Top / height, Width: b.Width / width, Height: b.Height / height})
			}
		}
		if len(s.labels) > 0 || p.boxed() && len(l.Boxes) == 0 {
			out = append(out, s)
		}
	}
	return out
}

// named gives the names of labels.
func (p *plan) named(labels []int) []string {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = p.labels[l]
	}
	return names
}

// lacks says what is missing for a training after all; empty when nothing is.
func (p *plan) lacks() string {
	switch labels := len(p.labels); {
	case len(p.training) == 0 || labels == 0:
		return "No labelled training picture is left that can be used."
	case labels == 1 && !p.boxed():
		return "Only one label has training pictures that can be used; at least two are needed to tell pictures apart."
	case len(p.testing) == 0:
		return "No test picture with a trained label is left that can be used."
	}
	return ""
}

// dropUnseen forgets the labels of which no training picture is left, for they cannot be trained, and gives the rest new
// numbers. Test pictures that have no other label are dropped too.
func (p *plan) dropUnseen() {
	seen := make([]bool, len(p.labels))
	for _, s := range p.training {
		for _, l := range s.labels {
			seen[l] = true
		}
	}
	number := make([]int, len(p.labels)) // of each label in the new list; -1 for none
	var labels []string
	for i, label := range p.labels {
		if number[i] = -1; seen[i] {
			number[i] = len(labels)
			labels = append(labels, label)
		}
	}
	p.labels = labels
	p.training = renumbered(p.training, number)
	p.testing = renumbered(p.testing, number)
}

func renumbered(samples []sample, number []int) (kept []sample) {
	for _, old := range samples {
		s := old
		s.labels, s.boxes = nil, nil
		for _, l := range old.labels {
			if number[l] >= 0 {
				s.labels = append(s.labels, number[l])
			}
		}
		for _, b := range old.boxes {
			if b.Label = number[b.Label]; b.Label >= 0 {
				s.boxes = append(s.boxes, b)
			}
		}
		if len(s.labels) > 0 || len(old.labels) == 0 {
			kept = append(kept, s)
		}
	}
	return kept
}
