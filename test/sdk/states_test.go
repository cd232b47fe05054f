package sdk

import (
	"context"
	"errors"
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

// subject is a project of datasets in one state, what is asked of it and what is answered; "" where it is allowed.
type subject struct {
	name        string
	status      types.DatasetStatus // of the training dataset
	train, test *string
	project     *string
	refusals    refusals
}

type refusals struct{ list, update, remove, distribute, copy, train string }

const (
	inUse, notReady = "ResourceInUseException", "ResourceNotReadyException"
	invalid         = "InvalidParameterException"
)

// TestStatesInBetween sees datasets in every state, those in progress too, and asks for everything that the state refuses.
func TestStatesInBetween(t *testing.T) {
	t.Parallel()
	g, s := newGate(t)
	c, w := g.client, connect(t, s, "default")
	c.Bucket(t, bucket)
	prepare := func(name string, manifest []byte) *subject {
		p := c.Project(t, name)
		return &subject{name: name, project: p, train: c.Dataset(t, p, types.DatasetTypeTrain, bucket, manifest), test: c.Dataset(t, p, types.DatasetTypeTest, bucket, nil)}
	}
	update := func(on *subject, lines []byte) {
		_, err := c.UpdateDatasetEntries(t.Context(), &rekognition.UpdateDatasetEntriesInput{DatasetArn: on.train, Changes: &types.DatasetChanges{GroundTruth: lines}})
		require.NoError(t, err)
	}
	good := joined(lines(5, "a", "b"))

	// Settled in each way that there is.
	failed := &subject{name: "failed", project: c.Project(t, "failed"), status: types.DatasetStatusCreateFailed,
		refusals: refusals{update: inUse, distribute: invalid, copy: invalid, train: invalid}}
	failed.train = c.BeginDataset(t, failed.project, types.DatasetTypeTrain, bucket, []byte("not JSON\n"))
	failed.test = c.Dataset(t, failed.project, types.DatasetTypeTest, bucket, nil)
	require.Equal(t, failed.status, c.SettledDataset(t, failed.train).Status)
	updated, updateFailed, source := prepare("updated", good), prepare("update-failed", good), prepare("source", good)
	update(updated, joined(lines(1, "c")))
	update(updateFailed, joined([]string{corpus.Line("elsewhere", "k.jpg", "a")}))
	require.Equal(t, types.DatasetStatusUpdateComplete, c.SettledDataset(t, updated.train).Status)
	require.Equal(t, types.DatasetStatusUpdateFailed, c.SettledDataset(t, updateFailed.train).Status)
	updating, distributing, deleting := prepare("updating", good), prepare("distributing", good), prepare("deleting", good)

	// From here on nothing that is begun comes to an end.
	g.close(t)
	busy := refusals{list: inUse, update: inUse, remove: inUse, distribute: notReady, copy: invalid, train: invalid}
	creating := &subject{name: "creating", project: c.Project(t, "creating"), status: types.DatasetStatusCreateInProgress, refusals: busy}
	creating.refusals.list = notReady
	creating.train = c.BeginDataset(t, creating.project, types.DatasetTypeTrain, bucket, good)
	creating.test = beginEmpty(t, c, creating.project)
	copying := &subject{name: "copying", project: c.Project(t, "copying"), status: types.DatasetStatusCreateInProgress, refusals: creating.refusals}
	copying.train, copying.test = beginCopy(t, c, copying.project, source.train), beginEmpty(t, c, copying.project)
	updating.status, updating.refusals = types.DatasetStatusUpdateInProgress, busy
	update(updating, joined(lines(1, "c")))
	distributing.status, distributing.refusals = types.DatasetStatusUpdateInProgress, busy
	w.call(t, "DistributeDatasetEntries", js(pair(distributing))).accepted(t)
	deleting.status, deleting.refusals = types.DatasetStatusDeleteInProgress, busy
	_, err := c.DeleteDataset(t.Context(), &rekognition.DeleteDatasetInput{DatasetArn: deleting.train})
	require.NoError(t, err)
	training := heldTraining(t, c, w, updated)

	for _, on := range []*subject{failed, creating, copying, updating, distributing, deleting} {
		t.Run(on.name, func(t *testing.T) { refusedInState(t, c, w, on) })
	}
	t.Run("the test dataset as well", func(t *testing.T) {
		require.Equal(t, types.DatasetStatusUpdateInProgress, c.DescribeIt(t, distributing.test).Status)
		w.call(t, "DeleteDataset", js(members{"DatasetArn": *distributing.test})).refused(t, inUse, "UPDATE_IN_PROGRESS")
		w.call(t, "DeleteProject", js(members{"ProjectArn": *deleting.project})).refused(t, inUse)
	})
	t.Run("training", func(t *testing.T) { training(t) })

	g.Open()
	require.Equal(t, types.DatasetStatusCreateComplete, c.SettledDataset(t, creating.train).Status)
	d := c.SettledDataset(t, copying.train)
	require.Equal(t, types.DatasetStatusCreateComplete, d.Status)
	require.EqualValues(t, 10, *d.DatasetStats.TotalEntries)
	require.Equal(t, types.DatasetStatusUpdateComplete, c.SettledDataset(t, updating.train).Status)
	for arn, n := range map[*string]int32{distributing.train: 8, distributing.test: 2} {
		d := c.SettledDataset(t, arn)
		require.Equal(t, types.DatasetStatusUpdateComplete, d.Status)
		require.Equal(t, n, *d.DatasetStats.TotalEntries)
	}
	server.Eventually(t, server.Patience, "dataset gone", func(ctx context.Context) bool {
		_, err := c.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: deleting.train})
		var gone *types.ResourceNotFoundException
		return errors.As(err, &gone)
	})
	c.SettledVersion(t, updated.project, "v")
	require.Empty(t, s.Complaints())
}

