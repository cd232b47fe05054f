package sdk

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// What published programs (samples of the AWS guide and of projects around it) take for granted beyond the service model:
// they read these members by index, whatever the state, and a missing one ends the program.
var (
	datasetMembers = []string{"CreationTimestamp", "LastUpdatedTimestamp", "Status", "StatusMessage", "StatusMessageCode", "DatasetStats"}
	ofProject      = []string{"CreationTimestamp", "DatasetType", "DatasetArn", "Status", "StatusMessage", "StatusMessageCode"}
	versionMembers = []string{"ProjectVersionArn", "CreationTimestamp", "Status", "StatusMessage", "OutputConfig"}
)

// has demands members of an answer's object that are there and not empty.
func has(t *testing.T, object map[string]any, members []string) {
	t.Helper()
	for _, m := range members {
		require.NotEmpty(t, object[m], "%s of %v", m, object)
	}
}

// objects reads a list of objects out of an answer.
func (a answer) objects(t *testing.T, member string) (list []map[string]any) {
	t.Helper()
	a.accepted(t)
	var lists map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(a.body, &lists))
	require.NoError(t, json.Unmarshal(lists[member], &list), "%s", a.body)
	require.NotNil(t, list, "%s is a list even when it is empty: %s", member, a.body)
	return list
}

// described reads a dataset as its own description and as its project's have it.
func described(t *testing.T, w wire, on *subject, arn *string) (own, listed map[string]any) {
	t.Helper()
	a := w.call(t, "DescribeDataset", js(members{"DatasetArn": *arn}))
	a.accepted(t)
	var out struct{ DatasetDescription map[string]any }
	require.NoError(t, json.Unmarshal(a.body, &out))
	projects := w.call(t, "DescribeProjects", js(members{"ProjectNames": []string{on.name}})).objects(t, "ProjectDescriptions")
	require.Len(t, projects, 1)
	for _, d := range projects[0]["Datasets"].([]any) {
		if d := d.(map[string]any); d["DatasetArn"] == *arn {
			has(t, out.DatasetDescription, datasetMembers)
			has(t, d, ofProject)
			return out.DatasetDescription, d
		}
	}
	panic("not among its project's: " + *arn)
}

// TestMessagesInProgress reads datasets while each kind of work on them is under way.
func TestMessagesInProgress(t *testing.T) {
	t.Parallel()
	g, s := newGate(t)
	c, w := g.client, connect(t, s, "default")
	c.Bucket(t, bucket)
	prepare := func(name string) *subject {
		on := &subject{name: name, project: c.Project(t, name)}
		on.train = c.Dataset(t, on.project, types.DatasetTypeTrain, bucket, joined(lines(5, "a", "b")))
		on.test = c.Dataset(t, on.project, types.DatasetTypeTest, bucket, nil)
		return on
	}
	updating, distributing, deleting := prepare("updating"), prepare("distributing"), prepare("deleting")
	g.close(t)
	creating := &subject{name: "creating", project: c.Project(t, "creating")}
	creating.train = c.BeginDataset(t, creating.project, types.DatasetTypeTrain, bucket, joined(lines(5, "a", "b")))
	_, err := c.UpdateDatasetEntries(t.Context(), &rekognition.UpdateDatasetEntriesInput{DatasetArn: updating.train,
		Changes: &types.DatasetChanges{GroundTruth: []byte(corpus.Line(bucket, "new.jpg", "a"))}})
	require.NoError(t, err)
	w.call(t, "DistributeDatasetEntries", js(pair(distributing))).accepted(t)
	_, err = c.DeleteDataset(t.Context(), &rekognition.DeleteDatasetInput{DatasetArn: deleting.train})
	require.NoError(t, err)

	for _, under := range []struct {
		on      *subject
		dataset *string
		status  string
		message string
	}{
		{creating, creating.train, "CREATE_IN_PROGRESS", "The dataset is being created."},
		{updating, updating.train, "UPDATE_IN_PROGRESS", "The dataset is being updated."},
		{distributing, distributing.train, "UPDATE_IN_PROGRESS", "The dataset is being updated."},
		{distributing, distributing.test, "UPDATE_IN_PROGRESS", "The dataset is being updated."},
		{deleting, deleting.train, "DELETE_IN_PROGRESS", "The dataset is being deleted."},
		{updating, updating.test, "CREATE_COMPLETE", "The dataset was successfully created."},
	} {
		own, listed := described(t, w, under.on, under.dataset)
		for _, d := range []map[string]any{own, listed} {
			require.Equal(t, []any{under.status, under.message, "SUCCESS"}, []any{d["Status"], d["StatusMessage"], d["StatusMessageCode"]})
		}
	}
	g.Open()
	d := c.SettledDataset(t, updating.train)
	require.Equal(t, types.DatasetStatusUpdateComplete, d.Status)
	require.EqualValues(t, 11, *d.DatasetStats.TotalEntries, "the last line needs no end")
	require.Empty(t, s.Complaints())
}

