package cloudwatch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/meter"
	"ownsight/internal/meter/metertest"
)

// desk is the service over a world.
type desk struct {
	*metertest.World
	Services
	t     *testing.T
	began time.Time
}

func onEach(t *testing.T, test func(*testing.T, *desk)) {
	metertest.OnEach(t, func(t *testing.T, w *metertest.World) {
		test(t, &desk{World: w, t: t, began: w.Now, Services: Services{Meter: w.Meter("a"), Unit: 250 * time.Millisecond, Now: func() time.Time { return w.Now }}})
	})
}

var caller = ownsight.Caller{Principal: ownsight.Principal{Account: metertest.Account}, Region: metertest.Region}

func ofModel(project, version string) []Dimension {
	return []Dimension{dimension(versionName, version), dimension(projectName, project)}
}

func ofAll() []Dimension { return []Dimension{dimension(operationName, detect)} }

// ask is a query of GetMetricData.
func ask(id, metric, stat string, period time.Duration, of []Dimension) MetricDataQuery {
	return MetricDataQuery{Id: new(id), MetricStat: &MetricStat{Period: new(int32(period.Seconds())), Stat: new(stat),
		Metric: &Metric{Namespace: new(namespace), MetricName: new(metric), Dimensions: of}}}
}

func (d *desk) data(queries ...MetricDataQuery) *GetMetricDataInput {
	return &GetMetricDataInput{StartTime: new(d.began), EndTime: new(d.began.Add(24 * time.Hour)), MetricDataQueries: queries}
}

// told writes the values of an answer, each after the minute in which its period began.
func (d *desk) told(in *GetMetricDataInput) (answers []string) {
	d.t.Helper()
	out, err := d.getMetricData(d.t.Context(), caller, in)
	require.NoError(d.t, err)
	for _, r := range out.MetricDataResults {
		answer := *r.Id
		for i, at := range r.Timestamps {
			answer += fmt.Sprintf(" %d:%.4g", int(at.Sub(d.began).Minutes()), r.Values[i])
		}
		if *r.StatusCode != StatusCodeComplete {
			answer += " ..."
		}
		answers = append(answers, answer)
	}
	in.NextToken = out.NextToken
	return answers
}

// busy has a model asked in the first and in the third of four minutes.
func (d *desk) busy() {
	v := d.Model(metertest.Region, "gears", "v1")
	d.Units(v, 1, 3, 1)
	d.Model(metertest.Region, "idle", "v1")
	for _, after := range []time.Duration{0, 2 * time.Minute} {
		d.World.Now = d.began.Add(after)
		for i := range 4 {
			d.Services.Meter.Asked(v.ARN, meter.Answered, time.Duration(i+1)*10*time.Millisecond)
		}
		d.Services.Meter.Asked(v.ARN, meter.Throttled, 0)
		d.Services.Meter.Computed(v.ID, 15*time.Second)
	}
	d.Units(v, 1, 3, 2)
	d.World.Now = d.began.Add(3 * time.Minute)
}

