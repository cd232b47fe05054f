// Package cgroup tells how much memory the kernel lets this process have: a service of systemd, or a container, has less than
// the machine.
package cgroup

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory is what bounds a process, in bytes: the least that one of its control groups allows all that is in it, and how much of
// that is taken.
type Memory struct{ Limit, Used int64 }

// Left is how much is not taken.
func (m Memory) Left() int64 { return max(m.Limit-m.Used, 0) }

// Self finds the limit of this process; there may be none.
func Self() (Memory, bool) { return memoryOf("/proc/self/cgroup", "/sys/fs/cgroup") }

// memoryOf walks from the control group that a file like /proc/self/cgroup names up to the root of a tree like /sys/fs/cgroup.
// Each one on the way bounds what is below it: with memory.max, beyond which programs are ended, and with memory.high, beyond
// which they hardly get on. In a container the tree may begin with its own group, while the path goes on being that of the
// machine: what is not there bounds nothing, and the root is always looked at.
func memoryOf(self, tree string) (Memory, bool) {
	least := Memory{Limit: math.MaxInt64}
	for path := pathIn(self); ; path = filepath.Dir(path) {
		folder := filepath.Join(tree, path)
		for _, name := range []string{"memory.max", "memory.high"} {
			if limit, ok := number(filepath.Join(folder, name)); ok && limit < least.Limit {
				used, _ := number(filepath.Join(folder, "memory.current"))
				least = Memory{limit, used}
			}
		}
		if path == "/" {
			return least, least.Limit < math.MaxInt64
		}
	}
}

// pathIn gives the path of the second version's control group; the root where there is none.
func pathIn(self string) string {
	text, err := os.ReadFile(self)
	if err != nil {
		return "/"
	}
	for line := range strings.Lines(string(text)) {
		if path, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::/"); is {
			return filepath.Clean("/" + path) // it begins with .. for what lies outside a container's own
		}
	}
	return "/"
}

// number reads a file with one; "max" is none.
func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}
