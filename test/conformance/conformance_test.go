// Package conformance runs the cases of the Python package beside it, which are made from the service model, against the
// real server: one with the limits of AWS, and one whose operator has set others.
package conformance

import (
	"bytes"
	"encoding/json"
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

// limits are those that known.toml and the cases of the suite count on. The rates are low, so that one client after the
// other's answer exceeds them on a slow machine too.
const limits = `limits:
  trainings: 2
  running-models: 1
  copies: 1
  control-rate: 4
  detect-rate: 4
  tag-rate: 4
`

// expected are complaints about what cases do on purpose: a model whose file is destroyed can not be started, and a disk
// that was changed can not be imported.
var expected = regexp.MustCompile(`work=version-start|model could not be started|work=image-import .* is another file by now`)

// suites are what there are cases of, in the order of tables.
var suites = []string{"rekognition", "appstream", "appstream-cbor", "cloudwatch", "cloudwatch-cbor", "cloudwatch-query"}

// results is the file of what came of a suite.
func results(t *testing.T, suite string) string {
	t.Helper()
	if file := os.Getenv("OWNSIGHT_CONFORMANCE"); file != "" {
		return file + "." + suite
	}
	return filepath.Join(t.TempDir(), suite)
}

// gather puts the results of all suites into the file that OWNSIGHT_CONFORMANCE names.
func gather(t *testing.T) {
	t.Helper()
	file := os.Getenv("OWNSIGHT_CONFORMANCE")
	if file == "" || t.Failed() {
		return
	}
	var all []json.RawMessage
	for _, suite := range suites {
		b, err := os.ReadFile(results(t, suite))
		require.NoError(t, err)
		var list []json.RawMessage
		require.NoError(t, json.Unmarshal(b, &list))
		all = append(all, list...)
	}
	b, err := json.MarshalIndent(all, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, b, 0o600))
}

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
		{"account", "create", "777788889999", "--data", s.Dir, "--profile", "figures"},
		{"user", "create", "nobody", "--account", "777788889999", "--data", s.Dir},
		{"user", "key", "create", "nobody", "--account", "777788889999", "--data", s.Dir, "--profile", "figures-nobody"},
	} {
		code, out, problems := s.Program(t, command...)
		require.Zero(t, code, "%s\n%s", out, problems)
	}
	environ := append(s.Environ(), "PYTHONDONTWRITEBYTECODE=1", "AWS_SHARED_CREDENTIALS_FILE="+profiles(t, s, limited))
	run := func(t *testing.T, suite string, more ...string) {
		args := []string{"-m", "conformance", "--suite", suite, "--endpoint", s.Endpoint, "--json", results(t, suite)}
		cmd := exec.CommandContext(t.Context(), python, append(args, more...)...)
		cmd.Dir, cmd.Env = filepath.Join(server.Repository(), "test"), environ
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		require.NoError(t, err)
	}
	t.Run("suites", func(t *testing.T) {
		t.Run("Custom Labels", func(t *testing.T) {
			t.Parallel()
			run(t, "rekognition", "--user", "nobody", "--data", s.Dir, "--limited", limited.Endpoint)
		})
		t.Run("AppStream", func(t *testing.T) {
			t.Parallel()
			run(t, "appstream", "--user", "nobody")
			run(t, "appstream-cbor", "--user", "nobody")
		})
		t.Run("CloudWatch", func(t *testing.T) { // in an account of its own, whose models nobody else asks
			t.Parallel()
			for _, suite := range []string{"cloudwatch", "cloudwatch-cbor", "cloudwatch-query"} {
				run(t, suite, "--profile", "figures", "--user", "figures-nobody")
			}
		})
	})
	gather(t)
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
