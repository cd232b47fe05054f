package training

import (
	"ownsight/internal/vision"
)

// dropUnseen takes the labels out of a plan of which no training picture could be used: nothing can be learned of them.
// They are left out of the test as well, as is any label that is not trained.
func dropUnseen(p *plan, f *features) {
	seen := make([]bool, len(p.labels))
	for _, s := range f.training.samples {
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
	f.training.renumber(number)
	f.testing.renumber(number)
}

// renumber gives labels their new numbers, and leaves out those that have none, and the samples that have no other.
func (s *set) renumber(number []int) {
	kept, width := 0, s.rows*vision.FeatureCount
	for i, old := range s.samples {
		var labels []int
		for _, l := range old.labels {
			if number[l] >= 0 {
				labels = append(labels, number[l])
			}
		}
		if len(labels) == 0 {
			continue
		}
		s.samples[kept] = sample{old.line, old.at, labels}
		copy(s.values[kept*width:(kept+1)*width], s.values[i*width:(i+1)*width])
		kept++
	}
	s.samples, s.values = s.samples[:kept], s.values[:kept*width]
}