// TestHabits takes one model through its life as the samples do.
func TestHabits(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c, w := guide.Connect(t, s, "default"), connect(t, s, "default")
	c.Bucket(t, bucket)
	pictures := corpus.Pictures("train/", 10, corpus.Labels[:2]...)
	c.Upload(t, bucket, pictures)
	project := c.Project(t, "habits")
	t.Run("lists", func(t *testing.T) { emptyLists(t, w, project) })
	c.Put(t, bucket, "labels.manifest", dated(pictures))

	// Manifests from tools that write Assets even when the test set is to be set aside, and a prefix that ends in a slash.
	asset := members{"GroundTruthManifest": members{"S3Object": members{"Bucket": bucket, "Name": "labels.manifest"}}}
	w.call(t, "CreateProjectVersion", js(members{"ProjectArn": *project, "VersionName": "habits.1",
		"OutputConfig": members{"S3Bucket": bucket, "S3KeyPrefix": "evaluation/"},
		"TrainingData": members{"Assets": []any{asset}}, "TestingData": members{"AutoCreate": true, "Assets": []any{}}})).accepted(t)
	watch(t, w, project, "TRAINING_COMPLETED")
	v := c.Version(t, project, "habits.1")
	require.Equal(t, "evaluation/EvaluationResultSummary-habits-habits.1.json", *v.EvaluationResult.Summary.S3Object.Name)
	require.NotZero(t, *v.EvaluationResult.F1Score)

	on := members{"ProjectVersionArn": *v.ProjectVersionArn}
	start := members{"ProjectVersionArn": *v.ProjectVersionArn, "MinInferenceUnits": 1}
	w.call(t, "StartProjectVersion", js(start)).accepted(t)
	watch(t, w, project, "RUNNING")
	w.call(t, "StartProjectVersion", js(start)).refused(t, inUse)
	found := c.Detect(t, v.ProjectVersionArn, pictures[0].File, aws.Float32(0))
	require.Len(t, found, 2, "every label has a confidence")
	require.Nil(t, found[0].Geometry)
	w.call(t, "StopProjectVersion", js(on)).accepted(t)
	watch(t, w, project, "STOPPED")
	w.call(t, "StopProjectVersion", js(on)).refused(t, inUse)

	// Programs wait for the empty list, of versions and then of projects; neither is ever an error.
	w.call(t, "DeleteProjectVersion", js(on)).accepted(t)
	server.Eventually(t, server.Patience, "version gone", func(context.Context) bool { return len(versions(t, w, project)) == 0 })
	w.call(t, "DeleteProject", js(members{"ProjectArn": *project})).accepted(t)
	server.Eventually(t, server.Patience, "project gone", func(context.Context) bool {
		return len(w.call(t, "DescribeProjects", js(members{"ProjectNames": []string{"habits"}})).objects(t, "ProjectDescriptions")) == 0
	})
	w.call(t, "DescribeProjectVersions", js(members{"ProjectArn": *project})).refused(t, "ResourceNotFoundException")
	require.Empty(t, s.Complaints())
}

// emptyLists asks for each list's first page with an empty token, where there is nothing yet.
func emptyLists(t *testing.T, w wire, project *string) {
	require.Empty(t, w.call(t, "DescribeProjectVersions", js(members{"ProjectArn": *project, "NextToken": ""})).objects(t, "ProjectVersionDescriptions"))
	require.Empty(t, w.call(t, "ListProjectPolicies", js(members{"ProjectArn": *project, "NextToken": "", "MaxResults": 5})).objects(t, "ProjectPolicies"))
	for features, n := range map[string]int{"CUSTOM_LABELS": 1, "CONTENT_MODERATION": 0, "CONTENT_MODERATION CUSTOM_LABELS": 1} {
		found := w.call(t, "DescribeProjects", js(members{"NextToken": "", "ProjectNames": []string{"habits", "nosuch"}, "Features": strings.Fields(features)})).objects(t, "ProjectDescriptions")
		require.Len(t, found, n, features)
		for _, p := range found {
			require.Equal(t, []any{}, p["Datasets"], "its length is asked for")
		}
	}
}

// dated labels pictures with dates as tools write them: without a zone, and in fractions of every length.
func dated(pictures []corpus.Picture) []byte {
	fractions := []string{"", ".0000", ".696461", ".492Z", "Z", "+00:00"}
	var list []string
	for i, p := range pictures {
		line, _ := json.Marshal(members{"source-ref": "s3://" + bucket + "/" + p.Key, "part": 1, "part-metadata": members{"class-name": p.Label,
			"confidence": 1, "human-annotated": "yes", "type": "groundtruth/image-classification", "creation-date": "2021-06-22T10:10:48" + fractions[i%len(fractions)]}})
		list = append(list, string(line))
	}
	return []byte(strings.Join(list, "\n"))
}

// versions asks for the version by its name, one a page.
func versions(t *testing.T, w wire, project *string) []map[string]any {
	t.Helper()
	return w.call(t, "DescribeProjectVersions", js(members{"ProjectArn": *project, "VersionNames": []string{"habits.1"}, "MaxResults": 1})).objects(t, "ProjectVersionDescriptions")
}

// watch follows the version until it is settled; in whatever state it is seen, all that is printed of it is there.
func watch(t *testing.T, w wire, project *string, settled string) {
	t.Helper()
	server.Eventually(t, server.Patience, settled, func(context.Context) bool {
		list := versions(t, w, project)
		require.Len(t, list, 1)
		has(t, list[0], versionMembers)
		status := list[0]["Status"]
		require.Contains(t, []any{settled, "TRAINING_IN_PROGRESS", "STARTING", "STOPPING"}, status, list[0]["StatusMessage"])
		return status == settled
	})
}
