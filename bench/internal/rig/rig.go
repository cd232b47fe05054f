// Package rig has what the programs here work on: the folder that bench/prepare fills, and a real server process.
package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/process"
	"ownsight/internal/client"
)

// Project and VersionName of the model that prepare trains.
const (
	Project     = "bench"
	VersionName = "v1"
)

// Folder is where everything lies, below the build folder.
type Folder string

// Data is the server's data folder, Model the exported model, Log what the server has to say.
func (f Folder) Data() string  { return filepath.Join(string(f), "data") }
func (f Folder) Model() string { return filepath.Join(string(f), "model.onnx") }
func (f Folder) Log() string   { return filepath.Join(string(f), "server.log") }

// Pictures is the folder of pictures of a size, such as 1024x768.
func (f Folder) Pictures(size string) string { return filepath.Join(string(f), "pictures", size) }

// Main runs a program until it ends or is interrupted; its arguments are the names of paths it is given.
func Main(run func(ctx context.Context, args []string) error, names ...string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args)-1 != len(names) {
		fmt.Fprintf(os.Stderr, "usage: %s %s\n", filepath.Base(os.Args[0]), strings.Join(names, " "))
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

// Server is a running server process.
type Server struct {
	Endpoint string
	Client   *client.Client
	AWS      aws.Config // for what the client has no words for
	cmd      *exec.Cmd
}

var endpoint = regexp.MustCompile(`http://[^\s,]+`)

// Serve starts a server on the given cores ("0", "0,1"), with more arguments where it needs some, and waits until it is ready.
func Serve(ctx context.Context, binary, data, log, cores string, more ...string) (*Server, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	arguments := append([]string{"-c", cores, binary, "serve", "--data", data, "--listen", "127.0.0.1:0"}, more...)
	s := &Server{cmd: exec.Command("taskset", arguments...)}
	s.cmd.Stderr = file
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if s.Endpoint = endpoint.FindString(line); s.Endpoint == "" {
		return nil, errors.Join(fmt.Errorf("the server did not start, see %s", log), err, s.Stop())
	}
	if err := s.connect(ctx, data); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// At is a server that another process has started. It can be asked; what it takes, and its end, are that process's affair.
func At(ctx context.Context, endpoint, data string) (*Server, error) {
	s := &Server{Endpoint: endpoint}
	return s, s.connect(ctx, data)
}

// connect makes the clients, by the keys in the server's data folder.
func (s *Server) connect(ctx context.Context, data string) (err error) {
	if s.Client, err = client.Connect(ctx, client.Target{Endpoint: s.Endpoint, Data: data}); err != nil {
		return err
	}
	s.AWS, err = awsconfig.LoadDefaultConfig(ctx, awsconfig.WithSharedConfigProfile("default"), awsconfig.WithBaseEndpoint(s.Endpoint),
		awsconfig.WithSharedCredentialsFiles([]string{filepath.Join(data, "credentials")}),
		awsconfig.WithSharedConfigFiles([]string{filepath.Join(data, "config")}))
	return err
}

// Stop ends the server gracefully.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// Processes are the server's process and what it has started.
func (s *Server) Processes() process.Tree { return process.Tree{Root: s.cmd.Process.Pid} }

// CPU is the time that the server's processes have taken, in seconds.
func (s *Server) CPU() (float64, error) { return s.Processes().CPU() }

// Memory is what a process holds in bytes: now, and at most since it began or since ForgetPeak.
type Memory struct{ Now, Peak int64 }

// Memory reads what the server's process holds.
func (s *Server) Memory() (m Memory, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return m, fmt.Errorf("memory of the server: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		var kib int64
		switch name {
		case "VmRSS", "VmHWM":
			if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
				return m, fmt.Errorf("memory of the server: %w", err)
			}
		}
		switch name {
		case "VmRSS":
			m.Now = kib << 10
		case "VmHWM":
			m.Peak = kib << 10
		}
	}
	return m, nil
}

// ForgetPeak lets the peak begin anew from what the server holds now.
func (s *Server) ForgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0)
}

// Model finds the prepared version.
func (s *Server) Model(ctx context.Context) (client.Version, error) {
	return s.Client.Model(ctx, Project+"/"+VersionName)
}

// EnsureRunning starts a version unless it runs.
func (s *Server) EnsureRunning(ctx context.Context, v client.Version) error {
	if v.Status == "RUNNING" {
		return nil
	}
	_, err := s.Client.Start(ctx, v, 1, func(client.Progress) {})
	return err
}

// Ask gives the server's best label for a picture file.
func (s *Server) Ask(ctx context.Context, v client.Version, path string) (a contest.Answer, err error) {
	err = s.Client.Detect(ctx, v, []string{path}, client.DetectOptions{MinConfidence: new(float32)}, func(got client.Answer) error {
		if got.Error != "" || len(got.Labels) == 0 {
			return fmt.Errorf("%s: no answer: %s", path, got.Error)
		}
		a = contest.Answer{Label: got.Labels[0].Name, Score: got.Labels[0].Confidence / 100}
		return nil
	})
	return a, err
}

// FirstPicture is the one that rivals tell their Answer of.
func FirstPicture(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	if len(entries) == 0 {
		return "", fmt.Errorf("%s holds no pictures", folder)
	}
	return filepath.Join(folder, entries[0].Name()), nil
}

// Same refuses two answers that cannot come from the same work.
func Same(a, b contest.Answer) error {
	if a.Label != b.Label || math.Abs(float64(a.Score-b.Score)) > 0.02 {
		return fmt.Errorf("the rivals do not do the same work: one says %s %.3f, the other %s %.3f", a.Label, a.Score, b.Label, b.Score)
	}
	return nil
}

// Load is the number of processes that want a core, a minute's mean, as text.
func Load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(b), " ")
	return load
}

// Now is the time for a table's heading.
func Now() string { return time.Now().UTC().Format("2006-01-02 15:04 UTC") }
