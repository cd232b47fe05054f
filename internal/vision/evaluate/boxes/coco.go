package boxes

import (
	"cmp"
	"math"
	"slices"
)

// maxDetections is how many detections of a label COCO looks at in a picture.
const maxDetections = 100

// steps is the number of COCO's overlaps, 0.50 to 0.95.
const steps = 10

// overlapAt gives one of COCO's overlaps, to the last bit as NumPy's linspace makes it.
func overlapAt(step int) float64 {
	first, last := 0.5, 0.95
	pace := (last - first) / (steps - 1)
	return first + float64(float64(step)*pace)
}

// Precision is COCO's average precision: the mean of the precision at the recalls 0, 0.01 ... 1, each the highest at
// that recall or a greater one; of at most 100 detections a label and picture. The figures are those of COCOeval in
// pycocotools 2.0, "bbox". Means are over the labels that have true boxes.
//
// https://cocodataset.org/#detection-eval; Lin et al. 2014, "Microsoft COCO: Common Objects in Context".
type Precision struct {
	Mean float64 `json:"mean"` // over the overlaps 0.50, 0.55 ... 0.95, the COCO mAP
	At50 float64 `json:"at50"` // at an overlap of 0.5
	At75 float64 `json:"at75"`

	// Of small boxes, medium ones and large ones: up to 32x32 pixels, up to 96x96, and above. Nil where there are none, or
	// where the size of a picture is not known.
	Small  *float64 `json:"small,omitempty"`
	Medium *float64 `json:"medium,omitempty"`
	Large  *float64 `json:"large,omitempty"`

	Recall float64          `json:"recall"` // the greatest recall, mean over overlaps and labels: the COCO mAR
	Labels []LabelPrecision `json:"labels"` // in the order of the set's labels
}

// LabelPrecision is the part of Precision that concerns one label; zero where there was nothing to find.
type LabelPrecision struct {
	Label  string         `json:"label"`
	Boxes  int            `json:"boxes"` // true ones
	Mean   float64        `json:"mean"`
	At     [steps]float64 `json:"at"` // each overlap, 0.50 first
	Recall [steps]float64 `json:"recall"`
}

// AveragePrecision ranks the detections of each label over all pictures. It needs no threshold: detections should be
// there down to the lowest scores.
func AveragePrecision(s Set) (*Precision, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	r := &Precision{Labels: make([]LabelPrecision, len(s.Labels))}
	seen := 0.0
	for label, name := range s.Labels {
		c := s.rank(label, everything)
		l := LabelPrecision{Label: name, Boxes: c.truth, At: c.precision, Recall: c.recall, Mean: mean(c.precision)}
		r.Labels[label] = l
		if l.Boxes == 0 {
			continue
		}
		seen++
		r.Mean += l.Mean
		r.At50 += l.At[0]
		r.At75 += l.At[5]
		r.Recall += mean(l.Recall)
	}
	r.Mean /= seen
	r.At50 /= seen
	r.At75 /= seen
	r.Recall /= seen
	if !slices.ContainsFunc(s.Pictures, func(p Picture) bool { return p.Pixels == 0 }) {
		r.Small, r.Medium, r.Large = s.sized(small), s.sized(medium), s.sized(large)
	}
	return r, nil
}

// areas is a range of box areas in pixels, both ends included.
type areas struct{ least, most float64 }

var (
	everything = areas{0, math.Inf(1)}
	small      = areas{0, 32 * 32}
	medium     = areas{32 * 32, 96 * 96}
	large      = areas{96 * 96, math.Inf(1)}
)

func (a areas) hold(area float64) bool { return area >= a.least && area <= a.most }

// sized is the mean average precision of boxes of some sizes; nil where none is to be found.
func (s Set) sized(a areas) *float64 {
	sum, seen := 0.0, 0.0
	for label := range s.Labels {
		if c := s.rank(label, a); c.truth > 0 {
			sum += mean(c.precision)
			seen++
		}
	}
	if seen == 0 {
		return nil
	}
	sum /= seen
	return &sum
}

// ranking is how well a label is ranked.
type ranking struct {
	truth             int
	precision, recall [steps]float64
}

// entry is a detection among those of its label in all pictures. At some overlaps it finds a true box; at some it
// counts neither way.
type entry struct {
	score         float32
	found, spared [steps]bool
}

// rank judges a label at each overlap. What has no area in the range is to be neither found nor held against the model.
func (s Set) rank(label int, a areas) ranking {
	var c ranking
	var list []entry
	for _, p := range s.Pictures {
		q := p.pair(label, maxDetections)
		ignored := make([]bool, len(q.truth))
		for i, t := range q.truth {
			ignored[i] = !a.hold(p.Truth[t].area() * p.Pixels)
			if !ignored[i] {
				c.truth++
			}
		}
		first := len(list)
		for _, d := range q.detections {
			list = append(list, entry{score: p.Detections[d].Score})
		}
		for step := range steps {
			for i, t := range q.match(min(overlapAt(step), 1-1e-10), ignored) {
				d := p.Detections[q.detections[i]]
				list[first+i].found[step] = t >= 0
				list[first+i].spared[step] = t >= 0 && ignored[t] || t < 0 && !a.hold(d.area()*p.Pixels)
			}
		}
	}
	if c.truth == 0 {
		return c
	}
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(b.score, a.score) })
	for step := range steps {
		c.precision[step], c.recall[step] = interpolated(list, step, c.truth)
	}
	return c
}

// interpolated is the mean precision at 101 recalls, and the greatest recall.
func interpolated(list []entry, step, truth int) (area, reached float64) {
	precision, recall := make([]float64, len(list)), make([]float64, len(list))
	hits, misses := 0.0, 0.0
	for i, d := range list {
		switch {
		case d.spared[step]:
		case d.found[step]:
			hits++
		default:
			misses++
		}
		precision[i] = hits / (hits + misses + 0x1p-52) // lest nothing is divided by nothing
		recall[i] = hits / float64(truth)
		reached = recall[i]
	}
	for i := len(list) - 1; i > 0; i-- {
		precision[i-1] = max(precision[i-1], precision[i])
	}
	at := 0
	for i := range 101 {
		for at < len(list) && recall[at] < float64(i)*0.01 {
			at++
		}
		if at < len(list) {
			area += precision[at]
		}
	}
	return area / 101, reached
}

func mean(list [steps]float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / steps
}
