package docs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// usual is the address that pages name. Servers under test have another one, which is put in its place.
const usual = "http://127.0.0.1:8600"

// reader is somebody who types what a page says, in a folder and with a home of their own. Variables that a block sets are there
// in those that follow, as in a terminal.
type reader struct {
	page     string
	folder   string // where they are
	endpoint string // of their server; empty until there is one
	session  string // file with the variables
	environ  []string
}

// elsewhere are variables of the terminal from which the tests were started that readers do not have; make's make another one talk.
var elsewhere = regexp.MustCompile(`^(AWS_|OWNSIGHT_|MAKE|MFLAGS=)`)

// open begins to read a page. The program lies in bin/, as after `make build`, and in PATH.
func open(t testing.TB, page string) *reader {
	t.Helper()
	home := t.TempDir()
	r := &reader{page: page, folder: filepath.Join(home, "here"), session: filepath.Join(home, "session")}
	bin := filepath.Join(r.folder, "bin")
	require.NoError(t, os.MkdirAll(bin, 0o700))
	require.NoError(t, os.Symlink(server.Binary(t), filepath.Join(bin, "ownsight")))
	for _, kv := range os.Environ() {
		if !elsewhere.MatchString(kv) {
			r.environ = append(r.environ, kv)
		}
	}
	r.setenv("PATH", strings.Join([]string{bin, filepath.Join(server.Assets(), "venv", "bin"), os.Getenv("PATH")}, ":"))
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which are below the true home
		out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		require.NoError(t, err)
		r.setenv(name, strings.TrimSpace(string(out)))
	}
	r.setenv("HOME", home)
	r.setenv("OWNSIGHT_ASSETS", server.Assets())
	r.setenv("OWNSIGHT_TRAIN_SECONDS", "1") // too short to fine-tune anything
	r.setenv("GORACE", "atexit_sleep_ms=100")
	r.setenv("AWS_EC2_METADATA_DISABLED", "true")
	r.setenv("AWS_PAGER", "")
	return r
}

func (r *reader) setenv(name, value string) { r.environ = append(r.environ, name+"="+value) }

// at gives the reader a server that runs: its address where the page has the usual one, and its folder as ./ownsight-data.
func (r *reader) at(t testing.TB, s *server.Server) {
	t.Helper()
	r.endpoint = s.Endpoint
	r.setenv("AWS_ENDPOINT_URL", s.Endpoint)
	require.NoError(t, os.Symlink(s.Dir, filepath.Join(r.folder, "ownsight-data")))
}

// checkout makes the reader's folder look like the repository's root, as far as pages name what is in it.
func (r *reader) checkout(t testing.TB) {
	t.Helper()
	for _, name := range []string{"examples", "go.mod", "go.sum"} {
		require.NoError(t, os.Symlink(filepath.Join(server.Repository(), name), filepath.Join(r.folder, name)))
	}
}

// has writes pictures below a folder of the reader's, one for each label.
func (r *reader) has(t testing.TB, folder string, pictures []corpus.Picture) {
	t.Helper()
	for _, p := range pictures {
		r.hasFile(t, filepath.Join(folder, p.Label, filepath.Base(p.Key)), p.File)
	}
}

func (r *reader) hasFile(t testing.TB, path string, content []byte) {
	t.Helper()
	path = filepath.Join(r.folder, path)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

// follow runs a block, which must end well, and gives what it printed.
func (r *reader) follow(t testing.TB, name string) string {
	t.Helper()
	b := find(t, r.page, name)
	require.Empty(t, b.reason, "%s: %s is not meant to be run", r.page, name)
	return r.must(t, b)
}

// must runs a block that has been found, which must end well, and gives what it printed.
func (r *reader) must(t testing.TB, b block) string {
	t.Helper()
	code, out, problems := r.run(t, b)
	require.Zero(t, code, "%s: %s\n%s\n%s", r.page, b.name, out, problems)
	return out
}

// attempt runs a block and gives its exit code and what it printed.
func (r *reader) attempt(t testing.TB, name string) (code int, stdout, stderr string) {
	t.Helper()
	b := find(t, r.page, name)
	require.Empty(t, b.reason, "%s: %s is not meant to be run", r.page, name)
	return r.run(t, b)
}

func (r *reader) run(t testing.TB, b block) (code int, stdout, stderr string) {
	t.Helper()
	cmd := r.command(t, b)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	t.Logf("%s: %.1f s of processor", b.name, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if ended := new(exec.ExitError); !errors.As(err, &ended) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), problems.String()
}

// programs run a block, $1, in a language.
var programs = map[string]string{
	"sh":     `trap 'export -p > "$SESSION"' EXIT; set -a; eval "$1"`,
	"python": `exec python3 -c "$1"`,
	"js":     `exec node --input-type=module -e "$1"`,
	"go":     `printf %s "$1" > program.go; exec go run program.go`,
	"java":   `printf %s "$1" > Program.java; exec java -cp "$JAVA_LIBRARIES/*" Program.java`,
}

func (r *reader) command(t testing.TB, b block) *exec.Cmd {
	t.Helper()
	program, there := programs[b.language]
	require.True(t, there, "%s: %s: nobody knows how to run %s", r.page, b.name, b.language)
	if r.endpoint != "" {
		b.text = strings.ReplaceAll(b.text, usual, r.endpoint)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", `if [ -e "$SESSION" ]; then . "$SESSION"; fi; `+program, "bash", b.text)
	cmd.Dir = r.folder
	cmd.Env = append(r.environ, "SESSION="+r.session)
	return cmd
}

// serve runs a block that starts a server and stays, at an address that is free, until the test ends.
func (r *reader) serve(t testing.TB, name string) { r.stay(t, find(t, r.page, name)) }

func (r *reader) stay(t testing.TB, b block) {
	t.Helper()
	cmd := r.command(t, b)
	cmd.Env = append(cmd.Env, "OWNSIGHT_LISTEN=127.0.0.1:0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() || strings.Contains(log.String(), "DATA RACE") {
			t.Errorf("the server's log:\n%s", log.String())
		}
	})
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err, "%s", line)
	_, rest, found := strings.Cut(line, " ready at ")
	require.True(t, found, "%s", line)
	r.endpoint, _, _ = strings.Cut(strings.TrimSpace(rest), ",")
	r.setenv("AWS_ENDPOINT_URL", r.endpoint)
	go func() { _, _ = io.Copy(io.Discard, lines) }()
}
