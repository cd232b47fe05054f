package sdk

import (
	"fmt"
	"strings"
)

// ARNs of the right form that name nothing.
const (
	noProject = "arn:aws:rekognition:us-east-1:111122223333:project/none/1700000000000"
	noDataset = "arn:aws:rekognition:us-east-1:111122223333:project/none/dataset/train/1700000000000"
	noTests   = "arn:aws:rekognition:us-east-1:111122223333:project/none/dataset/test/1700000000000"
	noVersion = "arn:aws:rekognition:us-east-1:111122223333:project/none/version/v/1700000000000"
)

// with gives the members of a valid request with some of them replaced; nil takes one out.
func with(operation string, changes map[string]any) string {
	members := map[string]any{}
	for k, v := range valid[operation] {
		members[k] = v
	}
	for k, v := range changes {
		if members[k] = v; v == nil {
			delete(members, k)
		}
	}
	return js(members)
}

// valid are requests that break no constraint of the model.
var valid = map[string]map[string]any{
	"CreateProject":            {"ProjectName": "p"},
	"DescribeProjects":         {},
	"DeleteProject":            {"ProjectArn": noProject},
	"CreateDataset":            {"ProjectArn": noProject, "DatasetType": "TRAIN"},
	"DescribeDataset":          {"DatasetArn": noDataset},
	"UpdateDatasetEntries":     {"DatasetArn": noDataset, "Changes": map[string]any{"GroundTruth": "e30K"}},
	"ListDatasetEntries":       {"DatasetArn": noDataset},
	"ListDatasetLabels":        {"DatasetArn": noDataset},
	"DeleteDataset":            {"DatasetArn": noDataset},
	"DistributeDatasetEntries": {"Datasets": []members{{"Arn": noDataset}, {"Arn": noTests}}},
	"CreateProjectVersion":     {"ProjectArn": noProject, "VersionName": "v", "OutputConfig": map[string]any{"S3Bucket": "parts"}},
	"DescribeProjectVersions":  {"ProjectArn": noProject},
	"StartProjectVersion":      {"ProjectVersionArn": noVersion, "MinInferenceUnits": 1},
	"StopProjectVersion":       {"ProjectVersionArn": noVersion},
	"DeleteProjectVersion":     {"ProjectVersionArn": noVersion},
	"DetectCustomLabels":       {"ProjectVersionArn": noVersion, "Image": map[string]any{"Bytes": "AAAA"}},
}

type members = map[string]any

func many(n int, item any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = item
	}
	return list
}

func tags(n int, key, value string) members {
	m := members{}
	for i := range n {
		m[fmt.Sprintf(key, i)] = value
	}
	return m
}

func long(n int) string { return strings.Repeat("x", n) }