// beginEmpty makes an empty test dataset without waiting for it.
func beginEmpty(t *testing.T, c guide.Client, project *string) *string {
	t.Helper()
	out, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: types.DatasetTypeTest})
	require.NoError(t, err)
	return out.DatasetArn
}

// beginCopy makes a training dataset from another without waiting for it.
func beginCopy(t *testing.T, c guide.Client, project, source *string) *string {
	t.Helper()
	out, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{DatasetArn: source}})
	require.NoError(t, err)
	return out.DatasetArn
}

func pair(on *subject) members {
	return members{"Datasets": []members{{"Arn": *on.train}, {"Arn": *on.test}}}
}

// refusedInState asks for everything that a state refuses, and sees that the state is still the same.
func refusedInState(t *testing.T, c guide.Client, w wire, on *subject) {
	status := string(on.status)
	copyOf := members{"ProjectArn": *c.Project(t, "copy-of-"+on.name), "DatasetType": "TRAIN", "DatasetSource": members{"DatasetArn": *on.train}}
	for _, r := range []struct {
		operation string
		input     members
		code      string
	}{
		{"ListDatasetEntries", members{"DatasetArn": *on.train}, on.refusals.list},
		{"ListDatasetLabels", members{"DatasetArn": *on.train}, on.refusals.list},
		{"UpdateDatasetEntries", members{"DatasetArn": *on.train, "Changes": members{"GroundTruth": "e30K"}}, on.refusals.update},
		{"DeleteDataset", members{"DatasetArn": *on.train}, on.refusals.remove},
		{"DistributeDatasetEntries", pair(on), on.refusals.distribute},
		{"CreateDataset", copyOf, on.refusals.copy},
		{"CreateProjectVersion", members{"ProjectArn": *on.project, "VersionName": "v", "OutputConfig": members{"S3Bucket": bucket}}, on.refusals.train},
	} {
		if r.code == "" {
			if !strings.HasPrefix(r.operation, "Delete") {
				w.call(t, r.operation, js(r.input)).accepted(t)
			}
			continue
		}
		word := status
		if r.operation == "CreateProjectVersion" {
			word = "TRAIN dataset"
		}
		w.call(t, r.operation, js(r.input)).refused(t, r.code, word)
	}
	w.call(t, "CreateDataset", js(members{"ProjectArn": *on.project, "DatasetType": "TRAIN"})).refused(t, "ResourceAlreadyExistsException")
	w.call(t, "DeleteProject", js(members{"ProjectArn": *on.project})).refused(t, inUse)
	require.Equal(t, on.status, c.DescribeIt(t, on.train).Status)
	out, err := c.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{ProjectNames: []string{on.name}})
	require.NoError(t, err)
	require.Len(t, out.ProjectDescriptions[0].Datasets, 2)
	require.Equal(t, on.status, out.ProjectDescriptions[0].Datasets[0].Status)
}

// heldTraining begins a training that waits, and gives what it refuses meanwhile.
func heldTraining(t *testing.T, c guide.Client, w wire, on *subject) func(*testing.T) {
	t.Helper()
	version := c.BeginTraining(t, on.project, "v", bucket, "out")
	return func(t *testing.T) {
		for operation, input := range map[string]members{
			"StartProjectVersion":  {"ProjectVersionArn": *version, "MinInferenceUnits": 1},
			"StopProjectVersion":   {"ProjectVersionArn": *version},
			"DeleteProjectVersion": {"ProjectVersionArn": *version},
			"DeleteProject":        {"ProjectArn": *on.project},
			"CreateProjectVersion": {"ProjectArn": *on.project, "VersionName": "v", "OutputConfig": members{"S3Bucket": bucket}},
			"CopyProjectVersion": {"SourceProjectArn": *on.project, "SourceProjectVersionArn": *version, "DestinationProjectArn": *on.project,
				"VersionName": "w", "OutputConfig": members{"S3Bucket": bucket}},
		} {
			w.call(t, operation, js(input)).refused(t, inUse)
		}
		w.call(t, "DetectCustomLabels", js(members{"ProjectVersionArn": *version, "Image": members{"Bytes": "AAAA"}})).refused(t, notReady, "TRAINING_IN_PROGRESS")
		v := c.Version(t, on.project, "v")
		require.Equal(t, types.ProjectVersionStatusTrainingInProgress, v.Status)
		require.True(t, strings.HasPrefix(aws.ToString(v.StatusMessage), "The model is being trained"))
	}
}
