package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/config"
	"ownsight/internal/kms"
)

// What is printed is what a server's configuration takes.
func TestKMSCreateAndRotate(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "pictures.json")
	code, stdout, stderr := call(t.Context(), "kms", "create", file, "--region", "eu-west-1", "--account", "444455556666", "--alias", "pictures")
	require.Equal(t, exitDone, code, stderr)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	configuration := filepath.Join(folder, "config.yaml")
	require.NoError(t, os.WriteFile(configuration, []byte(stdout), 0o600))
	c, err := config.Load(configuration, nil)
	require.NoError(t, err, stdout)
	require.NoError(t, c.Check(), stdout)
	ring, err := kms.Open(c.KMS)
	require.NoError(t, err)
	key, err := ring.Find("444455556666", "eu-west-1", "alias/pictures")
	require.NoError(t, err, stdout)
	require.Equal(t, c.KMS[0].ARN, key.ARN())

	code, _, stderr = call(t.Context(), "kms", "create", file)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "not overwritten")
	code, stdout, stderr = call(t.Context(), "kms", "rotate", file)
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "2 keys")
	code, stdout, stderr = call(t.Context(), "kms", "rotate", file, "--output", "json")
	require.Equal(t, exitDone, code, stderr)
	var told struct{ Keys int }
	require.NoError(t, json.Unmarshal([]byte(stdout), &told))
	require.Equal(t, 3, told.Keys)
	_, err = kms.Open(c.KMS)
	require.NoError(t, err)
}

func TestKMSRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.json")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"create"}, exitUsage, "takes one file"},
		{[]string{"create", file, "--account", "1"}, exitUsage, "not the ARN of a key"},
		{[]string{"create", file, "--region", "mars"}, exitUsage, "not the ARN of a key"},
		{[]string{"create", file, "--alias", "a b"}, exitUsage, `"alias/a b"`},
		{[]string{"create", filepath.Join(file, "in", "nothing")}, exitFailed, "no such file"},
		{[]string{"rotate", file}, exitFailed, "no such file"},
	} {
		code, _, stderr := call(t.Context(), append([]string{"kms"}, c.args...)...)
		require.Equal(t, c.code, code, stderr)
		require.Contains(t, stderr, c.says)
	}
	_, err := os.Stat(file)
	require.ErrorIs(t, err, os.ErrNotExist)
}
