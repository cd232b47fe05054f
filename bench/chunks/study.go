package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"ownsight/bench/internal/contest"
	"ownsight/internal/chunk"
)

// study holds the first version of the disk and what has been found.
type study struct {
	plan    plan
	cutters []cutter
	hash    maphash.Seed
	tree    *tree
	first   map[string][]map[uint64]bool // format -> for each cutter, chunks of the first version
	cases   []string                     // in the order they were measured
	shares  map[string][]float64         // case -> for each cutter, per cent that moves, summed over rounds
	counts  map[string]int               // case -> rounds
	sizes   []sizes                      // of the first raw disk
	speed   [][2]float64                 // MB/s of a core: cutting alone, with SHA-256
}

type sizes struct {
	chunks, zero, largest int
	bytes                 int64 // without chunks of zeros
}

func newStudy(p plan, only *regexp.Regexp) *study {
	s := &study{plan: p, hash: maphash.MakeSeed(), first: map[string][]map[uint64]bool{}, shares: map[string][]float64{}, counts: map[string]int{}}
	for _, c := range cutters() {
		if only.MatchString(c.name) {
			s.cutters = append(s.cutters, c)
		}
	}
	return s
}

// base is where the first version lies in a format.
func (s *study) base(format string) string { return filepath.Join(s.plan.folder, "first."+format) }

func (s *study) disks(ctx context.Context) error {
	draw := rand.New(rand.NewPCG(s.plan.seed, 0))
	var err error
	if s.tree, err = plant(s.plan.tree, filepath.Join(s.plan.folder, "tree"), int64(float64(s.plan.size*mib)*fill), draw); err != nil {
		return err
	}
	if err := makeDisk(ctx, s.base("raw"), s.tree.root, s.plan.size*mib); err != nil {
		return err
	}
	for _, format := range []string{"qcow2", "qcow2 -c", "vhd"} {
		if err := convert(ctx, s.base("raw"), format, s.base(format)); err != nil {
			return err
		}
	}
	for i, p := range s.patches() {
		for round := range p.rounds {
			if err := s.version(ctx, p, round, rand.New(rand.NewPCG(s.plan.seed, uint64(100*i+round+1)))); err != nil {
				return err
			}
		}
	}
	return nil
}

// version makes a second version of the disk and compares it with the first in every format.
func (s *study) version(ctx context.Context, p patch, round int, draw *rand.Rand) error {
	raw := filepath.Join(s.plan.folder, "second.raw")
	defer os.Remove(raw)
	if err := p.apply(ctx, raw, draw); err != nil {
		return err
	}
	if err := s.compare("raw", raw, p.name+", raw"); err != nil {
		return err
	}
	file := filepath.Join(s.plan.folder, "second")
	defer os.Remove(file)
	if p.inPlace {
		if err := s.writtenThrough(ctx, raw, file); err != nil {
			return err
		}
		if err := s.compare("qcow2", file, p.name+", qcow2 in place"); err != nil {
			return err
		}
	}
	for _, format := range []string{"qcow2", "qcow2 -c", "vhd"} {
		if format == "qcow2 -c" && p.name != "packages" || format == "vhd" && round > 0 {
			continue // they take most of the time
		}
		if err := os.RemoveAll(file); err != nil {
			return err
		}
		if err := convert(ctx, raw, format, file); err != nil {
			return err
		}
		if err := s.compare(format, file, p.name+", "+format); err != nil {
			return err
		}
	}
	return nil
}

func (s *study) writtenThrough(ctx context.Context, raw, file string) error {
	if err := copyFile(ctx, s.base("qcow2"), file); err != nil {
		return err
	}
	first, err := mapped(s.base("raw"))
	if err != nil {
		return err
	}
	defer unmap(first)
	second, err := mapped(raw)
	if err != nil {
		return err
	}
	defer unmap(second)
	return writeThrough(ctx, first, second, file, s.plan.folder)
}

