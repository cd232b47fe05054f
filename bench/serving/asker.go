package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"ownsight/bench/internal/load"
	"ownsight/bench/internal/rig"
)

// order says how a model is to be asked: at a pace, or by so many connections as often as it answers.
type order struct {
	ARN         string        `json:"arn"`
	Pace        load.Pace     `json:"pace"`
	Connections int           `json:"connections"` // 0 asks at the pace
	For         time.Duration `json:"for"`
}

// asker is a load generator in a process of its own, on cores of its own, so that two of them do not wait for each other.
type asker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// askerCommand is the word by which this program is an asker: ask ENDPOINT DATA PICTURES. It reads orders, a line each, and
// writes what became of each.
const askerCommand = "ask"

// It is as urgent as nice(1) says: 0 is as urgent as the server is.
func (b *bench) asker(cores string, nice int, s *rig.Server, p prepared) (*asker, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	a := &asker{cmd: exec.Command("nice", "-n", strconv.Itoa(nice), "taskset", "-c", cores, program, askerCommand, s.Endpoint, p.Data(), b.pictures())}
	a.cmd.Stderr = os.Stderr
	if a.in, err = a.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	a.out = json.NewDecoder(out)
	return a, a.cmd.Start()
}

// ask carries out an order.
func (a *asker) ask(o order) (got load.Offered, err error) {
	line, err := json.Marshal(o)
	if err != nil {
		return got, err
	}
	if _, err := a.in.Write(append(line, '\n')); err != nil {
		return got, err
	}
	return got, a.out.Decode(&got)
}

func (a *asker) close() error { return errors.Join(a.in.Close(), a.cmd.Wait()) }

func runAsker(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: %s ENDPOINT DATA PICTURES", askerCommand)
	}
	s, err := rig.At(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	keys, err := s.AWS.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	target := load.Signed(s, keys)
	target.CPU = func() (float64, error) { return 0, nil } // the one who has started the server knows
	loads := map[string]*load.Load{}                       // by model and connections
	out := json.NewEncoder(os.Stdout)
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		var o order
		if err := json.Unmarshal(orders.Bytes(), &o); err != nil {
			return err
		}
		key := fmt.Sprint(o.ARN, o.Connections)
		if loads[key] == nil {
			requests, err := questions(args[2], o.ARN)
			if err != nil {
				return err
			}
			loads[key] = load.To(target, o.Connections, requests)
		}
		got, err := o.run(ctx, loads[key])
		if err != nil {
			return err
		}
		if err := out.Encode(got); err != nil {
			return err
		}
	}
	return orders.Err()
}

func (o order) run(ctx context.Context, l *load.Load) (load.Offered, error) {
	if o.Connections == 0 {
		return l.Offer(ctx, o.Pace, o.For)
	}
	f, err := l.Work(ctx, o.For)
	return load.Offered{Seconds: f.Seconds, Sent: f.Pictures, Good: f.Pictures, Accepted: f.Latencies, ClientCPU: f.ClientCPU}, err
}

// files are the pictures that are asked about.
func files(folder string) (list [][]byte, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		list = append(list, file)
	}
	return list, nil
}

// questions are DetectCustomLabels calls of a model, one for each picture.
func questions(folder, arn string) (list []load.Request, err error) {
	pictures, err := files(folder)
	for _, file := range pictures {
		bytes := base64.StdEncoding.EncodeToString(file)
		list = append(list, load.Call("DetectCustomLabels", fmt.Appendf(nil, `{"ProjectVersionArn":%q,"Image":{"Bytes":"%s"}}`, arn, bytes)))
	}
	return list, err
}
