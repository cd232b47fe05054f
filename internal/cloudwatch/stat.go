package cloudwatch

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"ownsight/internal/meter"
)

// sample is what was measured in some time.
type sample struct {
	count, sum, min, max float64
	times                meter.Times // of response times
	values               []float64   // of what is measured once a minute
}

// point is a sample and when its time began.
type point struct {
	at time.Time
	sample
}

func single(v float64) sample { return sample{count: 1, sum: v, min: v, max: v, values: []float64{v}} }

func (s *sample) merge(o sample) {
	if s.count == 0 {
		s.min = o.min
	}
	s.count += o.count
	s.sum += o.sum
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	s.times.Merge(o.times)
	s.values = append(s.values, o.values...)
}

// byPeriod puts samples together that begin in the same period; the first period begins at start.
func byPeriod(list []point, start time.Time, period time.Duration) (periods []point) {
	for _, p := range list {
		at := start.Add(p.at.Sub(start).Truncate(period))
		if len(periods) == 0 || !periods[len(periods)-1].at.Equal(at) {
			periods = append(periods, point{at: at})
		}
		periods[len(periods)-1].merge(p.sample)
	}
	return periods
}

// statistic makes a number of a sample.
type statistic func(sample) float64

var percentile = regexp.MustCompile(`^[pP](\d{1,2}(?:\.\d{1,10})?|100)$`)

// statisticCalled finds one by its name, such as Average or p99.9; nil where there is none.
func statisticCalled(name string) statistic {
	switch Statistic(name) {
	case StatisticSampleCount:
		return func(s sample) float64 { return s.count }
	case StatisticAverage:
		return func(s sample) float64 { return s.sum / s.count }
	case StatisticSum:
		return func(s sample) float64 { return s.sum }
	case StatisticMinimum:
		return func(s sample) float64 { return s.min }
	case StatisticMaximum:
		return func(s sample) float64 { return s.max }
	}
	match := percentile.FindStringSubmatch(name)
	if match == nil {
		return nil
	}
	percent, _ := strconv.ParseFloat(match[1], 64) // digits
	return func(s sample) float64 { return s.quantile(percent / 100) }
}

func (s sample) quantile(share float64) float64 {
	switch {
	case s.times.Count > 0:
		return ms(s.times.Quantile(share))
	case len(s.values) > 0:
		sorted := slices.Sorted(slices.Values(s.values))
		return sorted[max(int(math.Ceil(share*float64(len(sorted))))-1, 0)]
	}
	return s.max // of counts, every one is 1
}