func TestMetricData(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		d.busy()
		in := d.data(
			ask("ok", "SuccessfulRequestCount", "Sum", time.Minute, ofModel("gears", "v1")),
			ask("n", "SuccessfulRequestCount", "SampleCount", time.Hour, ofModel("gears", "v1")),
			ask("one", "SuccessfulRequestCount", "Average", time.Hour, ofAll()),
			ask("all", "ThrottledCount", "Sum", 3*time.Minute, ofAll()),
			ask("errors", "UserErrorCount", "Sum", time.Minute, ofModel("gears", "v1")),
			ask("mean", "ResponseTime", "Average", time.Minute, ofModel("gears", "v1")),
			ask("least", "ResponseTime", "Minimum", time.Hour, ofModel("gears", "v1")),
			ask("most", "ResponseTime", "p100", time.Hour, ofModel("gears", "v1")),
			ask("used", "ConsumedInferenceUnits", "Average", time.Hour, ofModel("gears", "v1")),
			ask("units", "InServiceInferenceUnits", "Maximum", time.Minute, ofModel("gears", "v1")),
			ask("hours", "InServiceInferenceUnits", "Sum", time.Hour, ofModel("gears", "v1")),
			ask("half", "InServiceInferenceUnits", "p50", time.Hour, ofModel("gears", "v1")),
			ask("limit", "MaxInferenceUnits", "Average", time.Hour, ofModel("gears", "v1")),
			ask("none", "InServiceInferenceUnits", "Maximum", time.Minute, ofAll()),
			ask("idle", "ResponseTime", "p99", time.Minute, ofModel("idle", "v1")),
			ask("nobody", "ResponseTime", "p99", time.Minute, ofModel("nobody", "v1")),
			ask("unknown", "Happiness", "Sum", time.Minute, ofModel("gears", "v1")),
		)
		in.ScanBy = new(ScanByTimestampAscending)
		require.Equal(t, []string{"ok 0:4 2:4", "n 0:8", "one 0:1", "all 0:2", "errors", "mean 0:25 2:25", "least 0:10", "most 0:40", "used 0:1",
			"units 0:1 1:1 2:2 3:2", "hours 0:6", "half 0:1", "limit 0:3", "none", "idle", "nobody", "unknown"}, d.told(in))

		silent := ask("b", "ThrottledCount", "Sum", time.Minute, ofAll())
		silent.ReturnData = new(false)
		in = d.data(ask("a", "ThrottledCount", "Sum", time.Minute, ofAll()), silent)
		require.Equal(t, []string{"a 2:1 0:1"}, d.told(in), "the latest first, unless it is asked for otherwise")
		in.EndTime = new(d.began.Add(2 * time.Minute))
		require.Equal(t, []string{"a 0:1"}, d.told(in), "the end is not part of it")
		in.StartTime, in.EndTime = new(d.began.Add(time.Second)), new(d.began.Add(time.Hour))
		require.Equal(t, []string{"a 2:1 0:1"}, d.told(in), "a time is rounded down to the minute")

		stranger := caller
		stranger.Region = "eu-west-1"
		out, err := d.getMetricData(t.Context(), stranger, d.data(ask("a", "ThrottledCount", "Sum", time.Minute, ofModel("gears", "v1"))))
		require.NoError(t, err)
		require.Empty(t, out.MetricDataResults[0].Values)
	})
}

func TestMetricDataInPages(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		d.busy()
		in := d.data(
			ask("a", "InServiceInferenceUnits", "Maximum", time.Minute, ofModel("gears", "v1")),
			ask("none", "ResponseTime", "p99", time.Minute, ofModel("idle", "v1")),
			ask("b", "SuccessfulRequestCount", "Sum", time.Minute, ofModel("gears", "v1")),
		)
		in.MaxDatapoints = new(int32(3))
		require.Equal(t, []string{"a 3:2 2:2 1:1 ..."}, d.told(in))
		in.MaxDatapoints = new(int32(1))
		require.Equal(t, []string{"a 0:1"}, d.told(in))
		require.Equal(t, []string{"none", "b 2:4 ..."}, d.told(in))
		require.Equal(t, []string{"b 0:4"}, d.told(in))
		require.Nil(t, in.NextToken)
		in.NextToken = new("1:0.abc")
		_, err := d.getMetricData(t.Context(), caller, in)
		require.Equal(t, CodeInvalidNextToken, mapError(err).Code)
	})
}

// refused demands an error of the wire.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	var e *awswire.Error
	require.True(t, errors.As(err, &e), "%v", err)
	require.Equal(t, code, e.Code, "%v", e)
	require.Contains(t, e.Message, words)
}

func TestRefusedData(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		good := func() MetricDataQuery { return ask("a", "ResponseTime", "p99", time.Minute, ofAll()) }
		for words, change := range map[string]func(*GetMetricDataInput){
			"must be less than":  func(in *GetMetricDataInput) { in.EndTime = in.StartTime },
			"has 0 queries":      func(in *GetMetricDataInput) { in.MetricDataQueries = nil },
			"has 501 queries":    func(in *GetMetricDataInput) { in.MetricDataQueries = make([]MetricDataQuery, 501) },
			"MaxDatapoints is 0": func(in *GetMetricDataInput) { in.MaxDatapoints = new(int32) },
			"given twice":        func(in *GetMetricDataInput) { in.MetricDataQueries = append(in.MetricDataQueries, good()) },
			"lowercase":          func(in *GetMetricDataInput) { in.MetricDataQueries[0].Id = new("A") },
			"metric math":        func(in *GetMetricDataInput) { in.MetricDataQueries[0].Expression = new("a * 2") },
			"needs a MetricStat": func(in *GetMetricDataInput) { in.MetricDataQueries[0].MetricStat = nil },
			`The Stat "p101"`:    func(in *GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Stat = new("p101") },
			"multiple of 60":     func(in *GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = new(int32(90)) },
		} {
			in := d.data(good())
			change(in)
			_, err := d.getMetricData(t.Context(), caller, in)
			refused(t, err, awswire.CodeValidation, words)
		}
	})
}

