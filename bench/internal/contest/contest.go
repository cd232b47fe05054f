// Package contest measures rivals beside one another. Machines are noisy and shared, so rivals work in turn, a short
// while each, in many rounds, and what counts is the median over the rounds: of each rival's figures, and of the ratio
// of two rivals within a round.
package contest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// Figures are what a rival did in one turn. Times are seconds in sum; a part that a rival does not know is 0.
type Figures struct {
	Pictures int     `json:"pictures"`
	Seconds  float64 `json:"seconds"`
	CPU      float64 `json:"cpu"` // user and system, of the process that did the work
	Decode   float64 `json:"decode"`
	Resize   float64 `json:"resize"`
	Network  float64 `json:"network"`

	Latencies []float64 `json:"-"` // of each request, in seconds
	ClientCPU float64   `json:"-"` // of the load generator
}

// Rate is pictures a second.
func (f Figures) Rate() float64 { return float64(f.Pictures) / f.Seconds }

// Milliseconds a picture of some of the turn's seconds.
func (f Figures) Milliseconds(seconds float64) float64 { return 1000 * seconds / float64(f.Pictures) }

// Quantile of the latencies in milliseconds, q from 0 to 1.
func (f Figures) Quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(f.Latencies))
	return 1000 * sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// Rival does its work for a while and says how much that was.
type Rival interface {
	Work(ctx context.Context, d time.Duration) (Figures, error)
}

// Play lets each rival warm up and then take one turn a round. The order turns from round to round, so that nobody is
// always the one after the heaviest. The result has the rounds of each rival, by the rival's place.
func Play(ctx context.Context, rounds int, turn time.Duration, rivals ...Rival) ([][]Figures, error) {
	for _, r := range rivals {
		if _, err := r.Work(ctx, turn/4); err != nil {
			return nil, err
		}
	}
	results := make([][]Figures, len(rivals))
	for round := range rounds {
		for i := range rivals {
			at := (round + i) % len(rivals)
			f, err := rivals[at].Work(ctx, turn)
			if err != nil {
				return nil, err
			}
			results[at] = append(results[at], f)
		}
	}
	return results, nil
}

// Answer is what a rival says of its first picture; rivals that do the same work say the same.
type Answer struct {
	Label string  `json:"label"`
	Score float32 `json:"score"` // 0..1
}

// Process is a rival in a process of its own. It prints an Answer in a line when it is ready; then it reads a number of
// seconds in a line, works for so long, and prints its Figures in a line, again and again until its input ends.
type Process struct {
	Answer Answer

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Run starts a process on one core and waits until it is ready.
func Run(ctx context.Context, core string, command ...string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, "taskset", append([]string{"-c", core}, command...)...)}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.read(&p.Answer); err != nil {
		return nil, fmt.Errorf("%s did not get ready: %w", command[0], err)
	}
	return p, nil
}

// Work is one turn.
func (p *Process) Work(_ context.Context, d time.Duration) (f Figures, err error) {
	if _, err := fmt.Fprintf(p.in, "%f\n", d.Seconds()); err != nil {
		return f, err
	}
	return f, p.read(&f)
}

func (p *Process) read(into any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

// Close ends the process.
func (p *Process) Close() error {
	if err := p.in.Close(); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// OwnCPU is the CPU time that this process has taken, in seconds.
func OwnCPU() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // the kernel knows no reason
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}
