package linear

import (
	"math"
	"slices"

	"ownsight/internal/vision/model"
)

// costs are what a wrong answer costs: about a picture that has a label, and about one that does not. The latter is
// nothing where a picture has one label, for there the question is only which.
type costs struct {
	present, absent []float32 // a label
}

// plainCosts count every picture alike.
func plainCosts(task model.Task, labels int) costs {
	one := slices.Repeat([]float32{1}, labels)
	if task == model.SingleLabel {
		return costs{one, make([]float32, labels)}
	}
	return costs{one, one}
}

// balancedCosts are proportional to (pictures)^-1/2 and have mean 1 over pictures: half way between counting every
// picture alike and counting every answer alike.
func balancedCosts(task model.Task, c census) costs {
	if task == model.SingleLabel {
		return costs{rootCosts(c.of...), make([]float32, len(c.of))}
	}
	var b costs
	for _, n := range c.of {
		pair := rootCosts(n, c.pictures-n)
		b.present, b.absent = append(b.present, pair[0]), append(b.absent, pair[1])
	}
	return b
}

func rootCosts(counts ...int) []float32 {
	pictures, total := 0, 0.0 // what the costs of all pictures add up to before scaling
	for _, n := range counts {
		pictures += n
		total += math.Sqrt(float64(n))
	}
	costs := make([]float32, len(counts))
	for i, n := range counts {
		costs[i] = float32(float64(pictures) / (total * math.Sqrt(float64(max(n, 1)))))
	}
	return costs
}