func TestMetricStatistics(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		d.busy()
		good := func() *GetMetricStatisticsInput {
			return &GetMetricStatisticsInput{Namespace: new(namespace), MetricName: new("ResponseTime"), Dimensions: ofModel("gears", "v1"),
				StartTime: new(d.began), EndTime: new(d.began.Add(time.Hour)), Period: new(int32(120)),
				Statistics: []Statistic{StatisticAverage, StatisticSum, StatisticMinimum, StatisticMaximum, StatisticSampleCount}}
		}
		out, err := d.getMetricStatistics(t.Context(), caller, good())
		require.NoError(t, err)
		require.Equal(t, "ResponseTime", *out.Label)
		want := func(after time.Duration) Datapoint {
			return Datapoint{Timestamp: new(d.began.Add(after)), Unit: new(StandardUnitMilliseconds), Average: new(25.0), Sum: new(100.0), Minimum: new(10.0), Maximum: new(40.0), SampleCount: new(4.0)}
		}
		require.Equal(t, []Datapoint{want(0), want(2 * time.Minute)}, out.Datapoints)

		in := good()
		in.Statistics, in.ExtendedStatistics, in.Period = nil, []string{"p50", "p99.9"}, new(int32(3600))
		out, err = d.getMetricStatistics(t.Context(), caller, in)
		require.NoError(t, err)
		require.Len(t, out.Datapoints, 1)
		require.InEpsilon(t, 20, out.Datapoints[0].ExtendedStatistics["p50"], 0.07)
		require.Equal(t, 40.0, out.Datapoints[0].ExtendedStatistics["p99.9"])

		in = good()
		in.Unit = new(StandardUnitSeconds)
		out, err = d.getMetricStatistics(t.Context(), caller, in)
		require.NoError(t, err)
		require.Empty(t, out.Datapoints, "there is nothing in that unit")

		for words, c := range map[string]struct {
			code   string
			change func(*GetMetricStatisticsInput)
		}{
			"must be less than": {CodeInvalidParameterValueException, func(in *GetMetricStatisticsInput) { in.EndTime = in.StartTime }},
			"multiple of 60":    {CodeInvalidParameterValueException, func(in *GetMetricStatisticsInput) { in.Period = new(int32(30)) }},
			"must contain":      {CodeMissingRequiredParameterException, func(in *GetMetricStatisticsInput) { in.Statistics = nil }},
			"given together":    {CodeInvalidParameterCombinationException, func(in *GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"p99"} }},
			"is not a percentile": {CodeInvalidParameterValueException, func(in *GetMetricStatisticsInput) {
				in.Statistics, in.ExtendedStatistics = nil, []string{"tm99"}
			}},
			"the limit of 1440": {CodeInvalidParameterCombinationException, func(in *GetMetricStatisticsInput) { in.EndTime = new(d.began.Add(3 * 24 * time.Hour)) }},
		} {
			in := good()
			c.change(in)
			_, err := d.getMetricStatistics(t.Context(), caller, in)
			refused(t, err, c.code, words)
		}
	})
}

func TestListMetrics(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		d.busy()
		for i := range listPage {
			d.Units(d.Model(metertest.Region, fmt.Sprintf("more-%02d", i), "v1"), 1, 1, 1)
		}
		list := func(in *ListMetricsInput) (found []string) {
			for {
				out, err := d.listMetrics(t.Context(), caller, in)
				require.NoError(t, err)
				for _, m := range out.Metrics {
					name := *m.MetricName
					for _, one := range m.Dimensions {
						name += " " + *one.Value
					}
					found = append(found, name)
				}
				if in.NextToken = out.NextToken; in.NextToken == nil {
					return found
				}
			}
		}
		all := list(&ListMetricsInput{})
		require.Len(t, all, 6+10+4*listPage)
		require.Equal(t, []string{"SuccessfulRequestCount DetectCustomLabels", "SuccessfulRequestCount gears v1"}, list(&ListMetricsInput{MetricName: new("SuccessfulRequestCount")}))
		require.Len(t, list(&ListMetricsInput{Namespace: new(namespace), Dimensions: []DimensionFilter{{Name: new(projectName), Value: new("gears")}, {Name: new(versionName)}}}), 10)
		require.Empty(t, list(&ListMetricsInput{Namespace: new("AWS/EC2")}))
		d.World.Now = d.began.Add(5 * time.Hour)
		for _, name := range list(&ListMetricsInput{RecentlyActive: new(RecentlyActivePt3h)}) {
			require.True(t, strings.HasPrefix(name, "M") || strings.HasPrefix(name, "D") || strings.HasPrefix(name, "I"), "%s: nothing was asked, but units are there still", name)
		}
		_, err := d.listMetrics(t.Context(), caller, &ListMetricsInput{NextToken: new("x")})
		refused(t, err, CodeInvalidParameterValueException, "NextToken") // the operation does not model InvalidNextToken
	})
}

