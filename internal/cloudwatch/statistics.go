package cloudwatch

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/awswire"
)

// mostDatapoints is how many GetMetricStatistics gives at a time.
const mostDatapoints = 1440

func (s Services) getMetricStatistics(ctx context.Context, c ownsight.Caller, in *GetMetricStatisticsInput) (*GetMetricStatisticsOutput, error) {
	period, err := checkStatistics(in)
	if err != nil {
		return nil, err
	}
	out := &GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []Datapoint{}}
	m, known := metricCalled(*in.MetricName)
	of, there := m.subject(c, in.Dimensions)
	if !known || !there || *in.Namespace != namespace || in.Unit != nil && *in.Unit != m.unit {
		return out, nil // a metric that nothing was ever written of, as in CloudWatch
	}
	samples, err := s.newReader(*in.StartTime, *in.EndTime).samples(ctx, m, of)
	if err != nil {
		return nil, err
	}
	for _, p := range byPeriod(samples, in.StartTime.Truncate(time.Minute), period) {
		out.Datapoints = append(out.Datapoints, datapoint(p, m.unit, in))
	}
	return out, nil
}

func checkStatistics(in *GetMetricStatisticsInput) (time.Duration, error) {
	if err := checkTimes(in.StartTime, in.EndTime, CodeInvalidParameterValueException); err != nil {
		return 0, err
	}
	period, err := periodOf(*in.Period, CodeInvalidParameterValueException, "Period")
	if err != nil {
		return 0, err
	}
	switch {
	case len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0:
		return 0, awswire.Errorf(CodeMissingRequiredParameterException, "The request must contain the parameter Statistics or ExtendedStatistics.")
	case len(in.Statistics) > 0 && len(in.ExtendedStatistics) > 0:
		return 0, awswire.Errorf(CodeInvalidParameterCombinationException, "The parameters Statistics and ExtendedStatistics cannot be given together.")
	}
	for _, name := range in.ExtendedStatistics {
		if percentile.FindString(name) == "" {
			return 0, awswire.Errorf(CodeInvalidParameterValueException, "The value %s of the parameter ExtendedStatistics is not a percentile such as p99.", name)
		}
	}
	if n := int64(in.EndTime.Sub(*in.StartTime) / period); n > mostDatapoints {
		return 0, awswire.Errorf(CodeInvalidParameterCombinationException, "You have requested up to %d datapoints, which exceeds the limit of %d. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, mostDatapoints)
	}
	return period, nil
}

// datapoint says of a period what the request asks for.
func datapoint(p point, unit StandardUnit, in *GetMetricStatisticsInput) Datapoint {
	d := Datapoint{Timestamp: new(p.at), Unit: new(unit)}
	for _, name := range in.Statistics {
		v := new(statisticCalled(string(name))(p.sample))
		switch name {
		case StatisticSampleCount:
			d.SampleCount = v
		case StatisticAverage:
			d.Average = v
		case StatisticSum:
			d.Sum = v
		case StatisticMinimum:
			d.Minimum = v
		case StatisticMaximum:
			d.Maximum = v
		}
	}
	for _, name := range in.ExtendedStatistics {
		if d.ExtendedStatistics == nil {
			d.ExtendedStatistics = map[string]float64{}
		}
		d.ExtendedStatistics[name] = statisticCalled(name)(p.sample)
	}
	return d
}
