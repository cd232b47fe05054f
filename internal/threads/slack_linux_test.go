package threads

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestThreadsMayWakeLater(t *testing.T) {
	slack := make(chan int)
	go func() {
		runtime.LockOSThread() // never unlocked: the next goroutine is on another thread
		got, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
		if err != nil {
			got = -1
		}
		slack <- got
	}()
	require.EqualValues(t, time.Millisecond, <-slack)
}
