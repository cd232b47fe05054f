package ownsight_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestARNsRoundTrip(t *testing.T) {
	project := "arn:aws:rekognition:eu-central-1:111122223333:project/a.b_c-D/1690556751958"
	p, err := ownsight.ParseProjectARN(project)
	require.NoError(t, err)
	require.Equal(t, ownsight.ProjectARN{Region: "eu-central-1", Account: "111122223333", Name: "a.b_c-D", Created: 1690556751958}, p)
	require.Equal(t, project, p.String())

	dataset := "arn:aws:rekognition:us-east-1:111122223333:project/p/dataset/train/1"
	d, err := ownsight.ParseDatasetARN(dataset)
	require.NoError(t, err)
	require.Equal(t, ownsight.Train, d.Type)
	require.Equal(t, dataset, d.String())

	version := "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v1/2"
	v, err := ownsight.ParseVersionARN(version)
	require.NoError(t, err)
	require.Equal(t, "v1", v.Name)
	require.Equal(t, version, v.String())
}

func TestVersionsOfAProject(t *testing.T) {
	p := ownsight.ProjectARN{Region: "us-east-1", Account: "111122223333", Name: "p", Created: 1}
	v := ownsight.VersionARN{Region: "us-east-1", Account: "111122223333", Project: "p", Name: "v", Created: 2}
	require.True(t, v.Of(p))
	for _, other := range []ownsight.ProjectARN{
		{Region: "eu-west-1", Account: p.Account, Name: p.Name}, {Region: p.Region, Account: "444455556666", Name: p.Name}, {Region: p.Region, Account: p.Account, Name: "q"},
	} {
		require.False(t, v.Of(other))
	}
}

func TestARNsOfAnotherKindAreRefused(t *testing.T) {
	project, version := "arn:aws:rekognition:us-east-1:111122223333:project/p/1", "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1"
	for name, err := range map[string]error{
		"version as project": second(ownsight.ParseProjectARN(version)),
		"project as version": second(ownsight.ParseVersionARN(project)),
		"project as dataset": second(ownsight.ParseDatasetARN(project)),
		"upper-case type":    second(ownsight.ParseDatasetARN("arn:aws:rekognition:us-east-1:111122223333:project/p/dataset/TRAIN/1")),
		"short account":      second(ownsight.ParseProjectARN("arn:aws:rekognition:us-east-1:1111:project/p/1")),
		"line end":           second(ownsight.ParseProjectARN(project + "\n")),
	} {
		require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(err), name)
	}
	_, err := ownsight.ParseProjectARN(project + "0000000000000000000000")
	require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err), "of the right form, but a time that never comes")
}

func second[T any](_ T, err error) error { return err }

func TestCallerNames(t *testing.T) {
	require.Equal(t, "arn:aws:iam::111122223333:root", ownsight.Principal{Account: "111122223333"}.ARN())
	require.Equal(t, "arn:aws:iam::111122223333:user/ann", ownsight.Principal{Account: "111122223333", User: "ann"}.ARN())
	key := ownsight.AccessKey{ID: "AKIA", Secret: "hush", Principal: ownsight.Principal{Account: "111122223333"}}
	require.NotContains(t, key.String(), "hush")
	for region, ok := range map[string]bool{"us-east-1": true, "ap-southeast-12": true, "us-gov-west-1": true, "": false, "us-east-1/x": false, "US-EAST-1": false} {
		require.Equal(t, ok, ownsight.ValidRegion(region), region)
	}
}

// TestVersionMoves spells out who may go where, so that a move is never added by accident.
func TestVersionMoves(t *testing.T) {
	all := []ownsight.VersionStatus{
		ownsight.VersionTraining, ownsight.VersionTrained, ownsight.VersionTrainingFailed, ownsight.VersionStarting, ownsight.VersionRunning,
		ownsight.VersionFailed, ownsight.VersionStopping, ownsight.VersionStopped, ownsight.VersionDeleting,
		ownsight.VersionCopying, ownsight.VersionCopied, ownsight.VersionCopyFailed,
	}
	from := func(next ownsight.VersionStatus) (list []ownsight.VersionStatus) {
		for _, s := range all {
			if s.CanMove(next) {
				list = append(list, s)
			}
		}
		return list
	}
	require.Equal(t, []ownsight.VersionStatus{ownsight.VersionTrained, ownsight.VersionFailed, ownsight.VersionStopped, ownsight.VersionCopied}, from(ownsight.VersionStarting))
	require.Equal(t, []ownsight.VersionStatus{ownsight.VersionRunning}, from(ownsight.VersionStopping))
	require.Equal(t, []ownsight.VersionStatus{ownsight.VersionTrained, ownsight.VersionTrainingFailed, ownsight.VersionFailed, ownsight.VersionStopped,
		ownsight.VersionCopied, ownsight.VersionCopyFailed}, from(ownsight.VersionDeleting))
	require.Empty(t, from(ownsight.VersionTraining))
	for _, next := range all {
		require.False(t, ownsight.VersionDeleting.CanMove(next), next)
	}
}

func TestDatasetMoves(t *testing.T) {
	busy := []ownsight.DatasetStatus{ownsight.DatasetCreating, ownsight.DatasetUpdating, ownsight.DatasetDeleting}
	for _, s := range busy {
		require.False(t, s.Settled(), s)
		require.False(t, s.CanMove(ownsight.DatasetUpdating), s)
		require.False(t, s.CanMove(ownsight.DatasetDeleting), s)
	}
	for _, s := range []ownsight.DatasetStatus{ownsight.DatasetCreated, ownsight.DatasetUpdated, ownsight.DatasetUpdateFailed} {
		require.True(t, s.Settled(), s)
		require.True(t, s.CanMove(ownsight.DatasetUpdating), s)
		require.True(t, s.CanMove(ownsight.DatasetDeleting), s)
	}
	require.False(t, ownsight.DatasetCreateFailed.CanMove(ownsight.DatasetUpdating))
	require.True(t, ownsight.ProjectCreated.CanMove(ownsight.ProjectDeleting))
	require.False(t, ownsight.ProjectDeleting.CanMove(ownsight.ProjectDeleting))
}
