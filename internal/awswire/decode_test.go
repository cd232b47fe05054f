package awswire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ownsight/internal/awswire"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	var in DetectCustomLabelsRequest
	body := `{"ProjectVersionArn":"a","MinConfidence":0,"MaxResults":null,"maxresults":3,
		"Unknown":{"deep":[1,{"x":null}]},"Image":{"Bytes":"\/\/79","S3Object":{"Name":"k\u00e9y"}}}`
	require.NoError(t, awswire.DecodeJSON([]byte(body), opDetectCustomLabels.Input, &in))
	require.Equal(t, DetectCustomLabelsRequest{
		ProjectVersionArn: new("a"),
		MinConfidence:     new(float64(0)),
		Image:             &Image{Bytes: []byte{0xff, 0xfe, 0xfd}, S3Object: &S3Object{Name: new("kéy")}},
	}, in)

	var create CreateProjectRequest
	body = `{"ProjectName":"p","Feature":"CUSTOM_LABELS","Tags":{"a":"1","b":""}}`
	require.NoError(t, awswire.DecodeJSON([]byte(body), opCreateProject.Input, &create))
	require.Equal(t, CustomizationFeatureCustomLabels, *create.Feature)
	require.Equal(t, map[string]string{"a": "1", "b": ""}, create.Tags)

	var describe DescribeProjectsRequest
	require.NoError(t, awswire.DecodeJSON([]byte(`{"ProjectNames":[],"Features":["X"]}`), opDescribeProjects.Input, &describe))
	require.Equal(t, []string{}, describe.ProjectNames)
	require.Equal(t, []CustomizationFeature{"X"}, describe.Features)

	for _, empty := range []string{"", " \n", "{}", `{"NextToken":null}`} {
		var in DescribeProjectsRequest
		require.NoError(t, awswire.DecodeJSON([]byte(empty), opDescribeProjects.Input, &in), empty)
		require.Zero(t, in)
	}
}

// Blobs are decoded where they lie, whatever their length and what follows them.
func TestDecodeBlobs(t *testing.T) {
	for n := range 100 {
		blob := make([]byte, n)
		for i := range blob {
			blob[i] = byte(7*n + 31*i)
		}
		want := DetectCustomLabelsRequest{Image: &Image{Bytes: blob}, ProjectVersionArn: new("behind")}
		body, err := json.Marshal(map[string]any{"Image": map[string]any{"Bytes": blob}, "ProjectVersionArn": "behind"})
		require.NoError(t, err)
		var in DetectCustomLabelsRequest
		require.NoError(t, awswire.DecodeJSON(body, opDetectCustomLabels.Input, &in))
		require.Equal(t, want, in)
	}
}