// TestOldNames has every exception that a served operation answers under the name of the query protocol, by which programs go.
func TestOldNames(t *testing.T) {
	names := New(Services{}).Model.QueryCodes
	for code, want := range map[string]string{
		awswire.CodeValidation:                   "ValidationError",
		CodeInvalidParameterValueException:       "InvalidParameterValue",
		CodeInvalidParameterCombinationException: "InvalidParameterCombination",
		CodeMissingRequiredParameterException:    "MissingParameter",
		CodeInternalServiceFault:                 "InternalServiceError",
	} {
		require.Equal(t, want, names[code])
	}
	require.NotContains(t, names, CodeInvalidNextToken, "its name is the same")
	require.NotContains(t, Model.QueryCodes, awswire.CodeValidation, "what is generated is left as it is")
}

func TestStatistics(t *testing.T) {
	for _, name := range []string{"p1", "P99", "p99.99", "p0", "p100", "Sum"} {
		require.NotNil(t, statisticCalled(name), name)
	}
	for _, name := range []string{"", "sum", "p", "p101", "p-1", "p99.", "tm99", "IQM"} {
		require.Nil(t, statisticCalled(name), name)
	}
}

// TestNodesAreAddedUp has two nodes answer for one model. Whichever is asked tells of both: sums, extremes and percentiles.
func TestNodesAreAddedUp(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		v := d.Model(metertest.Region, "gears", "v1")
		a, b := d.Services.Meter, d.World.Meter("b")
		for i := range 10 {
			a.Asked(v.ARN, meter.Answered, time.Duration(i+1)*time.Millisecond)
			b.Asked(v.ARN, meter.Answered, time.Duration(i+1)*100*time.Millisecond)
		}
		a.Asked(v.ARN, meter.UserError, 0)
		b.Asked(v.ARN, meter.Throttled, 0)
		a.Computed(v.ID, 10*time.Second)
		b.Computed(v.ID, 20*time.Second)
		require.NoError(t, a.Flush(t.Context()))
		require.NoError(t, b.Flush(t.Context()))
		d.World.Now = d.began.Add(time.Minute)
		for _, node := range []*meter.Meter{a, b} {
			d.Services.Meter = node
			for of, dimensions := range map[string][]Dimension{"model": ofModel("gears", "v1"), "all": ofAll()} {
				told := d.told(d.data(
					ask("ok", "SuccessfulRequestCount", "Sum", time.Minute, dimensions),
					ask("full", "ThrottledCount", "Sum", time.Minute, dimensions),
					ask("wrong", "UserErrorCount", "Sum", time.Minute, dimensions),
					ask("least", "ResponseTime", "Minimum", time.Minute, dimensions),
					ask("most", "ResponseTime", "Maximum", time.Minute, dimensions),
					ask("mean", "ResponseTime", "Average", time.Minute, dimensions),
				))
				require.Equal(t, []string{"ok 0:20", "full 0:1", "wrong 0:1", "least 0:1", "most 0:1000", "mean 0:277.8"}, told, of)
			}
			out, err := d.getMetricData(t.Context(), caller, d.data(
				ask("late", "ResponseTime", "p75", time.Minute, ofModel("gears", "v1")),
				ask("used", "ConsumedInferenceUnits", "Sum", time.Minute, ofModel("gears", "v1")),
			))
			require.NoError(t, err)
			require.InEpsilon(t, 500, out.MetricDataResults[0].Values[0], 0.1)
			require.InEpsilon(t, 2, out.MetricDataResults[1].Values[0], 1e-9)

			list, err := d.getMetricStatistics(t.Context(), caller, &GetMetricStatisticsInput{Namespace: new(namespace),
				MetricName: new("SuccessfulRequestCount"), Dimensions: ofModel("gears", "v1"), StartTime: new(d.began),
				EndTime: new(d.began.Add(time.Minute)), Period: new(int32(60)), Statistics: []Statistic{StatisticSum}})
			require.NoError(t, err)
			require.Len(t, list.Datapoints, 1)
			require.Equal(t, 20.0, *list.Datapoints[0].Sum)
		}
	})
}