// constraints has every class of constraint, on every operation that has such a member.
var constraints = []struct {
	operation string
	changes   members
	words     []string // the member and the rule
}{
	// Required members.
	{"CreateProject", members{"ProjectName": nil}, []string{"'projectName'", "must not be null"}},
	{"DeleteProject", members{"ProjectArn": nil}, []string{"'projectArn'", "must not be null"}},
	{"CreateDataset", members{"DatasetType": nil, "ProjectArn": nil}, []string{"2 validation errors", "'datasetType'", "'projectArn'", "must not be null"}},
	{"DescribeDataset", members{"DatasetArn": nil}, []string{"'datasetArn'", "must not be null"}},
	{"UpdateDatasetEntries", members{"Changes": members{}}, []string{"'changes.groundTruth'", "must not be null"}},
	{"ListDatasetEntries", members{"DatasetArn": nil}, []string{"'datasetArn'", "must not be null"}},
	{"ListDatasetLabels", members{"DatasetArn": nil}, []string{"'datasetArn'", "must not be null"}},
	{"DeleteDataset", members{"DatasetArn": nil}, []string{"'datasetArn'", "must not be null"}},
	{"CreateProjectVersion", members{"OutputConfig": nil}, []string{"'outputConfig'", "must not be null"}},
	{"DescribeProjectVersions", members{"ProjectArn": nil}, []string{"'projectArn'", "must not be null"}},
	{"StartProjectVersion", members{"MinInferenceUnits": nil}, []string{"'minInferenceUnits'", "must not be null"}},
	{"StopProjectVersion", members{"ProjectVersionArn": nil}, []string{"'projectVersionArn'", "must not be null"}},
	{"DeleteProjectVersion", members{"ProjectVersionArn": nil}, []string{"'projectVersionArn'", "must not be null"}},
	{"DetectCustomLabels", members{"Image": nil}, []string{"'image'", "must not be null"}},
	// Length of strings.
	{"CreateProject", members{"ProjectName": ""}, []string{"'projectName'", "length greater than or equal to 1"}},
	{"CreateProject", members{"ProjectName": long(256)}, []string{"'projectName'", "length less than or equal to 255"}},
	{"DeleteProject", members{"ProjectArn": "arn"}, []string{"'projectArn'", "length greater than or equal to 20"}},
	{"CreateProjectVersion", members{"VersionName": long(256)}, []string{"'versionName'", "length less than or equal to 255"}},
	{"CreateProjectVersion", members{"VersionDescription": long(256)}, []string{"'versionDescription'", "length less than or equal to 255"}},
	{"CreateProjectVersion", members{"KmsKeyId": long(2049)}, []string{"'kmsKeyId'", "length less than or equal to 2048"}},
	{"CreateProjectVersion", members{"OutputConfig": members{"S3Bucket": "ab"}}, []string{"'outputConfig.s3Bucket'", "length greater than or equal to 3"}},
	{"CreateProjectVersion", members{"OutputConfig": members{"S3KeyPrefix": long(1025)}}, []string{"'outputConfig.s3KeyPrefix'", "length less than or equal to 1024"}},
	{"DescribeProjects", members{"NextToken": long(1025)}, []string{"'nextToken'", "length less than or equal to 1024"}},
	{"ListDatasetEntries", members{"SourceRefContains": long(2049)}, []string{"'sourceRefContains'", "length less than or equal to 2048"}},
	{"ListDatasetEntries", members{"ContainsLabels": []string{"a", long(256)}}, []string{"'containsLabels'", "length less than or equal to 255"}},
	{"ListDatasetEntries", members{"ContainsLabels": []string{""}}, []string{"'containsLabels'", "length greater than or equal to 1"}},
	{"DetectCustomLabels", members{"Image": members{"S3Object": members{"Bucket": "parts", "Name": ""}}}, []string{"'image.s3Object.name'", "length greater than or equal to 1"}},
	// Patterns.
	{"CreateProject", members{"ProjectName": "two words"}, []string{"'two words' at 'projectName'", "regular expression pattern: [a-zA-Z0-9_.\\-]+"}},
	{"DeleteProject", members{"ProjectArn": noVersion}, []string{"'projectArn'", "regular expression pattern"}},
	{"CreateDataset", members{"ProjectArn": noProject + "\n"}, []string{"'projectArn'", "regular expression pattern"}},
	{"CreateDataset", members{"DatasetSource": members{"DatasetArn": noProject}}, []string{"'datasetSource.datasetArn'", "regular expression pattern"}},
	{"CreateDataset", members{"DatasetSource": members{"GroundTruthManifest": members{"S3Object": members{"Bucket": "a/b/c", "Name": "m"}}}},
		[]string{"'datasetSource.groundTruthManifest.s3Object.bucket'", "regular expression pattern"}},
	{"DescribeDataset", members{"DatasetArn": strings.Replace(noDataset, "train", "TRAIN", 1)}, []string{"'datasetArn'", "regular expression pattern"}},
	{"ListDatasetEntries", members{"SourceRefContains": "   "}, []string{"'sourceRefContains'", "regular expression pattern"}},
	{"CreateProjectVersion", members{"VersionName": "ä"}, []string{"'versionName'", "regular expression pattern"}},
	{"CreateProjectVersion", members{"VersionDescription": "<b>"}, []string{"'versionDescription'", "regular expression pattern"}},
	{"CreateProjectVersion", members{"KmsKeyId": "-"}, []string{"'kmsKeyId'", "regular expression pattern"}},
	{"DescribeProjectVersions", members{"VersionNames": []string{"a b"}}, []string{"'versionNames'", "regular expression pattern"}},
	{"StartProjectVersion", members{"ProjectVersionArn": noProject}, []string{"'projectVersionArn'", "regular expression pattern"}},
	{"DetectCustomLabels", members{"ProjectVersionArn": strings.Replace(noVersion, "us-east-1", "US_EAST", 1)}, []string{"'projectVersionArn'", "regular expression pattern"}},
	{"CreateProject", members{"Tags": members{"aws:owner": "me"}}, []string{"'tags'", "Map keys", "regular expression pattern"}},
	{"CreateProject", members{"Tags": members{"owner": "#1"}}, []string{"'tags'", "Map value", "regular expression pattern"}},
	// Enumerations.
	{"CreateProject", members{"Feature": "FACES"}, []string{"'feature'", "enum value set: [", "CUSTOM_LABELS"}},
	{"CreateProject", members{"AutoUpdate": "on"}, []string{"'autoUpdate'", "enum value set: [", "ENABLED"}},
	{"CreateDataset", members{"DatasetType": "train"}, []string{"'train' at 'datasetType'", "enum value set: [", "TRAIN"}},
	{"DescribeProjects", members{"Features": []string{"FACES"}}, []string{"'features'", "enum value set: [", "CUSTOM_LABELS"}},
	// Ranges of numbers.
	{"DescribeProjects", members{"MaxResults": 0}, []string{"'maxResults'", "value greater than or equal to 1"}},
	{"DescribeProjects", members{"MaxResults": 101}, []string{"'maxResults'", "value less than or equal to 100"}},
	{"DescribeProjectVersions", members{"MaxResults": 101}, []string{"'maxResults'", "value less than or equal to 100"}},
	{"ListDatasetEntries", members{"MaxResults": 101}, []string{"'maxResults'", "value less than or equal to 100"}},
	{"ListDatasetLabels", members{"MaxResults": 0}, []string{"'maxResults'", "value greater than or equal to 1"}},
	{"StartProjectVersion", members{"MinInferenceUnits": 0}, []string{"'minInferenceUnits'", "value greater than or equal to 1"}},
	{"StartProjectVersion", members{"MaxInferenceUnits": -1}, []string{"'maxInferenceUnits'", "value greater than or equal to 1"}},
	{"DetectCustomLabels", members{"MaxResults": -1}, []string{"'maxResults'", "value greater than or equal to 0"}},
	{"DetectCustomLabels", members{"MinConfidence": -0.5}, []string{"'minConfidence'", "value greater than or equal to 0"}},
	{"DetectCustomLabels", members{"MinConfidence": 100.5}, []string{"'100.5' at 'minConfidence'", "value less than or equal to 100"}},
	{"CreateProjectVersion", members{"FeatureConfig": members{"ContentModeration": members{"ConfidenceThreshold": 101}}},
		[]string{"'featureConfig.contentModeration.confidenceThreshold'", "value less than or equal to 100"}},
	// Sizes of lists and maps.
	{"DescribeProjects", members{"ProjectNames": []string{}}, []string{"'projectNames'", "length greater than or equal to 1"}},
	{"DescribeProjects", members{"ProjectNames": many(11, "p")}, []string{"'projectNames'", "length less than or equal to 10"}},
	{"DescribeProjects", members{"Features": many(3, "CUSTOM_LABELS")}, []string{"'features'", "length less than or equal to 2"}},
	{"DescribeProjectVersions", members{"VersionNames": many(11, "v")}, []string{"'versionNames'", "length less than or equal to 10"}},
	{"ListDatasetEntries", members{"ContainsLabels": []string{}}, []string{"'containsLabels'", "length greater than or equal to 1"}},
	{"ListDatasetEntries", members{"ContainsLabels": many(11, "l")}, []string{"'containsLabels'", "length less than or equal to 10"}},
	{"CreateProject", members{"Tags": tags(201, "k%d", "v")}, []string{"'tags'", "length less than or equal to 200"}},
	{"CreateDataset", members{"Tags": tags(1, "%d"+long(128), "v")}, []string{"'tags'", "Map keys", "length less than or equal to 128"}},
	{"CreateProjectVersion", members{"Tags": tags(1, "k%d", long(257))}, []string{"'tags'", "Map value", "length less than or equal to 256"}},
	// Sizes of blobs.
	{"UpdateDatasetEntries", members{"Changes": members{"GroundTruth": ""}}, []string{"'changes.groundTruth'", "length greater than or equal to 1"}},
	{"UpdateDatasetEntries", members{"Changes": members{"GroundTruth": make([]byte, 5<<20+1)}}, []string{"'changes.groundTruth'", "length less than or equal to 5242880"}},
	{"DetectCustomLabels", members{"Image": members{"Bytes": ""}}, []string{"'image.bytes'", "length greater than or equal to 1"}},
	{"DetectCustomLabels", members{"Image": members{"Bytes": make([]byte, 5<<20+1)}}, []string{"'image.bytes'", "length less than or equal to 5242880"}},
}
