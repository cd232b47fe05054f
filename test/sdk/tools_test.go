package sdk

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestBoto3 tells the whole story with an unchanged boto3.
func TestBoto3(t *testing.T) {
	t.Parallel()
	python := tool(t, "python3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip(`python3 has no boto3: run "make test", which installs it, or "pip install boto3"`)
	}
	s := server.Start(t)
	folder := t.TempDir()
	for _, p := range corpus.Pictures("", 8, draw.Good, draw.Rust) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, p.Key), p.File, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), python, "guide.py", folder)
	cmd.Env = s.Environ()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, s.Complaints())
}

// tool finds a program that is not ours, or skips the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf(`%s is not installed: run "make test", which installs it`, name)
	}
	return path
}

// commandLine runs the AWS CLI against a server.
type commandLine struct {
	path    string
	environ []string
}

func cli(t *testing.T, s *server.Server) commandLine {
	t.Helper()
	return commandLine{tool(t, "aws"), s.Environ()}
}

// run gives what a command that must succeed prints, decoded into out unless that is nil.
func (c commandLine) run(t *testing.T, out any, args ...string) {
	t.Helper()
	stdout, stderr, err := c.try(t, args...)
	require.NoError(t, err, "aws %s\n%s", strings.Join(args, " "), stderr)
	if out != nil {
		require.NoError(t, json.Unmarshal([]byte(stdout), out), "%s", stdout)
	}
}

func (c commandLine) try(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.path, append(args, "--output", "json")...)
	cmd.Env = c.environ
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err = cmd.Run()
	return out.String(), problems.String(), err
}
