package sdk

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrics "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	served "ownsight/internal/cloudwatch"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// gauge reads metrics of one model.
type gauge struct {
	*cloudwatch.Client
	project, version string
}

// dimensions name the model, or all of them.
func (g gauge) dimensions() []metrics.Dimension {
	if g.project == "" {
		return []metrics.Dimension{{Name: aws.String("Operation"), Value: aws.String("DetectCustomLabels")}}
	}
	return []metrics.Dimension{{Name: aws.String("ProjectName"), Value: &g.project}, {Name: aws.String("VersionName"), Value: &g.version}}
}

// hour is a statistic of the hour around now; -1 where there is no value.
func (g gauge) hour(t *testing.T, metric, stat string) float64 {
	t.Helper()
	now := time.Now()
	out, err := g.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{StartTime: aws.Time(now.Add(-59 * time.Minute)), EndTime: aws.Time(now.Add(time.Minute)),
		MetricDataQueries: []metrics.MetricDataQuery{{Id: aws.String("q"), MetricStat: &metrics.MetricStat{Period: aws.Int32(7200), Stat: &stat,
			Metric: &metrics.Metric{Namespace: aws.String("AWS/Rekognition"), MetricName: &metric, Dimensions: g.dimensions()}}}}})
	require.NoError(t, err)
	require.Equal(t, metrics.StatusCodeComplete, out.MetricDataResults[0].StatusCode)
	if len(out.MetricDataResults[0].Values) == 0 {
		return -1
	}
	return out.MetricDataResults[0].Values[0]
}

// TestMetrics asks a model, and then CloudWatch what it was asked.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	pictures := corpus.Pictures("measured/", 8, corpus.Labels[:2]...)
	c.Upload(t, bucket, pictures)
	project := c.Project(t, "measured")
	c.Dataset(t, project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, pictures))
	c.Dataset(t, project, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, pictures))
	v := c.Train(t, project, "v1", bucket, "out")
	g := gauge{cloudwatch.NewFromConfig(s.Config(t, "default")), "measured", "v1"}
	all := gauge{Client: g.Client}
	require.EqualValues(t, -1, g.hour(t, "InServiceInferenceUnits", "Maximum"), "it does not run")

	_, err := c.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: v.ProjectVersionArn, MinInferenceUnits: aws.Int32(2), MaxInferenceUnits: aws.Int32(3)})
	require.NoError(t, err)
	require.Equal(t, types.ProjectVersionStatusRunning, c.SettledVersion(t, project, "v1").Status)
	for _, p := range pictures[:5] {
		c.Detect(t, v.ProjectVersionArn, p.File, nil)
	}
	_, err = c.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: v.ProjectVersionArn, Image: &types.Image{Bytes: []byte("no picture")}})
	require.Error(t, err)
	for metric, want := range map[string]float64{"SuccessfulRequestCount": 5, "UserErrorCount": 1, "ThrottledCount": -1, "ServerErrorCount": -1} {
		require.Equal(t, want, g.hour(t, metric, "Sum"), metric)
		require.Equal(t, want, all.hour(t, metric, "Sum"), metric)
	}
	for metric, want := range map[string]float64{"InServiceInferenceUnits": 2, "DesiredInferenceUnits": 2, "MinInferenceUnits": 2, "MaxInferenceUnits": 3} {
		require.Equal(t, want, g.hour(t, metric, "Maximum"), metric)
	}
	p50, p99 := g.hour(t, "ResponseTime", "p50"), g.hour(t, "ResponseTime", "p99")
	require.True(t, p50 > 0 && p99 >= p50, "%v, %v ms", p50, p99)
	t.Run("statistics", func(t *testing.T) { readStatistics(t, g) })
	t.Run("list", func(t *testing.T) { listAll(t, g) })
	t.Run("restart", func(t *testing.T) {
		c.Detect(t, v.ProjectVersionArn, pictures[5].File, nil)
		require.Zero(t, s.Terminate(t))
		s.Restart(t)
		g.Client = cloudwatch.NewFromConfig(s.Config(t, "default"))
		require.EqualValues(t, 6, g.hour(t, "SuccessfulRequestCount", "Sum"), "what was counted is written down when the server stops")
	})
	t.Run("old protocol", func(t *testing.T) { refuseOldProtocol(t, s) })
}

