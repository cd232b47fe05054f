package boxes

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden is what testdata/golden.py got out of pycocotools.
type golden struct {
	Labels   int
	Pictures []struct {
		Truth [][5]float64
		Found [][6]float64
	}
	Thresholds []float32
	Counts     [][3]int // TP, FP, FN
	Stats      []float64
	Precision  [][]float64 // [label, overlap], -1 without truth
	Recall     [][]float64
}

func readGolden(t *testing.T) (cases map[string]golden) {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &cases))
	require.Len(t, cases, 8)
	return cases
}

// set is a case with boxes in pixels, or as shares of a picture of 640 x 480.
func (g golden) set(shares bool) Set {
	width, height, pixels := 1.0, 1.0, 1.0
	if shares {
		width, height, pixels = 640, 480, 640*480
	}
	s := Set{Labels: []string{"a", "b", "c", "d", "e"}[:g.Labels]}
	for _, p := range g.Pictures {
		picture := Picture{Pixels: pixels}
		for _, b := range p.Truth {
			picture.Truth = append(picture.Truth, Box{int(b[0]), b[1] / width, b[2] / height, b[3] / width, b[4] / height})
		}
		for _, d := range p.Found {
			box := Box{int(d[0]), d[1] / width, d[2] / height, d[3] / width, d[4] / height}
			picture.Detections = append(picture.Detections, Detection{box, float32(d[5])})
		}
		s.Pictures = append(s.Pictures, picture)
	}
	return s
}

func TestAveragePrecisionAgreesWithPycocotools(t *testing.T) {
	for name, want := range readGolden(t) {
		for _, shares := range []bool{false, true} {
			if shares && name == "grid" {
				continue // overlaps just at a threshold are rounded otherwise
			}
			t.Run(name, func(t *testing.T) {
				r, err := AveragePrecision(want.set(shares))
				require.NoError(t, err)
				require.InDelta(t, want.Stats[0], r.Mean, 1e-9)
				require.InDelta(t, want.Stats[1], r.At50, 1e-9)
				require.InDelta(t, want.Stats[2], r.At75, 1e-9)
				for i, sized := range []*float64{r.Small, r.Medium, r.Large} {
					if want.Stats[3+i] < 0 {
						require.Nil(t, sized)
						continue
					}
					require.NotNil(t, sized)
					require.InDelta(t, want.Stats[3+i], *sized, 1e-9)
				}
				require.InDelta(t, want.Stats[8], r.Recall, 1e-9)
				require.Len(t, r.Labels, want.Labels)
				for k, l := range r.Labels {
					if l.Boxes == 0 {
						require.EqualValues(t, -1, want.Precision[k][0])
						require.Zero(t, l.Mean)
						continue
					}
					require.InDeltaSlice(t, want.Precision[k], l.At[:], 1e-9, l.Label)
					require.InDeltaSlice(t, want.Recall[k], l.Recall[:], 1e-9, l.Label)
				}
			})
		}
	}
}

func TestCountsAgreeWithPycocotools(t *testing.T) {
	for name, want := range readGolden(t) {
		t.Run(name, func(t *testing.T) {
			r, err := Evaluate(want.set(false), want.Thresholds)
			require.NoError(t, err)
			precision, recall, f1, seen := 0.0, 0.0, 0.0, 0.0
			for k, l := range r.Labels {
				require.Equal(t, want.Counts[k], [3]int{l.TruePositives, l.FalsePositives, l.FalseNegatives}, l.Label)
				tp, fp, fn := float64(l.TruePositives), float64(l.FalsePositives), float64(l.FalseNegatives)
				if tp+fn > 0 {
					seen++
					recall += tp / (tp + fn)
					if tp > 0 {
						precision += tp / (tp + fp)
						f1 += 2 * tp / (2*tp + fp + fn)
					}
				}
			}
			require.InDelta(t, precision/seen, r.Precision, 1e-12)
			require.InDelta(t, recall/seen, r.Recall, 1e-12)
			require.InDelta(t, f1/seen, r.F1, 1e-12)
			require.InDelta(t, want.Stats[0], r.Average.Mean, 1e-9)
		})
	}
}

// The thresholds judge no worse than every single cut for all labels would, on the data they were made from.
func TestThresholdsSuitTheirData(t *testing.T) {
	for _, name := range []string{"plain", "gaps"} {
		c, s := readGolden(t)[name], Set{}
		for range 20 { // so many boxes that each label has its own cut
			more := c.set(false)
			s.Labels, s.Pictures = more.Labels, append(s.Pictures, more.Pictures...)
		}
		cuts, shared, err := Thresholds(s)
		require.NoError(t, err)
		require.Len(t, cuts, c.Labels)
		r, err := Evaluate(s, cuts)
		require.NoError(t, err)
		for _, cut := range []float32{0.1, 0.3, 0.5, 0.7, 0.9, shared} {
			same := make([]float32, c.Labels)
			for k := range same {
				same[k] = cut
			}
			other, err := Evaluate(s, same)
			require.NoError(t, err)
			require.GreaterOrEqual(t, r.F1, other.F1-0.02, "%s: %v against %v", name, cuts, cut)
		}
	}
}

func TestCalibrationMakesScoresBelievable(t *testing.T) {
	s := readGolden(t)["crowded"].set(false)
	m, err := Calibrate(s)
	require.NoError(t, err)
	before, err := CalibrationError(s)
	require.NoError(t, err)
	mapped := s.Rescored(m)
	after, err := CalibrationError(mapped)
	require.NoError(t, err)
	require.Less(t, after, before/2)

	// The order is kept, and with it all that goes by ranks.
	was, err := AveragePrecision(s)
	require.NoError(t, err)
	is, err := AveragePrecision(mapped)
	require.NoError(t, err)
	require.InDelta(t, was.Mean, is.Mean, 1e-12)
	again, err := CalibrationError(s)
	require.NoError(t, err)
	require.Equal(t, before, again, "the set itself is left alone")
}
