package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// changes makes datasets anew, relabels, splits and deletes, and lets another account copy; of the project photos with its two
// datasets of two pictures.
func changes(t *testing.T, do func(int, ...string) (string, string), at func(string) string) {
	t.Helper()
	do(exitDone, "project", "create", "bare")
	out, _ := do(exitDone, "dataset", "create", "bare", "train")
	require.Contains(t, out, "TRAIN of bare: 0 pictures")
	do(exitDone, "dataset", "export", "photos", "train", at("labels.manifest"))
	do(exitDone, "dataset", "export", "photos", "test", at("more.manifest"))
	out, _ = do(exitDone, "dataset", "update", "bare", "train", at("labels.manifest"))
	require.Contains(t, out, "TRAIN of bare: 2 pictures, 0 unlabelled, 0 with errors; UPDATE_COMPLETE")
	out, _ = do(exitDone, "dataset", "update", "bare", "train", at("more.manifest"))
	require.Contains(t, out, "TRAIN of bare: 4 pictures")
	relabelled, err := os.ReadFile(at("labels.manifest"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(at("labels.manifest"), []byte(string(relabelled)+"\n{\"no\":1}\n"), 0o600))
	_, refusal := do(exitFailed, "dataset", "update", "bare", "train", at("labels.manifest"))
	require.Contains(t, refusal, "line 4 has no source-ref")
	_, refusal = do(exitFailed, "dataset", "update", "bare", "test", at("labels.manifest"))
	require.Contains(t, refusal, "project bare has no test dataset")
	_, refusal = do(exitFailed, "dataset", "create", "bare", "test", "--manifest", "here.manifest")
	require.Contains(t, refusal, `"here.manifest" is no s3://BUCKET/KEY`)
	do(exitUsage, "dataset", "create", "bare", "test", "--manifest", "s3://a/b", "--from", "arn:x")

	do(exitDone, "project", "create", "twin")
	out, _ = do(exitDone, "dataset", "create", "twin", "train", "--from", "bare")
	require.Contains(t, out, "TRAIN of twin: 4 pictures")
	do(exitDone, "project", "delete", "twin", "--yes")

	out, _ = do(exitDone, "dataset", "split", "bare")
	require.Regexp(t, `(?s)TRAIN of bare: [23] pictures.*TEST of bare: [12] picture`, out)
	_, refusal = do(exitUsage, "dataset", "delete", "bare", "test")
	require.Contains(t, refusal, "Delete the test dataset of project bare (")
	out, _ = do(exitDone, "dataset", "delete", "bare", "test", "--yes")
	require.Regexp(t, `^The test dataset of project bare \(\d pictures?\) is deleted\.`, out)

	document := filepath.Join(filepath.Dir(at("x")), "policy.json")
	require.NoError(t, os.WriteFile(document, []byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "rekognition:CopyProjectVersion",
		"Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Resource": "*"}]}`), 0o600))
	out, _ = do(exitDone, "project", "policy", "list", "bare")
	require.Contains(t, out, "no other account may copy")
	out, _ = do(exitDone, "project", "policy", "put", "bare", "plant-2", document)
	require.Regexp(t, `^Project bare has the policy plant-2, revision \w+\.\n`, out)
	out, _ = do(exitDone, "project", "policy", "list", "bare")
	require.Contains(t, out, "444455556666")
	do(exitFailed, "project", "policy", "put", "bare", "plant-2", document, "--revision", "0123456789abcdef0123456789abcdef")
	do(exitDone, "project", "policy", "delete", "bare", "plant-2")
	out, _ = do(exitDone, "project", "policy", "list", "bare", "--output", "json")
	require.JSONEq(t, "[]", out)
	do(exitDone, "project", "delete", "bare", "--yes")
}
