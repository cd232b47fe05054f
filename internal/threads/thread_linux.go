package threads

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// initial is how urgent the process was when it began.
var initial = niceness(0)

// niceness is that of a thread; 0 is the calling one. The system call gives 20 less it.
func niceness(thread int) int {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, thread)
	if err != nil {
		return 0
	}
	return 20 - n
}

// lower makes the calling thread less urgent than the process was. On Linux a priority is a thread's, whatever
// setpriority(2) is called with. Where it is forbidden, work goes on at the usual priority.
func lower(nice int) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, max(niceness(0), min(initial+nice, 19)))
}

// lowerOthers makes all threads of the process but some less urgent, and with them those that they will make. One that an
// urgent thread makes meanwhile is found in another round; the last round finds none.
func lowerOthers(kept map[int]bool, nice int) {
	nice = min(initial+nice, 19)
	for found := true; found; {
		found = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err == nil && !kept[id] && niceness(id) < nice {
				found = unix.Setpriority(unix.PRIO_PROCESS, id, nice) == nil || found
			}
		}
	}
}

func threadID() int { return unix.Gettid() }

// threadTime is how long the calling thread has computed so far.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
