package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
	"ownsight/bench/internal/process"
)

const (
	connections = 4
	workers     = 2 // of each rival
)

// framework is what one would otherwise serve a model with. What its server is told lies in the script.
type framework struct {
	name, path string
	command    func(b *bench, port, model string) []string
}

var frameworks = []framework{
	{"FastAPI", "/", func(b *bench, port, model string) []string {
		return []string{b.python, "fastapi_server.py", port, model}
	}},
	{"LitServe", "/classify", func(b *bench, port, model string) []string {
		return []string{b.python, "litserve_server.py", port, model}
	}},
	{"BentoML", "/classify", func(b *bench, port, _ string) []string {
		return []string{filepath.Join(filepath.Dir(b.python), "bentoml"), "serve", "bentoml_server:Bench", "--host", "127.0.0.1", "--port", port}
	}},
}

// rival is a framework's server. It is suspended but for its turns, since some take the processor while nobody asks.
type rival struct {
	framework
	endpoint  string
	cmd       *exec.Cmd
	ended     chan struct{} // closed when the process that was started has ended
	processes process.Tree
	load      *load.Load
}

func (b *bench) rival(ctx context.Context, f framework, model string) (r *rival, err error) {
	model, err = filepath.Abs(model)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	pictures, err := files(b.pictures())
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(b.out, f.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	r = &rival{framework: f, endpoint: "http://127.0.0.1:" + port, ended: make(chan struct{})}
	r.cmd = exec.Command("taskset", append([]string{"-c", bothCores}, f.command(b, port, model)...)...)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = b.scripts, log, log
	r.cmd.Env = append(os.Environ(), "BENCH_MODEL="+model, "PYTHONDONTWRITEBYTECODE=1", "BENTOML_DO_NOT_TRACK=True", "DO_NOT_TRACK=1",
		"BENTOML_HOME="+filepath.Join(b.out, "bentoml"))
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	r.processes = process.Tree{Root: r.cmd.Process.Pid}
	go func() {
		_ = r.cmd.Wait() // it is killed in the end, and tells its own log of what happens before
		close(r.ended)
	}()
	var requests []load.Request
	for _, file := range pictures {
		requests = append(requests, load.Post(f.path, "image/jpeg", file))
	}
	r.load = load.To(load.Target{Endpoint: r.endpoint, CPU: r.processes.CPU}, connections, requests)
	if err := r.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start, see %s: %w", f.name, log.Name(), err), r.close())
	}
	return r, nil
}

// freePort finds one by asking for any.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), l.Close()
}

// ready waits until all workers answer.
func (r *rival) ready(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if err = r.load.Spread(ctx, workers); err == nil {
			return nil
		}
		select {
		case <-r.ended:
			return errors.New("it has ended")
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// answer is what the server says of a picture.
func (r *rival) answer(ctx context.Context, picture io.Reader) (a contest.Answer, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint+r.path, picture)
	if err != nil {
		return a, err
	}
	q.Header.Set("Content-Type", "image/jpeg")
	got, err := http.DefaultClient.Do(q)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()
	var said struct {
		Labels []struct {
			Name  string  `json:"name"`
			Score float32 `json:"score"`
		} `json:"labels"`
	}
	if err := json.NewDecoder(got.Body).Decode(&said); err != nil {
		return a, err
	}
	if len(said.Labels) == 0 {
		return a, fmt.Errorf("%s: no labels", got.Status)
	}
	return contest.Answer{Label: said.Labels[0].Name, Score: said.Labels[0].Score}, nil
}

// Work is one turn, over new connections: frameworks close those that were quiet for a while.
func (r *rival) Work(ctx context.Context, d time.Duration) (f contest.Figures, err error) {
	if err := r.processes.Signal(syscall.SIGCONT); err != nil {
		return f, err
	}
	if err := r.load.Spread(ctx, workers); err != nil {
		return f, fmt.Errorf("%s: %w", r.name, err)
	}
	if f, err = r.load.Work(ctx, d); err != nil {
		return f, fmt.Errorf("%s: %w", r.name, err)
	}
	return f, r.suspend()
}

func (r *rival) suspend() error { return r.processes.Signal(syscall.SIGSTOP) }

// close ends all processes. Some frameworks leave workers behind when they are asked to end, so nobody is asked.
func (r *rival) close() error {
	if err := r.processes.Signal(syscall.SIGSTOP); err != nil { // nobody starts another one meanwhile
		return err
	}
	if err := r.processes.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-r.ended
	return nil
}
