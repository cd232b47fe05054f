package ownsight_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestOutputNames(t *testing.T) {
	v := ownsight.Version{ARN: ownsight.VersionARN{Project: "orchard", Name: "v1"}, Output: ownsight.Location{Bucket: "out"}}
	for o, want := range map[ownsight.Output]string{
		ownsight.EvaluationSummary:  "EvaluationResultSummary-orchard-v1.json",
		ownsight.ManifestSummary:    "ManifestSummary-orchard-v1.json",
		ownsight.TrainingSnapshot:   "TrainingGroundTruth-orchard-v1.json",
		ownsight.TestingSnapshot:    "TestingGroundTruth-orchard-v1.json",
		ownsight.TrainingValidation: "TrainingManifestWithValidation-orchard-v1.json",
		ownsight.TestingValidation:  "TestingManifestWithValidation-orchard-v1.json",
		ownsight.ModelFile:          "Model-orchard-v1.onnx",
		ownsight.ModelCard:          "Model-orchard-v1.json",
		ownsight.EvaluationReport:   "EvaluationReport-orchard-v1.html",
		ownsight.EvaluationData:     "EvaluationReport-orchard-v1.json",
	} {
		v.Output.Key = ""
		require.Equal(t, ownsight.Location{Bucket: "out", Key: want}, v.OutputAt(o))
		for _, prefix := range []string{"out/apples", "out/apples/"} {
			v.Output.Key = prefix
			require.Equal(t, "out/apples/"+want, v.OutputAt(o).Key)
		}
	}
	require.Equal(t, "application/octet-stream", ownsight.ModelFile.ContentType())
	require.Equal(t, "application/json", ownsight.ModelCard.ContentType())
	require.Equal(t, "text/html; charset=utf-8", ownsight.EvaluationReport.ContentType())
	long := ownsight.Version{ARN: ownsight.VersionARN{Project: strings.Repeat("p", 255), Name: strings.Repeat("v", 255)}}
	longer := long
	longer.ARN.Name = strings.Repeat("v", 254)
	require.Len(t, long.OutputAt(ownsight.ModelFile).Key, 255)
	require.NotEqual(t, long.OutputAt(ownsight.ModelFile), longer.OutputAt(ownsight.ModelFile), "the digest tells them apart")
	require.True(t, strings.HasSuffix(long.OutputAt(ownsight.ModelFile).Key, ".onnx"))
}
