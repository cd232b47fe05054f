package config

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/kms"
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

func TestWhereRecordsGo(t *testing.T) {
	for file, want := range map[string]string{"": "/data/audit", "audit: off": AuditOff, "audit: /var/log/ownsight": "/var/log/ownsight"} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		require.NoError(t, os.WriteFile(path, []byte(file+"\naudit-days: 7\n"), 0o600))
		c, err := Load(path, []string{"OWNSIGHT_DATA=/data"})
		require.NoError(t, err)
		require.NoError(t, c.Check())
		require.Equal(t, want, c.Audit)
		require.Equal(t, 7, c.AuditDays)
	}
	c, err := Load("", []string{"OWNSIGHT_AUDIT=elsewhere", "OWNSIGHT_AUDIT_DAYS=30"})
	require.NoError(t, err)
	require.NoError(t, c.Check())
	require.True(t, filepath.IsAbs(c.Audit))
	require.Equal(t, "elsewhere", filepath.Base(c.Audit))
	require.Equal(t, 30, c.AuditDays)
	c.AuditDays = -1
	require.ErrorContains(t, c.Check(), "audit-days")
}

func TestFilesOfTLS(t *testing.T) {
	c, err := Load("", []string{"OWNSIGHT_TLS_CA=ca.crt"})
	require.NoError(t, err)
	require.NoError(t, c.Check(), "a node behind a proxy trusts others too")
	require.True(t, filepath.IsAbs(c.TLS.CA))
	require.Equal(t, "ca.crt", filepath.Base(c.TLS.CA))
	c.TLS.Cert = "tls.crt"
	require.ErrorContains(t, c.Check(), "tls: cert and key belong together")
}

func TestWhereTracesGo(t *testing.T) {
	c, err := Load("", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"})
	require.NoError(t, err)
	require.Empty(t, c.Trace, "somebody else's variable switches nothing on")
	for endpoint, right := range map[string]bool{"": true, "http://127.0.0.1:4318": true, "https://otel.example.org/tenant/7": true,
		"127.0.0.1:4318": false, "grpc://otel:4317": false, "http://": false, "http://me:secret@otel:4318": false, "http://otel:4318?key=secret": false} {
		c, err := Load("", []string{"OWNSIGHT_TRACE=" + endpoint, "OWNSIGHT_TRACE_SHARE=0.5"})
		require.NoError(t, err)
		require.Equal(t, 0.5, c.TraceShare)
		if err = c.Check(); right {
			require.NoError(t, err, endpoint)
			continue
		}
		require.ErrorContains(t, err, "trace:", endpoint)
		require.NotContains(t, err.Error(), "secret")
	}
	for _, share := range []float64{-0.1, 1.1, math.NaN()} {
		c := Default()
		c.TraceShare = share
		require.ErrorContains(t, c.Check(), "trace-share")
	}
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

func TestKeysOfAccountsOnAnotherS3Server(t *testing.T) {
	load := func(accounts string) (Config, error) {
		file := filepath.Join(t.TempDir(), "c.yaml")
		content := "s3:\n  endpoint: http://s3:9000\n  access-key: a\n  secret-key: b\n  accounts:\n" + accounts
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		c, err := Load(file, nil)
		require.NoError(t, err)
		return c, c.Check()
	}
	c, err := load("    \"044455556666\": {access-key: c, secret-key: d}\n    777788889999: {access-key: e, secret-key: f}\n")
	require.NoError(t, err)
	require.Equal(t, map[string]S3Key{"044455556666": {"c", "d"}, "777788889999": {"e", "f"}}, c.S3.Accounts)

	_, err = load("    044455551111: {access-key: c, secret-key: d}\n") // YAML takes it for an octal number
	require.ErrorContains(t, err, "in quotes")
	_, err = load("    \"000000000000\": {access-key: c, secret-key: d}\n")
	require.ErrorContains(t, err, "000000000000")
	_, err = load("    \"444455556666\": {access-key: c}\n")
	require.ErrorContains(t, err, "444455556666 needs access-key and secret-key")

	embedded := Default()
	embedded.S3.Accounts = map[string]S3Key{"444455556666": {"c", "d"}}
	require.ErrorContains(t, embedded.Check(), "s3.endpoint")
	_, err = Load("", []string{"OWNSIGHT_S3_ACCOUNTS=x"})
	require.ErrorContains(t, err, "OWNSIGHT_S3_ACCOUNTS")
}

func TestKeysOfKMS(t *testing.T) {
	const arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	folder := t.TempDir()
	file := filepath.Join(folder, "c.yaml")
	content := "kms:\n  - arn: " + arn + "\n    aliases: [alias/pictures]\n    keyset: keys/pictures.json\n" +
		"  - arn: " + arn + "0\n    keyset: /etc/keys/other.json\n    disabled: true\n"
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	c, err := Load(file, []string{"OWNSIGHT_REGIONS=eu-west-1"})
	require.NoError(t, err)
	require.NoError(t, c.Check())
	require.Equal(t, []kms.KeyConfig{
		{ARN: arn, Aliases: []string{"alias/pictures"}, Keyset: filepath.Join(folder, "keys/pictures.json")},
		{ARN: arn + "0", Keyset: "/etc/keys/other.json", Disabled: true},
	}, c.KMS)

	_, err = Load(file, []string{"OWNSIGHT_KMS=" + arn})
	require.ErrorContains(t, err, "OWNSIGHT_KMS: kms can only be set in the file")

	c.KMS[1] = kms.KeyConfig{ARN: "key"}
	err = c.Check()
	require.ErrorContains(t, err, "kms[1].arn")
	require.ErrorContains(t, err, "kms[1].keyset")
}
