package cloudwatch

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/meter"
	"ownsight/internal/store"
)

// The names under which everything is found.
const (
	namespace = "AWS/Rekognition"

	projectName   = "ProjectName"
	versionName   = "VersionName"
	operationName = "Operation"
	detect        = "DetectCustomLabels"
)

// metric is one that Custom Labels has.
//
// https://docs.aws.amazon.com/rekognition/latest/dg/cloudwatch-metricsdim.html
type metric struct {
	name string
	unit StandardUnit

	// Where its samples come from: what a model was asked in a minute, or the units that it had. unit is what an inference unit
	// computes in a second.
	ofMinute func(t meter.Tally, unit time.Duration) sample
	ofUnits  func(store.Level) int64
}

var metrics = []metric{
	{name: "SuccessfulRequestCount", unit: StandardUnitCount, ofMinute: counted(func(t meter.Tally) int64 { return t.Answered })},
	{name: "ThrottledCount", unit: StandardUnitCount, ofMinute: counted(func(t meter.Tally) int64 { return t.Throttled })},
	{name: "UserErrorCount", unit: StandardUnitCount, ofMinute: counted(func(t meter.Tally) int64 { return t.UserErrors })},
	{name: "ServerErrorCount", unit: StandardUnitCount, ofMinute: counted(func(t meter.Tally) int64 { return t.ServerErrors })},
	{name: "ResponseTime", unit: StandardUnitMilliseconds, ofMinute: responseTime},
	{name: "ConsumedInferenceUnits", unit: StandardUnitCount, ofMinute: consumed},
	{name: "MinInferenceUnits", unit: StandardUnitCount, ofUnits: func(l store.Level) int64 { return l.Min }},
	{name: "MaxInferenceUnits", unit: StandardUnitCount, ofUnits: func(l store.Level) int64 { return l.Max }},
	{name: "DesiredInferenceUnits", unit: StandardUnitCount, ofUnits: func(l store.Level) int64 { return l.Desired }},
	{name: "InServiceInferenceUnits", unit: StandardUnitCount, ofUnits: func(l store.Level) int64 { return l.InService }},
}

// counted is of a metric that is 1 for every request.
func counted(of func(meter.Tally) int64) func(meter.Tally, time.Duration) sample {
	return func(t meter.Tally, _ time.Duration) sample {
		n := float64(of(t))
		return sample{count: n, sum: n, min: 1, max: 1}
	}
}

func responseTime(t meter.Tally, _ time.Duration) sample {
	return sample{count: float64(t.Times.Count), sum: ms(t.Times.Sum), min: ms(t.Times.Min), max: ms(t.Times.Max), times: t.Times}
}

// consumed is how many units would have done what was computed in a minute.
func consumed(t meter.Tally, unit time.Duration) sample {
	if t.Computed == 0 {
		return sample{}
	}
	return single(t.Computed.Seconds() / (60 * unit.Seconds()))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func metricCalled(name string) (metric, bool) {
	for _, m := range metrics {
		if m.name == name {
			return m, true
		}
	}
	return metric{}, false
}

// subject says whose a metric is by its dimensions, in any order; ok is false where nobody's is so called.
func (m metric) subject(c ownsight.Caller, dimensions []Dimension) (of meter.Of, ok bool) {
	of = meter.Of{Account: c.Account, Region: c.Region}
	named := map[string]string{}
	for _, d := range dimensions {
		named[*d.Name] = *d.Value
	}
	switch {
	case len(named) != len(dimensions):
		return of, false
	case len(named) == 1:
		return of, named[operationName] == detect && m.ofMinute != nil
	}
	of.Project, of.Name = named[projectName], named[versionName]
	return of, len(named) == 2 && of.Project != "" && of.Name != ""
}

// reader reads metrics of one time, one after the other. What those of one model have in common it reads once.
type reader struct {
	Services
	from, to time.Time // what begins in there

	of      meter.Of
	minutes []meter.Minute
	units   []store.Level
}

// newReader reads from the begin of the minute of start on, which is how CloudWatch rounds it.
func (s Services) newReader(start, end time.Time) *reader {
	now := s.Now()
	r := &reader{Services: s, from: start.Truncate(time.Minute), to: end}
	if oldest := now.Add(-meter.Kept).Truncate(time.Minute); r.from.Before(oldest) {
		r.from = oldest
	}
	if r.to.After(now) {
		r.to = now.Add(1) // with the minute that has just begun
	}
	return r
}

// samples gives a metric's, one for each minute that has any, in the order of time.
func (r *reader) samples(ctx context.Context, m metric, of meter.Of) (list []point, err error) {
	if !r.from.Before(r.to) {
		return nil, nil
	}
	if r.of != of {
		r.of, r.minutes, r.units = of, nil, nil
	}
	if m.ofUnits != nil {
		if r.units == nil {
			if r.units, err = r.Meter.Units(ctx, of, r.from, r.to); err != nil {
				return nil, err
			}
			r.units = append([]store.Level{}, r.units...) // read, even if there is nothing
		}
		for _, l := range r.units {
			list = append(list, point{l.At, single(float64(m.ofUnits(l)))})
		}
		return list, nil
	}
	if r.minutes == nil {
		if r.minutes, err = r.Meter.Minutes(ctx, of, r.from, r.to); err != nil {
			return nil, err
		}
		r.minutes = append([]meter.Minute{}, r.minutes...)
	}
	for _, minute := range r.minutes {
		if s := m.ofMinute(minute.Tally, r.Unit); s.count > 0 {
			list = append(list, point{minute.Begin, s})
		}
	}
	return list, nil
}