// Whatever reads base64 many letters at a time refuses what is none, wherever that stands.
func TestDecodeBlobsRefuses(t *testing.T) {
	good := strings.Repeat("09azAZ+/", 20)
	for i := range good {
		for _, wrong := range []string{"-", "=", "\x80", "\xff", "\n", "\r", ".", "[", "`", "{"} {
			body := `{"Changes":{"GroundTruth":"` + good[:i] + wrong + good[i+1:] + `"}}`
			err := awswire.DecodeJSON([]byte(body), opUpdateDatasetEntries.Input, new(UpdateDatasetEntriesRequest))
			if last := i == len(good)-1; wrong != "=" || !last {
				require.ErrorContains(t, err, "is not base64", "%q at %d", wrong, i)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	nested := strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)
	for _, c := range []struct{ name, body, want string }{
		{"array", `[]`, "START_ARRAY can not be converted to a structure."},
		{"null", `null`, "NULL_VALUE can not be converted to a structure."},
		{"number for string", `{"ProjectArn":5}`, "NUMBER_VALUE can not be converted to a String at 'projectArn'."},
		{"object for string", `{"ProjectArn":{}}`, "START_OBJECT can not be converted to a String at 'projectArn'."},
		{"string for integer", `{"MaxResults":"5"}`, "STRING_VALUE can not be converted to an Integer at 'maxResults'."},
		{"fraction", `{"MaxResults":1.5}`, "The number at 'maxResults' can not be converted to an Integer."},
		{"too big", `{"MaxResults":2147483648}`, "The number at 'maxResults' can not be converted to an Integer."},
		{"string for list", `{"VersionNames":"a"}`, "STRING_VALUE can not be converted to a list at 'versionNames'."},
		{"item", `{"VersionNames":["a",false]}`, "FALSE_VALUE can not be converted to a String at 'versionNames.2.member'."},
		{"null item", `{"VersionNames":[null]}`, "NULL_VALUE can not be converted to a String at 'versionNames.1.member'."},
		{"twice", `{"MaxResults":1,"MaxResults":2}`, "The request body has a member twice, at byte 16."},
		{"cut off", `{"MaxResults":1`, "The request body is not valid JSON at byte 15."},
		{"trailing", `{} {}`, "The request body goes on after its end at byte 2."},
		{"trailing comma", `{"MaxResults":1,}`, "The request body is not valid JSON at byte 16."},
		{"not UTF-8", "{\"ProjectArn\":\"\xff\"}", "The request body is not valid JSON at byte 14."},
		{"not UTF-8, unknown", "{\"Unknown\":[\"\xff\"]}", "The request body is not valid JSON at byte 12."},
		{"half a surrogate", `{"ProjectArn":"\ud83d"}`, "The request body is not valid JSON at byte 14."},
		{"control character", "{\"ProjectArn\":\"\x01\"}", "The request body is not valid JSON at byte 14."},
		{"endless string", `{"ProjectArn":"\"}`, "The request body is not valid JSON at byte 18."},
		{"leading zero", `{"MaxResults":01}`, "The request body is not valid JSON at byte 14."},
		{"no colon", `{"MaxResults" 1}`, "The request body is not valid JSON at byte 14."},
		{"no comma", `{"MaxResults":1 "NextToken":""}`, "The request body is not valid JSON at byte 16."},
		{"wrong bracket", `{"VersionNames":["a"}`, "The request body is not valid JSON at byte 20."},
		{"half a literal", `{"NextToken":nul}`, "The request body is not valid JSON at byte 13."},
		{"not JSON", `ProjectArn=x`, "The request body is not valid JSON at byte 0."},
		{"deep", `{"Unknown":` + nested + `}`, "The request is nested more than 64 levels deep."},
	} {
		t.Run(c.name, func(t *testing.T) {
			var in DescribeProjectVersionsRequest
			err := awswire.DecodeJSON([]byte(c.body), opDescribeProjectVersions.Input, &in)
			require.Equal(t, &awswire.Error{Code: "SerializationException", Message: c.want}, err)
		})
	}
	for _, blob := range []string{`*`, `AAA`, `AAAA=`, "AAAA\n", "AA\rAA", `\x`, "\xff\xff\xff\xff", `AAAA\u0000`} {
		var in UpdateDatasetEntriesRequest
		err := awswire.DecodeJSON([]byte(`{"Changes":{"GroundTruth":"`+blob+`"}}`), opUpdateDatasetEntries.Input, &in)
		require.ErrorContains(t, err, "The value at 'changes.groundTruth' is not base64.", blob)
	}
	var tags TagResourceRequest
	err := awswire.DecodeJSON([]byte(`{"Tags":{"Key":1}}`), opTagResource.Input, &tags)
	require.ErrorContains(t, err, "NUMBER_VALUE can not be converted to a String at 'tags.key'.")
}

func TestDecodeStopsAtTheBoundOfAList(t *testing.T) {
	body := `{"ProjectNames":[` + strings.Repeat(`"a",`, 100_000) + `"a"]}`
	var in DescribeProjectsRequest
	require.NoError(t, awswire.DecodeJSON([]byte(body), opDescribeProjects.Input, &in))
	require.Len(t, in.ProjectNames, 11)
	require.ErrorContains(t, awswire.Validate(opDescribeProjects.Input, &in), "length less than or equal to 10")
}

func TestEncode(t *testing.T) {
	day := time.Date(2023, 7, 28, 16, 25, 51, 958_000_000, time.UTC)
	for _, c := range []struct {
		schema *awswire.Shape
		out    any
		want   string
	}{
		{opDeleteDataset.Output, &DeleteDatasetResponse{}, `{}`},
		{opDetectCustomLabels.Output, &DetectCustomLabelsResponse{CustomLabels: []CustomLabel{}}, `{"CustomLabels":[]}`},
		{opDetectCustomLabels.Output, &DetectCustomLabelsResponse{CustomLabels: []CustomLabel{
			{Name: new("bröt\n<a>"), Confidence: new(float64(83.426))},
			{Geometry: &Geometry{BoundingBox: &BoundingBox{Left: new(float64(1e-7)), Top: new(float64(0))}}},
		}}, `{"CustomLabels":[{"Name":"bröt\n<a>","Confidence":83.426},{"Geometry":{"BoundingBox":{"Left":1e-07,"Top":0.0}}}]}`},
		{opDescribeProjects.Output, &DescribeProjectsResponse{ProjectDescriptions: []ProjectDescription{
			{CreationTimestamp: &day, Status: new(ProjectStatusCreated), Datasets: []DatasetMetadata{}},
		}}, `{"ProjectDescriptions":[{"CreationTimestamp":1690561551.958,"Status":"CREATED","Datasets":[]}]}`},
		{opTagResource.Input, &TagResourceRequest{Tags: map[string]string{"b": "2", "a": `"`}}, `{"Tags":{"a":"\"","b":"2"}}`},
		{opUpdateDatasetEntries.Input, &UpdateDatasetEntriesRequest{Changes: &DatasetChanges{GroundTruth: []byte{}}},
			`{"Changes":{"GroundTruth":""}}`},
	} {
		got, err := awswire.EncodeJSON(c.schema, c.out)
		require.NoError(t, err)
		require.Equal(t, c.want, string(got))
		require.True(t, json.Valid(got))
	}
	nan := float64(0)
	nan /= nan
	_, err := awswire.EncodeJSON(opDetectCustomLabels.Output, &DetectCustomLabelsResponse{
		CustomLabels: []CustomLabel{{Confidence: &nan}},
	})
	require.ErrorContains(t, err, "CustomLabels: Confidence: NaN is not a JSON number")
}

// What is JSON, others say the same of; whatever decodes can be checked, written and read again as the same.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"ProjectVersionArn":"a","MinConfidence":1e3,"Image":{"Bytes":"AAAA"}}`, `{"Image":{"S3Object":{}}}`, `[`, `{"a":[{}]}`,
		`{"\\":[true,false,null,-0.5e+3],"\u00e9":{"a":"\"\\","a":1}} `, "{\"a\":\"\x80\"}", `{"a":"\udc00"}`, `{"a":1,}`, `{"a":00}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := awswire.DecodeJSON(bytes.Clone(body), &awswire.Shape{Kind: awswire.Structure}, new(struct{}))
		if err == nil || !strings.Contains(err.Error(), "levels deep") {
			text := jsontext.Value(bytes.Trim(body, " \t\r\n"))
			object := len(text) == 0 || text.Kind() == '{' && text.IsValid(jsontext.AllowDuplicateNames(err == nil)) // nobody reads unknown members
			require.Equal(t, object, err == nil, "%v", err)
		}
		roundTrip(t, body, opDetectCustomLabels.Input, new(DetectCustomLabelsRequest), new(DetectCustomLabelsRequest))
		roundTrip(t, body, opDescribeProjects.Output, new(DescribeProjectsResponse), new(DescribeProjectsResponse))
		roundTrip(t, body, opDistributeDatasetEntries.Input,
			new(DistributeDatasetEntriesRequest), new(DistributeDatasetEntriesRequest))
		roundTrip(t, body, opCreateProject.Input, new(CreateProjectRequest), new(CreateProjectRequest))
	})
}

func roundTrip(t *testing.T, body []byte, schema *awswire.Shape, first, second any) {
	if err := awswire.DecodeJSON(bytes.Clone(body), schema, first); err != nil {
		require.IsType(t, new(awswire.Error), err)
		return
	}
	if err := awswire.Validate(schema, first); err != nil {
		require.Less(t, len(err.Error()), 200_000)
	}
	text, err := awswire.EncodeJSON(schema, first)
	require.NoError(t, err)
	require.NoError(t, awswire.DecodeJSON(text, schema, second))
	require.Equal(t, first, second, string(text))
}
