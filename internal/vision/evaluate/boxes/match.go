package boxes

import (
	"cmp"
	"slices"
)

// pairing is what a picture has of one label: its detections, its true boxes, and how they overlap.
type pairing struct {
	detections []int     // indices into the picture's, best first, and of equal scores the earlier one
	truth      []int     // indices into the picture's
	overlaps   []float64 // [detections, truth] row-major
}

// pair takes a label's best detections, at most limit of them (0 for all), and its true boxes.
func (p Picture) pair(label, limit int) pairing {
	q := pairing{detections: p.ranked(func(d Detection) bool { return d.Label == label })}
	if limit > 0 && len(q.detections) > limit {
		q.detections = q.detections[:limit]
	}
	for i, b := range p.Truth {
		if b.Label == label {
			q.truth = append(q.truth, i)
		}
	}
	for _, d := range q.detections {
		for _, t := range q.truth {
			q.overlaps = append(q.overlaps, p.Detections[d].overlap(p.Truth[t]))
		}
	}
	return q
}

// ranked gives the detections that are wanted, best first, and of equal scores the earlier one.
func (p Picture) ranked(wanted func(Detection) bool) (list []int) {
	for i, d := range p.Detections {
		if wanted(d) {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(p.Detections[b].Score, p.Detections[a].Score) })
	return list
}

// match lets each detection, best first, take the free true box that it overlaps most, of equal ones the last, if the
// overlap reaches least. True boxes that are to be ignored are taken only where no other can be; nil ignores none. It
// gives the place of that box in q.truth for each of q.detections, -1 for none.
func (q pairing) match(least float64, ignored []bool) []int {
	found, taken := make([]int, len(q.detections)), make([]bool, len(q.truth))
	for i := range found {
		overlaps := q.overlaps[i*len(q.truth) : (i+1)*len(q.truth)]
		found[i] = best(overlaps, least, func(t int) bool { return !taken[t] && (ignored == nil || !ignored[t]) })
		if found[i] < 0 && ignored != nil {
			found[i] = best(overlaps, least, func(t int) bool { return !taken[t] && ignored[t] })
		}
		if found[i] >= 0 {
			taken[found[i]] = true
		}
	}
	return found
}

// best gives the place of the greatest overlap that reaches least, the last of equal ones, and -1 for none.
func best(overlaps []float64, least float64, free func(int) bool) int {
	place := -1
	for t, overlap := range overlaps {
		if overlap >= least && free(t) {
			place, least = t, overlap
		}
	}
	return place
}

// Matches says for each detection which true box of its label it has found, as an index into Truth, and -1 for none:
// the best detection first takes the box that it overlaps most, by at least Overlap, and a box is found once. So it
// does not matter for a detection which worse ones there are, or where a threshold is.
func (p Picture) Matches() []int {
	found := make([]int, len(p.Detections))
	labels := make([]int, len(p.Detections))
	for i, d := range p.Detections {
		found[i], labels[i] = -1, d.Label
	}
	slices.Sort(labels)
	for _, label := range slices.Compact(labels) {
		q := p.pair(label, 0)
		for i, t := range q.match(Overlap, nil) {
			if t >= 0 {
				found[q.detections[i]] = q.truth[t]
			}
		}
	}
	return found
}
