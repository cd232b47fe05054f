package threads

import (
	"time"

	"golang.org/x/sys/unix"
)

// lower makes the calling thread less urgent. On Linux a priority is a thread's, whatever setpriority(2) is called with.
func lower(nice int) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, nice) // where it is forbidden, work goes on at the usual priority
}

// threadTime is how long the calling thread has computed so far.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
