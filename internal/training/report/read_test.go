package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/training/report"
)

func TestReadSummaryGivesWhatWasWritten(t *testing.T) {
	detection := orchard()
	detection.Confusion, detection.Detection = nil, &report.Detection{AveragePrecision: 0.71, AverageRecall: 0}
	for _, want := range []report.Summary{orchard(), detection} {
		var file strings.Builder
		require.NoError(t, want.Write(&file))
		got, err := report.ReadSummary(strings.NewReader(file.String()))
		require.NoError(t, err)
		require.WithinDuration(t, want.Ended, got.Ended, time.Microsecond)
		got.Ended = want.Ended
		byLabel := func(a, b report.LabelResult) int { return strings.Compare(a.Label, b.Label) }
		slices.SortFunc(want.PerLabel, byLabel)
		slices.SortFunc(got.PerLabel, byLabel)
		require.Equal(t, want, got)
	}
}

func TestReadSummaryRefuses(t *testing.T) {
	for file, complaint := range map[string]string{
		"":               "evaluation summary",
		"[]":             "evaluation summary",
		`{"Version":2}`:  "its Version is 2",
		`{"Version":1}`:  "EvaluationEndTimestamp",
		`{"Version":1,}`: "evaluation summary",
	} {
		_, err := report.ReadSummary(strings.NewReader(file))
		require.ErrorContains(t, err, complaint, file)
	}
}
