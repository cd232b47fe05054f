package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ownsight/bench/internal/rig"
)

// cores are those that both the server and PyTorch have, one after the other.
const cores = "0,1"

const (
	ownsight = "Ownsight"
	pytorch  = "PyTorch"
)

// script is the path of one of the programs beside this one; the working directory is the repository's root.
func script(name string) string { return filepath.Join("bench", "training", name) }

// ask has the server train on a pack, and asks it for all test pictures.
func (b *bench) ask(ctx context.Context, p pack) (record, error) {
	command := []string{b.python, b.judge(), "--pack", p.folder}
	return b.serve(ctx, p, command, fmt.Sprintf("--task %s --limit %d", p.task, b.limit), b.judge())
}

// halve has the server train with half of the test pictures, and asks it for both halves.
func (b *bench) halve(ctx context.Context, p pack, split int) (record, error) {
	command := []string{b.python, script("gap.py"), p.folder}
	settings := fmt.Sprintf("--split %d --limit %d", split, b.limit)
	return b.serve(ctx, p, command, settings, script("gap.py"), script("pack.py"))
}

// serve has a command work on a server that is started for it. What comes of it depends on the sources, too.
func (b *bench) serve(ctx context.Context, p pack, command []string, settings string, sources ...string) (
	record, error,
) {
	program, err := digest(append(sources, b.server)...)
	if err != nil {
		return record{}, err
	}
	s := sitting{p.folder, p.task, ownsight, settings, program}
	return b.measure(s, func() (printed []byte, err error) {
		data := filepath.Join(b.folder, "data")
		if err := os.RemoveAll(data); err != nil {
			return nil, err
		}
		server, err := rig.Serve(ctx, b.server, data, filepath.Join(b.folder, "server.log"), cores)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		where := []string{"--endpoint", server.Endpoint, "--data", data}
		return output(ctx, slices.Concat(command, where, strings.Fields(settings)))
	})
}

// rival has PyTorch fine-tune the whole network.
func (b *bench) rival(ctx context.Context, p pack, peak float64) (record, error) {
	program, err := digest(script("rival.py"), script("lite0.py"), script("pack.py"), script("requirements.txt"))
	if err != nil {
		return record{}, err
	}
	settings := fmt.Sprintf("--peak %g --epochs %d --limit %d", peak, cmp.Or(b.epochs, goalOf(p).epochs), b.limit)
	return b.measure(sitting{p.folder, p.task, pytorch, settings, program}, func() ([]byte, error) {
		command := []string{"taskset", "-c", cores, b.torch, script("rival.py"), p.folder}
		return output(ctx, append(command, strings.Fields(settings)...))
	})
}

// measure looks a sitting up, or holds it.
func (b *bench) measure(s sitting, hold func() ([]byte, error)) (record, error) {
	if r, found := b.book.find(s); found {
		return r, nil
	}
	load, err := strconv.ParseFloat(rig.Load(), 64)
	if err != nil {
		return record{}, fmt.Errorf("load: %w", err)
	}
	r := record{sitting: s, When: rig.Now(), Load: load}
	fmt.Fprintf(os.Stderr, "%s: %s on %s, %s, load %.1f\n", r.When, s.Who, filepath.Base(s.Folder), s.Settings, load)
	printed, err := hold()
	if err == nil {
		r.Printed = printed
		err = json.Unmarshal(printed, &r.figures)
	}
	if err != nil {
		return r, fmt.Errorf("%s on %s: %w", s.Who, s.Folder, err)
	}
	return r, b.book.add(r)
}

func output(ctx context.Context, command []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	return cmd.Output()
}
