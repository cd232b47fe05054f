// Package conformance runs the cases of the Python package beside it, which are made from the service model, against the
// real server: one with the limits of AWS, and one whose operator has set others.
package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// limits are those that known.toml and the cases of the suite count on.
const limits = `limits:
  trainings: 2
  running-models: 1
  copies: 1
  control-rate: 10
  detect-rate: 10
  tag-rate: 10
`

// expected are complaints about what cases do on purpose: a model whose file is destroyed can not be started.
var expected = regexp.MustCompile(`work=version-start|model could not be started`)

// TestConformance demands that every case holds but those of known.toml. The variable OWNSIGHT_CONFORMANCE names a file
// for the results.
func TestConformance(t *testing.T) {
	python, err := exec.LookPath("python3")
	require.NoError(t, err)
	require.NoError(t, exec.Command(python, "-c", "import boto3, regex, rstr").Run(),
		`python3 lacks the packages of tools/requirements.txt: run "make test", which installs them`)
	s := server.Start(t)
	config := filepath.Join(t.TempDir(), "limits.yaml")
	require.NoError(t, os.WriteFile(config, []byte(limits), 0o600))
	limited := server.Start(t, "--config", config)
	for _, command := range [][]string{
		{"account", "create", "444455556666", "--data", s.Dir, "--profile", "other"},
		{"account", "create", "444455556666", "--data", limited.Dir, "--profile", "other"},
		{"user", "create", "nobody", "--data", s.Dir},
		{"user", "key", "create", "nobody", "--data", s.Dir, "--profile", "nobody"},
	} {
		code, out, problems := s.Program(t, command...)
		require.Zero(t, code, "%s\n%s", out, problems)
	}
	args := []string{"-m", "conformance", "--endpoint", s.Endpoint, "--data", s.Dir, "--user", "nobody", "--limited", limited.Endpoint}
	if file := os.Getenv("OWNSIGHT_CONFORMANCE"); file != "" {
		args = append(args, "--json", file)
	}
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Dir = filepath.Join(server.Repository(), "test")
	cmd.Env = append(s.Environ(), "PYTHONDONTWRITEBYTECODE=1", "AWS_SHARED_CREDENTIALS_FILE="+profiles(t, s, limited))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
	require.NotContains(t, s.Log()+limited.Log(), "DATA RACE")
	for _, line := range slices.Concat(s.Complaints(), limited.Complaints()) {
		require.Regexp(t, expected, line)
	}
}

// profiles writes the keys of both servers into one file, those of the second under names of their own.
func profiles(t *testing.T, s, limited *server.Server) string {
	t.Helper()
	keys, err := os.ReadFile(filepath.Join(s.Dir, "credentials"))
	require.NoError(t, err)
	more, err := os.ReadFile(filepath.Join(limited.Dir, "credentials"))
	require.NoError(t, err)
	renamed := strings.NewReplacer("[default]", "[limited]", "[other]", "[limited-other]").Replace(string(more))
	file := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(file, bytes.Join([][]byte{keys, []byte(renamed)}, []byte("\n")), 0o600))
	return file
}
