package cloudwatch

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"ownsight"
	"ownsight/internal/awswire"
)

// The bounds of GetMetricData.
const (
	mostQueries = 500
	mostValues  = 100_800 // on a page
)

var queryID = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)

// series is what a query asks for.
type series struct {
	query  *MetricDataQuery
	stat   statistic
	period time.Duration
}

func (s Services) getMetricData(ctx context.Context, c ownsight.Caller, in *GetMetricDataInput) (*GetMetricDataOutput, error) {
	wanted, err := checkData(in)
	if err != nil {
		return nil, err
	}
	list := *in
	list.NextToken, list.MaxDatapoints = nil, nil
	pages := awswire.PagesOf(c, list)
	token, room, err := pages.Page(in.NextToken, in.MaxDatapoints, mostValues)
	if err != nil {
		return nil, err
	}
	at, err := markOf(token)
	if err != nil || at.query > len(wanted) {
		return nil, fmt.Errorf("token %q: %w", token, err) // it is one of ours
	}
	out := &GetMetricDataOutput{MetricDataResults: []MetricDataResult{}, Messages: []MessageData{}}
	r := s.newReader(*in.StartTime, *in.EndTime)
	for ; at.query < len(wanted); at = (mark{query: at.query + 1}) {
		one := wanted[at.query]
		if one.query.ReturnData != nil && !*one.query.ReturnData {
			continue
		}
		periods, err := r.periods(ctx, c, in, one)
		if err != nil {
			return nil, err
		}
		result, left := one.result(at.rest(periods), room)
		out.MetricDataResults = append(out.MetricDataResults, result)
		if room -= len(result.Values); left {
			at.last = result.Timestamps[len(result.Timestamps)-1].Unix()
			out.NextToken = pages.Next(at.String())
			break
		}
		if room == 0 && at.query+1 < len(wanted) {
			out.NextToken = pages.Next(mark{query: at.query + 1}.String())
			break
		}
	}
	return out, nil
}

func checkData(in *GetMetricDataInput) (wanted []series, err error) {
	bad := func(format string, args ...any) ([]series, error) {
		return nil, awswire.Errorf(awswire.CodeValidation, format, args...)
	}
	if err := checkTimes(in.StartTime, in.EndTime, awswire.CodeValidation); err != nil {
		return nil, err
	}
	if n := len(in.MetricDataQueries); n == 0 || n > mostQueries {
		return bad("MetricDataQueries has %d queries; 1 to %d are allowed.", n, mostQueries)
	}
	if n := in.MaxDatapoints; n != nil && (*n < 1 || *n > mostValues) {
		return bad("MaxDatapoints is %d; it must be between 1 and %d.", *n, mostValues)
	}
	ids := map[string]bool{}
	for i := range in.MetricDataQueries {
		q := &in.MetricDataQueries[i]
		switch {
		case !queryID.MatchString(*q.Id):
			return bad("The Id %q must begin with a lowercase letter and have letters, digits and underscores.", *q.Id)
		case ids[*q.Id]:
			return bad("The Id %q is given twice.", *q.Id)
		case q.Expression != nil:
			return bad("The query %q has an Expression: metric math, SEARCH and SQL are not served. Ask for metrics with MetricStat.", *q.Id)
		case q.MetricStat == nil:
			return bad("The query %q needs a MetricStat.", *q.Id)
		}
		ids[*q.Id] = true
		one := series{query: q, stat: statisticCalled(*q.MetricStat.Stat)}
		if one.stat == nil {
			return bad("The Stat %q of the query %q is none of SampleCount, Average, Sum, Minimum, Maximum and percentiles such as p99.", *q.MetricStat.Stat, *q.Id)
		}
		if one.period, err = periodOf(*q.MetricStat.Period, awswire.CodeValidation, "Period of the query "+*q.Id); err != nil {
			return nil, err
		}
		wanted = append(wanted, one)
	}
	return wanted, nil
}

// periods gives what there is to answer a query with, in the order that the request wants.
func (r *reader) periods(ctx context.Context, c ownsight.Caller, in *GetMetricDataInput, one series) ([]point, error) {
	stat := one.query.MetricStat
	m, known := metricCalled(value(stat.Metric.MetricName))
	of, there := m.subject(c, stat.Metric.Dimensions)
	if !known || !there || value(stat.Metric.Namespace) != namespace || stat.Unit != nil && *stat.Unit != m.unit {
		return nil, nil // a metric that nothing was ever written of, as in CloudWatch
	}
	samples, err := r.samples(ctx, m, of)
	list := byPeriod(samples, in.StartTime.Truncate(time.Minute), one.period)
	if value(in.ScanBy) != ScanByTimestampAscending {
		slices.Reverse(list)
	}
	return list, err
}

// result answers a query with as much as there is room for, and reports whether there is more.
func (one series) result(list []point, room int) (result MetricDataResult, left bool) {
	label := one.query.Label
	if label == nil {
		label = one.query.MetricStat.Metric.MetricName
	}
	result = MetricDataResult{Id: one.query.Id, Label: label, StatusCode: new(StatusCodeComplete), Timestamps: []time.Time{}, Values: []float64{}}
	if left = len(list) > room; left {
		list = list[:room]
		result.StatusCode = new(StatusCodePartialData)
	}
	for _, p := range list {
		result.Timestamps = append(result.Timestamps, p.at)
		result.Values = append(result.Values, one.stat(p.sample))
	}
	return result, left
}

// mark is where a page ends: in a query, after the period that began at last; 0 is before the first.
type mark struct {
	query int
	last  int64
}

func (m mark) String() string { return fmt.Sprintf("%d:%d", m.query, m.last) }

func markOf(token string) (m mark, err error) {
	if token != "" {
		_, err = fmt.Sscanf(token, "%d:%d", &m.query, &m.last)
	}
	return m, err
}

// rest is what comes after the mark.
func (m mark) rest(list []point) []point {
	if i := slices.IndexFunc(list, func(p point) bool { return p.at.Unix() == m.last }); m.last != 0 && i >= 0 {
		return list[i+1:]
	}
	return list
}
