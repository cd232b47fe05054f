package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A patch makes the second version of a disk at the path, where nothing is yet.
type patch struct {
	name    string
	inPlace bool // the virtual disk keeps what is not written to
	rounds  int
	apply   func(ctx context.Context, path string, draw *rand.Rand) error
}

func (s *study) patches() []patch {
	return []patch{
		{"packages", true, 1, func(ctx context.Context, path string, draw *rand.Rand) error {
			return s.replaceFiles(ctx, path, s.tree.neighbours(s.changed(), draw), draw)
		}},
		{"files", true, 1, func(ctx context.Context, path string, draw *rand.Rand) error {
			return s.replaceFiles(ctx, path, s.tree.pick(s.changed(), draw), draw)
		}},
		{"writes", true, s.plan.rounds, func(ctx context.Context, path string, draw *rand.Rand) error {
			return s.overwrite(ctx, path, draw, func() int { // 64 KiB to 16 MiB, as many of each order
				return int(64*kib*math.Exp(draw.Float64()*math.Log(256))) &^ 4095
			})
		}},
		{"scattered", true, 1, func(ctx context.Context, path string, draw *rand.Rand) error {
			return s.overwrite(ctx, path, draw, func() int { return 4 * kib })
		}},
		{"anew", false, 1, s.anew},
	}
}

// changed is how many bytes a patch changes.
func (s *study) changed() int64 { return int64(float64(s.plan.size*mib) * fill * s.plan.changed / 100) }

// replaceFiles puts next releases of the files into the file system, as an installer does: the old file goes, the new one is
// written where there is room.
func (s *study) replaceFiles(ctx context.Context, path string, files []treeFile, draw *rand.Rand) error {
	if err := copyFile(ctx, s.base("raw"), path); err != nil {
		return err
	}
	next := filepath.Join(s.plan.folder, "next")
	if err := os.Mkdir(next, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(next)
	var script strings.Builder
	for i, f := range files {
		content, err := os.ReadFile(filepath.Join(s.tree.root, f.path))
		if err != nil {
			return err
		}
		release := filepath.Join(next, fmt.Sprint(i))
		if err := os.WriteFile(release, revise(content, draw), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&script, "rm %q\nwrite %q %q\n", f.path, release, f.path)
	}
	return command(ctx, script.String(), "debugfs", "-w", "-f", "-", fmt.Sprint(path, "?offset=", partition))
}

// overwrite writes random bytes at random blocks until enough is written.
func (s *study) overwrite(ctx context.Context, path string, draw *rand.Rand, length func() int) error {
	if err := copyFile(ctx, s.base("raw"), path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	var key [32]byte
	for i := range key {
		key[i] = byte(draw.Uint32())
	}
	random := rand.NewChaCha8(key)
	for left := s.changed(); left > 0; {
		content := make([]byte, min(int64(length()), left))
		_, _ = random.Read(content) // never fails
		at := draw.Int64N((s.plan.size*mib-int64(len(content)))/4096) * 4096
		if _, err := file.WriteAt(content, at); err != nil {
			return err
		}
		left -= int64(len(content))
	}
	return file.Close()
}

// anew makes the file system once more, from a tree of which some files have next releases.
func (s *study) anew(ctx context.Context, path string, draw *rand.Rand) error {
	for _, f := range s.tree.pick(s.changed(), draw) {
		content, err := os.ReadFile(filepath.Join(s.tree.root, f.path))
		if err != nil {
			return err
		}
		if err := s.tree.write(f.path, revise(content, draw)); err != nil {
			return err
		}
	}
	return makeDisk(ctx, path, s.tree.root, s.plan.size*mib)
}

// writeThrough writes what differs between two raw disks into the qcow2 file of the first, as a running machine does.
func writeThrough(ctx context.Context, first, second []byte, file, folder string) error {
	pieces := filepath.Join(folder, "pieces")
	if err := os.Mkdir(pieces, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(pieces)
	var script strings.Builder
	for n, at := 0, 0; at < len(second); n++ {
		const block = 4 * kib
		end := at
		for end < len(second) && end-at < 8*mib && !bytes.Equal(first[end:end+block], second[end:end+block]) {
			end += block
		}
		if end == at {
			at += block
			continue
		}
		piece := filepath.Join(pieces, fmt.Sprint(n))
		if err := os.WriteFile(piece, second[at:end], 0o600); err != nil {
			return err
		}
		fmt.Fprintf(&script, "write -q -s %s %d %d\n", piece, at, end-at)
		at = end
	}
	return command(ctx, script.String(), "qemu-io", "-f", "qcow2", "-t", "unsafe", file)
}
