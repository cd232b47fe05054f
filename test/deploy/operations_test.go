// Package deploy holds what operators are given against the program: the commands of docs/operations.md are run as they stand
// there, what deploy/ sets must be known to the program, and data of earlier versions is opened.
package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// commands are the blocks of docs/operations.md that tests run, by their names; those that are only checked come with the
// reason in place of a name.
var commands = regexp.MustCompile("(?m)^<!-- (run|checked): ([a-z-]+) -->\n```sh\n((?:.*\n)*?)```$")

func operations(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(server.Repository(), "docs", "operations.md"))
	require.NoError(t, err)
	return string(b)
}

// follow runs a block of the document as an operator would, in the repository's root, and gives what it printed. The variables are
// those that the document names.
func follow(t testing.TB, name string, variables map[string]string) string {
	t.Helper()
	return begin(t, name, variables, "").end(t)
}

// running is a block that is at work.
type running struct {
	name          string
	cmd           *exec.Cmd
	out, problems bytes.Buffer
}

// begin starts a block. The programs in a folder come before all others.
func begin(t testing.TB, name string, variables map[string]string, folder string) *running {
	t.Helper()
	script := ""
	for _, block := range commands.FindAllStringSubmatch(operations(t), -1) {
		if block[1] == "run" && block[2] == name {
			script = block[3]
		}
	}
	require.NotEmpty(t, script, "docs/operations.md has no commands named %s", name)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(server.Binary(t), filepath.Join(bin, "ownsight")))
	r := &running{name: name, cmd: exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)}
	r.cmd.Dir = server.Repository()
	path := []string{folder, bin, filepath.Join(server.Assets(), "venv", "bin"), os.Getenv("PATH")}
	r.cmd.Env = append(os.Environ(), "PATH="+strings.TrimPrefix(strings.Join(path, ":"), ":"), "OWNSIGHT_ASSETS="+server.Assets(), "GORACE=atexit_sleep_ms=100")
	for variable, value := range variables {
		r.cmd.Env = append(r.cmd.Env, variable+"="+value)
	}
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.problems
	require.NoError(t, r.cmd.Start())
	return r
}

// end waits for a block, which must end well, and gives what it printed.
func (r *running) end(t testing.TB) string {
	t.Helper()
	require.NoError(t, r.cmd.Wait(), "%s:\n%s\n%s", r.name, &r.out, &r.problems)
	return r.out.String()
}

// needs skips a test where a program that the document takes for granted is not installed.
func needs(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed: apt-get install %s", p, p)
		}
	}
}

// TestEveryCommandIsRun demands that no block of commands is in the document that no test runs.
func TestEveryCommandIsRun(t *testing.T) {
	text := operations(t)
	blocks := commands.FindAllStringSubmatch(text, -1)
	require.Equal(t, strings.Count(text, "```sh\n"), len(blocks), "every block of commands says whether it is run")
	tests, err := filepath.Glob(filepath.Join(server.Repository(), "test", "deploy", "*_test.go"))
	require.NoError(t, err)
	var source strings.Builder
	for _, file := range tests {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		source.Write(b)
	}
	var checked []string
	for _, block := range blocks {
		if block[1] == "run" {
			require.Contains(t, source.String(), `(t, "`+block[2]+`", `, "no test runs it")
		} else {
			checked = append(checked, block[2])
		}
	}
	require.ElementsMatch(t, []string{"systemd", "container", "compose", "helm"}, checked)
}

// TestCheckedCommandsNameWhatIsThere looks at the blocks that need systemd, Docker or Kubernetes: they are well-formed, and
// the files that they name are there.
func TestCheckedCommandsNameWhatIsThere(t *testing.T) {
	file := regexp.MustCompile(`\bdeploy/[A-Za-z0-9_./-]*[A-Za-z0-9]`)
	for _, block := range commands.FindAllStringSubmatch(operations(t), -1) {
		if block[1] == "run" {
			continue
		}
		syntax := exec.Command("bash", "-n", "-c", block[3])
		out, err := syntax.CombinedOutput()
		require.NoError(t, err, "%s: %s", block[2], out)
		for _, path := range file.FindAllString(block[3], -1) {
			require.FileExists(t, pathOf(path), block[2])
		}
	}
}

func pathOf(path string) string {
	full := filepath.Join(server.Repository(), path)
	if info, err := os.Stat(full); err == nil && info.IsDir() { // of a chart
		return filepath.Join(full, "Chart.yaml")
	}
	return full
}
