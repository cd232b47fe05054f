package training

import (
	"ownsight/internal/vision"
)

// dropUnseen takes the labels out of a plan of which no training picture could be used: nothing can be learned of them.
// Test pictures that have one are left out, as those of any label that is not trained.
func dropUnseen(p *plan, f *features) {
	seen := make([]bool, len(p.labels))
	for _, s := range f.training.samples {
		seen[s.label] = true
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
	f.training.renumber(number)
	f.testing.renumber(number)
}

// renumber gives each sample the new number of its label, and leaves out the samples whose label has none.
func (s *set) renumber(number []int) {
	kept, width := 0, s.rows*vision.FeatureCount
	for i, old := range s.samples {
		if number[old.label] < 0 {
			continue
		}
		old.label = number[old.label]
		s.samples[kept] = old
		copy(s.values[kept*width:(kept+1)*width], s.values[i*width:(i+1)*width])
		kept++
	}
	s.samples, s.values = s.samples[:kept], s.values[:kept*width]
}
