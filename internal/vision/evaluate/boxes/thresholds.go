package boxes

import (
	"slices"

	"ownsight/internal/vision/evaluate"
)

// Thresholds chooses one cut a label as evaluate.Cuts does, and one for labels that could not be judged. The detections
// must be those of models that had not seen the pictures.
func Thresholds(s Set) (cuts []float32, shared float32, err error) {
	labels, err := s.Decisions()
	if err != nil {
		return nil, 0, err
	}
	cuts, shared = evaluate.Cuts(labels)
	return cuts, shared, nil
}

// Calibrate fits a map from the scores of detections to how often such detections find a box, on detections of models
// that had not seen the pictures. It is one map for all labels, so that they keep their order.
func Calibrate(s Set) (evaluate.Platt, error) {
	d, err := s.Pooled()
	if err != nil {
		return evaluate.Platt{}, err
	}
	return evaluate.PlattScaling(d)
}

// CalibrationError is the expected calibration error of scores, 0..1, over all detections: how far a score lies from
// how often such detections find a box. It is 0 for no detections. A map is judged on the set that it makes (Rescored).
func CalibrationError(s Set) (float64, error) {
	d, err := s.Pooled()
	if err != nil {
		return 0, err
	}
	return evaluate.CalibrationError(d), nil
}

// Rescored is the set with the scores that a map gives.
func (s Set) Rescored(m evaluate.Platt) Set {
	s.Pictures = slices.Clone(s.Pictures)
	for i, p := range s.Pictures {
		s.Pictures[i].Detections = slices.Clone(p.Detections)
		for d := range s.Pictures[i].Detections {
			s.Pictures[i].Detections[d].Score = m.Probability(p.Detections[d].Score)
		}
	}
	return s
}
