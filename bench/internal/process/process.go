// Package process watches a process together with those that it has started: what they take of the machine, as one.
package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Tree is a process and its descendants, as long as their parents live.
type Tree struct{ Root int }

// IDs lists the processes, the root first.
func (t Tree) IDs() ([]int, error) {
	children, err := children()
	if err != nil {
		return nil, err
	}
	ids := []int{t.Root}
	for i := 0; i < len(ids); i++ {
		ids = append(ids, children[ids[i]]...)
	}
	return ids, nil
}

// children lists, for each process of the machine, those that it is the parent of.
func children() (map[int][]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	of := map[int][]int{}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		// The name is in brackets and may hold anything; after it come state and parent.
		rest := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parent, err := strconv.Atoi(rest[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		of[parent] = append(of[parent], id)
	}
	return of, nil
}

// CPU is the time that the processes have taken, in seconds. One that ended is not counted any more.
func (t Tree) CPU() (sum float64, err error) {
	ids, err := t.IDs()
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		// The clock of another process, as clock_getcpuclockid(3) makes its number.
		var used unix.Timespec
		if err := unix.ClockGettime(int32(^id<<3|2), &used); err != nil {
			return 0, fmt.Errorf("CPU time of process %d: %w", id, err)
		}
		sum += time.Duration(used.Nano()).Seconds()
	}
	return sum, nil
}

// Memory is what the processes hold in bytes; what several processes share counts as much in each as is its part (PSS).
func (t Tree) Memory() (sum int64, err error) {
	ids, err := t.IDs()
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		pss, err := proportional(id)
		if err != nil {
			return 0, err
		}
		sum += pss
	}
	return sum, nil
}

func proportional(id int) (int64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", id))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if rest, found := strings.CutPrefix(lines.Text(), "Pss:"); found {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.Join(lines.Err(), fmt.Errorf("%s tells no Pss", file.Name()))
}

// Signal sends all processes a signal; those that have ended need none.
func (t Tree) Signal(s syscall.Signal) error {
	ids, err := t.IDs()
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		if err := syscall.Kill(id, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, fmt.Errorf("signal to process %d: %w", id, err))
		}
	}
	return errors.Join(errs...)
}
