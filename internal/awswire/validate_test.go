package awswire_test

import (
	"strings"
	"testing"

	"ownsight/internal/awswire"

	"github.com/stretchr/testify/require"
)

const (
	projectARN = "arn:aws:rekognition:us-east-1:111122223333:project/p/1594987481000"
	versionARN = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v.1/1594987481000"
	datasetARN = "arn:aws:rekognition:us-east-1:111122223333:project/p/dataset/train/1594987481000"
)

func TestValidate(t *testing.T) {
	const dataset = `(^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project\/[a-zA-Z0-9_.\-]{1,255}\/dataset\/(train|test)\/[0-9]+$)`
	for _, c := range []struct {
		name   string
		schema *awswire.Shape
		into   any
		body   string
		want   string
	}{
		{"good", opCreateProject.Input, new(CreateProjectRequest),
			`{"ProjectName":"a_B.9-","Feature":"CUSTOM_LABELS","Tags":{"Größe":"10 m","k":""}}`, ""},
		{"required", opDetectCustomLabels.Input, new(DetectCustomLabelsRequest), `{}`,
			"2 validation errors detected: " +
				"Value null at 'projectVersionArn' failed to satisfy constraint: Member must not be null; " +
				"Value null at 'image' failed to satisfy constraint: Member must not be null"},
		{"pattern", opCreateProject.Input, new(CreateProjectRequest), `{"ProjectName":"x y"}`,
			"1 validation error detected: Value 'x y' at 'projectName' failed to satisfy constraint: " +
				`Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+`},
		{"empty and newline", opCreateProject.Input, new(CreateProjectRequest), `{"ProjectName":""}`,
			"2 validation errors detected: Value '' at 'projectName' failed to satisfy constraint: " +
				"Member must have length greater than or equal to 1; Value '' at 'projectName' failed to satisfy constraint: " +
				`Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+`},
		{"whole match", opCreateProject.Input, new(CreateProjectRequest), `{"ProjectName":"ab\n"}`,
			"1 validation error detected: Value 'ab\n' at 'projectName' failed to satisfy constraint: " +
				`Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+`},
		{"enum", opCreateProject.Input, new(CreateProjectRequest), `{"ProjectName":"p","AutoUpdate":"YES"}`,
			"1 validation error detected: Value 'YES' at 'autoUpdate' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [ENABLED, DISABLED]"},
		{"range", opDescribeProjects.Input, new(DescribeProjectsRequest), `{"MaxResults":0}`,
			"1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: " +
				"Member must have value greater than or equal to 1"},
		{"float range", opDetectCustomLabels.Input, new(DetectCustomLabelsRequest),
			`{"ProjectVersionArn":"` + versionARN + `","Image":{},"MinConfidence":100.5}`,
			"1 validation error detected: Value '100.5' at 'minConfidence' failed to satisfy constraint: " +
				"Member must have value less than or equal to 100"},
		{"characters, not bytes", opTagResource.Input, new(TagResourceRequest),
			`{"ResourceArn":"` + projectARN + `","Tags":{"` + strings.Repeat("ö", 128) + `":"` + strings.Repeat("ü", 256) + `"}}`, ""},
		{"map keys", opCreateProject.Input, new(CreateProjectRequest), `{"ProjectName":"p","Tags":{"aws:x":"1","b":"2"}}`,
			"1 validation error detected: Value '{aws:x=1, b=2}' at 'tags' failed to satisfy constraint: " +
				"Map keys must satisfy constraint: [Member must have length less than or equal to 128, " +
				"Member must have length greater than or equal to 1, " +
				`Member must satisfy regular expression pattern: ^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$]`},
		{"map values", opCreateProject.Input, new(CreateProjectRequest), `{"ProjectName":"p","Tags":{"a":"#"}}`,
			"1 validation error detected: Value '{a=#}' at 'tags' failed to satisfy constraint: " +
				"Map value must satisfy constraint: [Member must have length less than or equal to 256, " +
				"Member must have length greater than or equal to 0, " +
				`Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$]`},
		{"list items", opDescribeProjects.Input, new(DescribeProjectsRequest), `{"ProjectNames":["ok","no no"]}`,
			"1 validation error detected: Value '[ok, no no]' at 'projectNames' failed to satisfy constraint: " +
				"Member must satisfy constraint: [Member must have length less than or equal to 255, " +
				"Member must have length greater than or equal to 1, " +
				`Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+]`},
		{"structures in a list", opDistributeDatasetEntries.Input, new(DistributeDatasetEntriesRequest),
			`{"Datasets":[{"Arn":"` + datasetARN + `"},{}]}`,
			"1 validation error detected: Value null at 'datasets.2.member.arn' failed to satisfy constraint: " +
				"Member must not be null"},
		{"length of a list", opDistributeDatasetEntries.Input, new(DistributeDatasetEntriesRequest), `{"Datasets":[]}`,
			"1 validation error detected: Value '[]' at 'datasets' failed to satisfy constraint: " +
				"Member must have length greater than or equal to 2"},
		{"blob", opUpdateDatasetEntries.Input, new(UpdateDatasetEntriesRequest),
			`{"DatasetArn":"` + datasetARN + `","Changes":{"GroundTruth":""}}`,
			"1 validation error detected: Value at 'changes.groundTruth' failed to satisfy constraint: " +
				"Member must have length greater than or equal to 1"},
		{"ARN in upper case", opUpdateDatasetEntries.Input, new(UpdateDatasetEntriesRequest),
			`{"DatasetArn":"` + strings.Replace(datasetARN, "train", "TRAIN", 1) + `","Changes":{"GroundTruth":"AA=="}}`,
			"1 validation error detected: Value '" + strings.Replace(datasetARN, "train", "TRAIN", 1) +
				"' at 'datasetArn' failed to satisfy constraint: Member must satisfy regular expression pattern: " + dataset},
		{"long value", opDescribeProjects.Input, new(DescribeProjectsRequest),
			`{"NextToken":"` + strings.Repeat("é", 1025) + `"}`,
			"1 validation error detected: Value '" + strings.Repeat("é", 256) + "...' at 'nextToken' failed to satisfy " +
				"constraint: Member must have length less than or equal to 1024"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, awswire.DecodeJSON([]byte(c.body), c.schema, c.into))
			err := awswire.Validate(c.schema, c.into)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, &awswire.Error{Code: "ValidationException", Message: c.want}, err)
		})
	}
}

func TestValidateIsBounded(t *testing.T) {
	secret := awswire.Shape{Kind: awswire.String, Max: new(3.0), Sensitive: true}
	item := awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{{Name: "Secret", Shape: &secret}}}
	list := awswire.Shape{Kind: awswire.List, Item: &item}
	top := awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{{Name: "All", Shape: &list}}}
	type entry struct{ Secret *string }
	in := struct{ All []entry }{make([]entry, 10_000)}
	for i := range in.All {
		in.All[i].Secret = new("password")
	}
	err := awswire.Validate(&top, &in)
	require.ErrorContains(t, err, "50 validation errors detected: Value at 'all.1.member.secret' failed")
	require.NotContains(t, err.Error(), "password")
}
