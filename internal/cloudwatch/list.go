package cloudwatch

import (
	"context"
	"strings"
	"time"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/meter"
	"ownsight/internal/store"
)

const (
	listed   = 14 * 24 * time.Hour // for so long a metric is listed after it had its last value
	active   = 3 * time.Hour       // what RecentlyActive asks for
	listPage = 40                  // models, with at most 10 metrics each
)

func (s Services) listMetrics(ctx context.Context, c ownsight.Caller, in *ListMetricsInput) (*ListMetricsOutput, error) {
	list := *in
	list.NextToken = nil
	pages := awswire.PagesOf(c, list)
	token, _, err := pages.Page(in.NextToken, nil, listPage)
	if err != nil { // what the operation models for it; InvalidNextToken is of GetMetricData
		return nil, awswire.Errorf(CodeInvalidParameterValueException, "%s", err)
	}
	out := &ListMetricsOutput{Metrics: []Metric{}}
	if in.Namespace != nil && *in.Namespace != namespace {
		return out, nil
	}
	since := s.Now().Add(-listed)
	if in.RecentlyActive != nil {
		since = s.Now().Add(-active)
	}
	var after store.Known
	after.Project, after.Name, _ = strings.Cut(token, "/") // neither name has one
	known, asked, err := s.Meter.Known(ctx, meter.Of{Account: c.Account, Region: c.Region}, after, since, listPage)
	if err != nil {
		return nil, err
	}
	if token == "" {
		out.list(in, store.Known{Asked: asked}, dimension(operationName, detect))
	}
	for _, v := range known {
		out.list(in, v, dimension(projectName, v.Project), dimension(versionName, v.Name))
	}
	if len(known) == listPage {
		last := known[len(known)-1]
		out.NextToken = pages.Next(last.Project + "/" + last.Name)
	}
	return out, nil
}

func dimension(name, value string) Dimension { return Dimension{Name: new(name), Value: new(value)} }

// list adds the metrics of a model, or of all, that have values and that the request wants.
func (out *ListMetricsOutput) list(in *ListMetricsInput, v store.Known, dimensions ...Dimension) {
	for _, filter := range in.Dimensions {
		if !meets(dimensions, filter) {
			return
		}
	}
	for _, m := range metrics {
		has := v.Asked
		if m.ofUnits != nil {
			has = v.Ran
		}
		if has && (in.MetricName == nil || *in.MetricName == m.name) {
			out.Metrics = append(out.Metrics, Metric{Namespace: new(namespace), MetricName: new(m.name), Dimensions: dimensions})
		}
	}
}

func meets(dimensions []Dimension, filter DimensionFilter) bool {
	for _, d := range dimensions {
		if *d.Name == *filter.Name && (filter.Value == nil || *filter.Value == *d.Value) {
			return true
		}
	}
	return false
}
