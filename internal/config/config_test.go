package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFileThenEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(file, []byte("listen: 127.0.0.1:1\nlog: warn\ns3:\n  endpoint: http://s3:9000\n  access-key: a\n  secret-key: b\n"), 0o600))
	c, err := Load(file, []string{"OWNSIGHT_LISTEN=127.0.0.1:2", "OWNSIGHT_S3_ACCESS_KEY=z", "OWNSIGHT_THREADS=3", "OWNSIGHT_REGIONS=eu-west-1,us-east-1"})
	require.NoError(t, err)
	require.NoError(t, c.Check())
	require.Equal(t, "127.0.0.1:2", c.Listen)
	require.Equal(t, "warn", c.Log)
	require.Equal(t, 3, c.Threads)
	require.Equal(t, []string{"eu-west-1", "us-east-1"}, c.Regions)
	require.Equal(t, S3{Endpoint: "http://s3:9000", Region: "us-east-1", AccessKey: "z", SecretKey: "b", Bucket: "ownsight-system"}, c.S3)
	require.True(t, filepath.IsAbs(c.Data))
}

func TestAnEmptyFileChangesNothing(t *testing.T) {
	for _, content := range []string{"", "# nothing yet\n", "---\n"} {
		file := filepath.Join(t.TempDir(), "c.yaml")
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		c, err := Load(file, nil)
		require.NoError(t, err, "%q", content)
		require.Equal(t, Default(), c, "%q", content)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(file, []byte("lisen: x\n"), 0o600))
	_, err := Load(file, nil)
	require.ErrorContains(t, err, "lisen")

	_, err = Load("", []string{"OWNSIGHT_PIXELS=many"})
	require.ErrorContains(t, err, "OWNSIGHT_PIXELS")

	c := Config{Listen: "nowhere", Log: "loud", Threads: -1, Regions: []string{"mars"}, Database: "mysql://", S3: S3{Endpoint: "ftp://x"}}
	err = c.Check()
	for _, member := range []string{"data:", "listen:", "log:", "threads:", "pixels:", "regions:", "database:", "s3.endpoint:", "s3: an endpoint", "s3.bucket:"} {
		require.ErrorContains(t, err, member)
	}
}
