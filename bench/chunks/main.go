// Command chunks measures how disk images are best cut into content-addressed chunks: for each cutter, the share of a second
// version of a disk that a place lacks which has the first, how many chunks there are, and what cutting costs.
//
// Disks are partitioned ext4 file systems of files of this machine, made by mke2fs and changed by debugfs, as raw, qcow2 and VHD
// files of qemu-img. Debian: e2fsprogs, qemu-utils.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"ownsight/bench/internal/rig"
)

func main() {
	var p plan
	flag.StringVar(&p.folder, "folder", "build/bench/chunks", "folder for the disks, made and removed; needs six times -size")
	flag.StringVar(&p.tree, "tree", "/usr", "folder whose files fill the disks")
	flag.Int64Var(&p.size, "size", 3072, "size of a disk in MiB, from 256 to 16384")
	flag.Float64Var(&p.changed, "changed", 1, "per cent of what the disk holds that a patch changes")
	flag.IntVar(&p.rounds, "rounds", 3, "how many times contiguous writes are drawn anew, for averages, and objects are put, for the best time")
	flag.Uint64Var(&p.seed, "seed", 1, "which files, offsets and bytes are drawn")
	only := flag.String("cutters", "", "regular expression of the cutters to measure; all of them unless given")
	binary := flag.String("server", "", "path of ownsight: measure objects in its S3 server in place of disks")
	cli := flag.String("cli", "", "path of the AWS CLI, to compare with when -server is given")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := inFolder(p.folder, func() error {
		if *binary != "" {
			return puts(ctx, p.folder, *binary, *cli, p.rounds)
		}
		return run(ctx, p, *only)
	}); err != nil {
		fmt.Fprintln(os.Stderr, "chunks:", err)
		os.Exit(1)
	}
}

// fill is the part of a disk that files take.
const fill = 0.7

// plan is what is measured.
type plan struct {
	folder, tree string
	size         int64 // MiB
	changed      float64
	rounds       int
	seed         uint64
}

// inFolder makes a folder and removes it at the end; one that is there already is left alone.
func inFolder(folder string, do func() error) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return do()
}

func run(ctx context.Context, p plan, only string) error {
	if p.size < 256 || p.size > 16384 || p.changed <= 0 || p.changed > 10 || p.rounds < 1 {
		return fmt.Errorf("-size is 256 to 16384, -changed more than 0 and at most 10, -rounds at least 1")
	}
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	began := time.Now()
	fmt.Printf("### Cutters of disk images\n\n%s, load %s before. Disks of %d MiB, %g %% changed.\n\n",
		rig.Now(), rig.Load(), p.size, p.changed)
	s := newStudy(p, pattern)
	if err := s.speeds(); err != nil {
		return err
	}
	if err := s.disks(ctx); err != nil {
		return err
	}
	s.print()
	fmt.Printf("%.0f s in all.\n", time.Since(began).Seconds())
	return nil
}