// compare adds up, for each cutter, what the second version has that the first has not. Zeros are nobody's.
func (s *study) compare(format, second, name string) error {
	if err := s.known(format); err != nil {
		return err
	}
	disk, err := mapped(second)
	if err != nil {
		return err
	}
	defer unmap(disk)
	if s.shares[name] == nil {
		s.cases, s.shares[name] = append(s.cases, name), make([]float64, len(s.cutters))
	}
	s.counts[name]++
	fmt.Fprintln(os.Stderr, "chunks:", name)
	stored := 0
	if err := fixed(4*kib)(disk, func(block []byte) {
		if !chunk.IsZero(block) {
			stored += len(block)
		}
	}); err != nil {
		return err
	}
	return s.parallel(func(i int, c cutter) error {
		seen, moved := map[uint64]bool{}, 0
		err := c.cut(disk, func(piece []byte) {
			h := maphash.Bytes(s.hash, piece)
			if !seen[h] && !s.first[format][i][h] && !chunk.IsZero(piece) {
				moved += len(piece)
			}
			seen[h] = true
		})
		s.shares[name][i] += 100 * float64(moved) / float64(stored)
		return err
	})
}

// known cuts the first version once in each format.
func (s *study) known(format string) error {
	if s.first[format] != nil {
		return nil
	}
	disk, err := mapped(s.base(format))
	if err != nil {
		return err
	}
	defer unmap(disk)
	s.first[format] = make([]map[uint64]bool, len(s.cutters))
	if format == "raw" {
		s.sizes = make([]sizes, len(s.cutters))
	}
	return s.parallel(func(i int, c cutter) error {
		set, z := map[uint64]bool{}, sizes{}
		err := c.cut(disk, func(piece []byte) {
			set[maphash.Bytes(s.hash, piece)] = true
			if chunk.IsZero(piece) {
				z.zero++
				return
			}
			z.chunks, z.bytes, z.largest = z.chunks+1, z.bytes+int64(len(piece)), max(z.largest, len(piece))
		})
		s.first[format][i] = set
		if format == "raw" {
			s.sizes[i] = z
		}
		return err
	})
}

func (s *study) parallel(do func(i int, c cutter) error) error {
	var group errgroup.Group
	group.SetLimit(2)
	for i, c := range s.cutters {
		group.Go(func() error { return do(i, c) })
	}
	return group.Wait()
}

// speeds measures cutting of bytes in memory by the time of the thread, best of three.
func (s *study) speeds() error {
	content := make([]byte, 256*mib)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s.speed = make([][2]float64, len(s.cutters))
	for i, c := range s.cutters {
		for kind, each := range []func([]byte){func([]byte) {}, func(piece []byte) { _ = sha256.Sum256(piece) }} {
			for range 3 {
				before := spent(thisThread)
				if err := c.cut(content, each); err != nil {
					return err
				}
				s.speed[i][kind] = max(s.speed[i][kind], float64(len(content))/1e6/max(1e-6, (spent(thisThread)-before).Seconds()))
			}
		}
	}
	return nil
}

const (
	thisThread  = unix.RUSAGE_THREAD
	everyThread = unix.RUSAGE_SELF
)

// spent is processor time.
func spent(who int) time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(who, &u) // fails for bad arguments only
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (s *study) print() {
	table := contest.NewTable("cutter", "chunks", "average KiB", "largest KiB", "MB/s of a core", "with SHA-256")
	for i, c := range s.cutters {
		z := s.sizes[i]
		alone := any(s.speed[i][0])
		if s.speed[i][0] > 1e5 {
			alone = ""
		}
		table.Row(c.name, z.chunks, float64(z.bytes)/kib/float64(z.chunks), z.largest/kib, alone, s.speed[i][1])
	}
	table.Print()
	fmt.Println()
	table = contest.NewTable(append([]string{"per cent that moves"}, s.cases...)...)
	for i, c := range s.cutters {
		row := []any{c.name}
		for _, name := range s.cases {
			row = append(row, s.shares[name][i]/float64(s.counts[name]))
		}
		table.Row(row...)
	}
	table.Print()
	fmt.Println()
}

// mapped is a file as memory.
func mapped(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
}

func unmap(disk []byte) { _ = unix.Munmap(disk) } // fails for what was not mapped only
