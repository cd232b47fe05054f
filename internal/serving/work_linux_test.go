package serving

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Pictures that wait are looked at by the thread that has looked at the one before: no other has to be woken for them.
func TestAThreadGoesOnWithTheNextPicture(t *testing.T) {
	l := newLine(t, 1, true)
	l.allot(1, 1)
	l.use(1) // what comes now is looked at in spare time, one after the other
	const pictures = waitingPerCore
	threads := make(chan int, pictures+1)
	var turns []*turn
	join := func() {
		own, begun, err := l.join(1, func() { threads <- unix.Gettid() })
		require.NoError(t, err)
		turns = append(turns, own)
		if len(turns) == 1 {
			require.Equal(t, turns, begun)
		} else {
			require.Empty(t, begun)
		}
	}
	for range pictures + 1 {
		join()
	}
	l.start(turns[:1])
	for _, own := range turns {
		<-own.ended
	}
	first := <-threads
	for range pictures {
		require.Equal(t, first, <-threads)
	}
	require.Zero(t, l.extra)
}