func readStatistics(t *testing.T, g gauge) {
	now := time.Now()
	in := &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("AWS/Rekognition"), MetricName: aws.String("ResponseTime"), Dimensions: g.dimensions(),
		StartTime: aws.Time(now.Add(-59 * time.Minute)), EndTime: aws.Time(now.Add(time.Minute)), Period: aws.Int32(7200), ExtendedStatistics: []string{"p90"}}
	out, err := g.GetMetricStatistics(t.Context(), in)
	require.NoError(t, err)
	require.Positive(t, out.Datapoints[0].ExtendedStatistics["p90"])
	in.ExtendedStatistics, in.Statistics = nil, []metrics.Statistic{metrics.StatisticSampleCount}
	out, err = g.GetMetricStatistics(t.Context(), in)
	require.NoError(t, err)
	require.EqualValues(t, 5, *out.Datapoints[0].SampleCount)
	require.Equal(t, metrics.StandardUnitMilliseconds, out.Datapoints[0].Unit)
	in.Period = aws.Int32(61)
	_, err = g.GetMetricStatistics(t.Context(), in)
	var wrong *metrics.InvalidParameterValueException
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, wrong.ErrorMessage(), "multiple of 60")
}

func listAll(t *testing.T, g gauge) {
	pages := cloudwatch.NewListMetricsPaginator(g.Client, &cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/Rekognition")})
	n := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		n += len(page.Metrics)
	}
	require.Equal(t, 6+10, n)
}

// refuseOldProtocol speaks as SDKs did before they chose CBOR.
func refuseOldProtocol(t *testing.T, s *server.Server) {
	body := "Action=ListMetrics&Version=2010-08-01"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint+"/", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := connect(t, s, "default").cloudwatch()
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), w.key, r, "UNSIGNED-PAYLOAD", w.service, w.region, w.at))
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
	require.Equal(t, "text/xml", response.Header.Get("Content-Type"))
}

// TestMetricAccess tries every operation on metrics as every kind of caller.
func TestMetricAccess(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	actions := actionsOf("cloudwatch", &served.Model)
	enroll(t, s, actions)
	accessTable{
		test: "TestMetricAccess", actions: actions, request: requestMetrics,
		connect: func(_, profile string) wire { return connect(t, s, profile).cloudwatch() },
		callers: callers(actions, metricStrangers(), always("")),
	}.try(t)
	old := connect(t, s, "default").cloudwatch().call(t, "GetMetricStatistics", js(members{"Namespace": "n", "MetricName": "m", "StartTime": 2, "EndTime": 1, "Period": 60}))
	require.Equal(t, "InvalidParameterValueException", old.Code)
	require.Equal(t, "InvalidParameterValue;Sender", old.header.Get("X-Amzn-Query-Error"), "what older clients call it")
}

// metricStrangers are those of the other account: each sees the metrics of its own. GetMetricStatistics cannot ask for others.
func metricStrangers() []caller {
	others := func(operation string) string {
		if operation == "GetMetricStatistics" {
			return ""
		}
		return "AccessDeniedException"
	}
	return []caller{
		{name: "other account", profile: always("lab"), expect: always("")},
		{name: "other account, for this account's", profile: always("lab"), shared: true, expect: others},
		{name: "its user with the right, for this account's", profile: always("lab-able"), shared: true, expect: others},
		{name: "its user without", profile: always("lab-none"), expect: always("AccessDeniedException")},
	}
}

func requestMetrics(operation, _ string, who caller) (members, []string) {
	query := members{"Id": "a", "MetricStat": members{"Metric": members{"Namespace": "AWS/Rekognition", "MetricName": "ResponseTime"}, "Period": 60, "Stat": "p99"}}
	list := members{}
	if who.shared {
		query["AccountId"], list["OwningAccount"] = account, account
	}
	switch operation {
	case "GetMetricData":
		return members{"StartTime": 0, "EndTime": 60, "MetricDataQueries": []members{query}}, []string{""}
	case "GetMetricStatistics":
		return members{"Namespace": "AWS/Rekognition", "MetricName": "ResponseTime", "StartTime": 0, "EndTime": 60, "Period": 60, "Statistics": []string{"Sum"}}, []string{""}
	case "ListMetrics":
		return list, []string{""}
	}
	panic("no request for " + operation)
}
