package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"
)

// Patience bounds every wait: far above what anything takes, so that only what never happens runs into it.
const Patience = 8 * time.Minute

// Server is one server process and its folder, which outlives it.
type Server struct {
	Dir      string // data folder
	Endpoint string // http://127.0.0.1:PORT, the same after a restart
	Path     string // of another program than Binary's; empty for that
	args     []string
	environ  []string
	cmd      *exec.Cmd
	exited   chan struct{}
	log      buffer
	born     int // where in the log its present life begins
}

// Start runs a server on a new folder and waits until it is ready. More arguments go to `serve`. What it logged is
// shown when the test fails.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := New(t, args...)
	s.Restart(t)
	return s
}

// New prepares a server on a new folder without starting it. Its trainings are short: who wants more of them says so by
// Setenv.
func New(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{Dir: filepath.Join(t.TempDir(), "data"), Endpoint: "http://" + Reserve(t), args: args}
	// A second is too short to fine-tune anything: what is not about that is done with after a linear head. Setenv gives
	// more.
	// The race detector lets every program sleep for a second at its end, for reports that may still come: a tenth is plenty.
	s.environ = append(os.Environ(), "OWNSIGHT_ASSETS="+Assets(), "OWNSIGHT_TRAIN_SECONDS=1", "GORACE=atexit_sleep_ms=100")
	t.Cleanup(func() {
		s.Kill()
		if strings.Contains(s.Log(), "DATA RACE") {
			t.Errorf("the server raced:\n%s", s.Log())
		}
		if t.Failed() {
			t.Logf("the server's log, but for requests:\n%s", strings.Join(s.lines(func(l string) bool {
				return !strings.Contains(l, " level=INFO msg=request ") && !strings.Contains(l, " level=DEBUG msg=request ")
			}), "\n"))
		}
	})
	return s
}

// Restart starts the server that is not running, at the address that it had, and waits until it is ready.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	out := s.spawn(t)
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		ready <- line
	}()
	select {
	case line := <-ready:
		_, rest, found := strings.Cut(line, " ready at ")
		require.True(t, found, "the server said %q and logged:\n%s", line, s.Log())
		s.Endpoint, _, _ = strings.Cut(strings.TrimSpace(rest), ",")
	case <-time.After(Patience):
		t.Fatalf("the server is not ready; it logged:\n%s", s.Log())
	}
}

// Begin starts the server without waiting for it.
func (s *Server) Begin(t testing.TB) {
	t.Helper()
	s.spawn(t)
}

// Run starts the server with more arguments and gives the exit code and the log of one that ends by itself.
func (s *Server) Run(t testing.TB, args ...string) (code int, log string) {
	t.Helper()
	s.spawn(t, args...)
	return s.wait(t), s.Life()
}

func (s *Server) spawn(t testing.TB, more ...string) *os.File {
	t.Helper()
	args := slices.Concat([]string{"serve", "--data", s.Dir, "--listen", strings.TrimPrefix(s.Endpoint, "http://")}, s.args, more)
	s.born = len(s.Log())
	path := s.Path
	if path == "" {
		path = Binary(t)
	}
	s.cmd = exec.Command(path, args...)
	s.cmd.Env = s.environ
	s.cmd.Stderr = &s.log
	read, write, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { read.Close() })
	s.cmd.Stdout = write
	require.NoError(t, s.cmd.Start())
	write.Close()
	s.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(s.cmd, s.exited)
	return read
}

// Kill ends the process as a power cut would.
func (s *Server) Kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
}

// Terminate asks the server to stop, as an operator does, and gives its exit code.
func (s *Server) Terminate(t testing.TB) int {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	return s.wait(t)
}

func (s *Server) wait(t testing.TB) int {
	t.Helper()
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(Patience):
		t.Fatalf("the server did not end; it logged:\n%s", s.Log())
		return 0
	}
}

// Log is what the server wrote to standard error, over all its lives.
func (s *Server) Log() string { return s.log.String() }

// Life is what it wrote since it was started last.
func (s *Server) Life() string { return s.Log()[s.born:] }

// Complaints are the lines of the log above INFO: what an operator would be troubled by.
func (s *Server) Complaints() []string {
	return s.lines(func(l string) bool {
		return strings.Contains(l, " level=WARN ") || strings.Contains(l, " level=ERROR ")
	})
}

func (s *Server) lines(wanted func(string) bool) (list []string) {
	for l := range strings.Lines(s.Log()) {
		if wanted(l) {
			list = append(list, strings.TrimSpace(l))
		}
	}
	return list
}

// Program runs another command of the program in the server's environment and gives its exit code and what it printed.
func (s *Server) Program(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), Binary(t), args...)
	cmd.Env = s.environ
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if ended := new(exec.ExitError); !errors.As(err, &ended) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), problems.String()
}

// Setenv sets a variable for the server's next start and for Program.
func (s *Server) Setenv(name, value string) { s.environ = append(s.environ, name+"="+value) }

// Config is how a program that has one of the server's profiles reaches it.
func (s *Server) Config(t testing.TB, profile string) aws.Config {
	t.Helper()
	c, err := config.LoadDefaultConfig(t.Context(),
		config.WithSharedCredentialsFiles([]string{filepath.Join(s.Dir, "credentials")}),
		config.WithSharedConfigFiles([]string{filepath.Join(s.Dir, "config")}),
		config.WithSharedConfigProfile(profile),
		config.WithBaseEndpoint(s.Endpoint))
	require.NoError(t, err)
	return c
}

// Environ is the environment of a program that knows the server by nothing but the variables of the AWS tools.
func (s *Server) Environ() []string {
	var kept []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "AWS_") {
			kept = append(kept, kv)
		}
	}
	return append(kept, "AWS_ENDPOINT_URL="+s.Endpoint, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.Dir, "credentials"), "AWS_CONFIG_FILE="+filepath.Join(s.Dir, "config"))
}

// Get fetches one of the server's own pages.
func (s *Server) Get(t testing.TB, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(response.Body)
	require.NoError(t, err)
	return response.StatusCode, b.String()
}

// Eventually asks every few milliseconds until done says so, and fails the test when that takes longer than limit.
func Eventually(t testing.TB, limit time.Duration, what string, done func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done(ctx) {
		select {
		case <-ctx.Done():
			require.Fail(t, fmt.Sprintf("not within %s: %s", limit, what))
		case <-tick.C:
		}
	}
}

// buffer is a bytes.Buffer for one writer and any number of readers.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
