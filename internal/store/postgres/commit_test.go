package postgres_test

import (
	"bytes"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/store"
	"ownsight/internal/store/postgres/pgtest"
)

// line is a way to PostgreSQL that breaks when it is told to, at a COMMIT.
type line struct {
	server string
	fate   chan fate   // of the next COMMIT
	held   chan func() // what brings one that was held to the server
}

type fate string

const (
	vanishes fate = "it vanishes"   // before the server has it
	unheard  fate = "it is done"    // and the answer does not come back
	late     fate = "it comes late" // when somebody has asked about it
)

func newLine(t *testing.T, at string) (*line, string) {
	t.Helper()
	address, err := url.Parse(at)
	require.NoError(t, err)
	query := address.Query()
	l := &line{server: filepath.Join(query.Get("host"), ".s.PGSQL.5432"), fate: make(chan fate, 1), held: make(chan func(), 1)}
	folder := t.TempDir()
	socket, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	require.NoError(t, err)
	t.Cleanup(func() { socket.Close() })
	go func() {
		for {
			client, err := socket.Accept()
			if err != nil {
				return
			}
			go l.carry(client)
		}
	}()
	query.Set("host", folder)
	address.RawQuery = query.Encode()
	return l, address.String()
}

// carry brings messages to the server and answers back, until one of them ends or a COMMIT has a fate.
func (l *line) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", l.server)
	if err != nil {
		return
	}
	var mute atomic.Bool
	heard := make(chan struct{}, 1) // an answer that the client does not get
	go func() {
		defer client.Close()
		answer := make([]byte, 64<<10)
		for {
			n, err := server.Read(answer)
			if mute.Load() {
				heard <- struct{}{}
				return
			}
			if err != nil {
				return
			}
			if _, err := client.Write(answer[:n]); err != nil {
				return
			}
		}
	}()
	deliver := func(message []byte) {
		mute.Store(true)
		_, _ = server.Write(message)
		<-heard
		server.Close()
	}
	message := make([]byte, 64<<10)
	for {
		n, err := client.Read(message)
		if err != nil {
			server.Close()
			return
		}
		if bytes.Contains(message[:n], []byte("COMMIT")) {
			select {
			case f := <-l.fate:
				switch f {
				case vanishes:
					server.Close()
				case unheard:
					deliver(message[:n])
				case late:
					l.held <- func() { deliver(message[:n]) }
				}
				return
			default:
			}
		}
		if _, err := server.Write(message[:n]); err != nil {
			return
		}
	}
}

// TestCommitWithoutAnswer breaks the connection at COMMIT: whatever became of it, what a transaction does is done once.
func TestCommitWithoutAnswer(t *testing.T) {
	for fate, most := range map[fate]int{vanishes: 2, unheard: 1, late: 2} {
		t.Run(string(fate), func(t *testing.T) {
			t.Parallel()
			at := pgtest.URL(t)
			l, through := newLine(t, at)
			s := open(t, through)
			_, err := s.DB().Exec("CREATE TABLE runs (n int)")
			require.NoError(t, err)
			runs, committed := 0, 0
			l.fate <- fate
			require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
				runs++
				tx.AfterCommit(func() { committed++ })
				_, err := tx.SQL().Exec("INSERT INTO runs VALUES ($1)", runs)
				return err
			}))
			if fate == late {
				(<-l.held)()
			}
			require.Equal(t, most, runs)
			require.Equal(t, 1, committed)
			var rows, marks, fences int
			require.NoError(t, s.DB().QueryRow("SELECT count(*) FROM runs").Scan(&rows))
			require.Equal(t, 1, rows)
			require.NoError(t, s.DB().QueryRow("SELECT count(*) FILTER (WHERE done), count(*) FILTER (WHERE NOT done) FROM commits").Scan(&marks, &fences))
			require.Equal(t, 1, marks, "the write's own, for opening the store writes nothing")
			require.Equal(t, most-1, fences)

			require.NoError(t, s.Tidy(t.Context(), time.Now()))
			require.NoError(t, s.DB().QueryRow("SELECT count(*) FROM commits WHERE done").Scan(&marks))
			require.Equal(t, 1, marks, "it may be asked for yet")
			require.NoError(t, s.Tidy(t.Context(), time.Now().Add(2*time.Hour)))
			require.NoError(t, s.DB().QueryRow("SELECT count(*) FROM commits").Scan(&marks))
			require.Zero(t, marks)
		})
	}
}

// TestTransactionsThatOnlyReadLeaveNoMark, for they cannot be lost.
func TestTransactionsThatOnlyReadLeaveNoMark(t *testing.T) {
	s := open(t, pgtest.URL(t))
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Accounts().List(t.Context())
		return err
	}))
	var marks int
	require.NoError(t, s.DB().QueryRow("SELECT count(*) FROM commits").Scan(&marks))
	require.Zero(t, marks)
}

// TestATransactionThatStoodStillIsRunAgain: PostgreSQL ends those of a node that was paused.
func TestATransactionThatStoodStillIsRunAgain(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.URL(t))
	tries := 0
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		if tries++; tries == 1 {
			_, err := tx.Accounts().List(t.Context())
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				var open int
				err := s.DB().QueryRow("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'").Scan(&open)
				return err == nil && open == 0
			}, 5*time.Minute, 50*time.Millisecond)
		}
		_, err := tx.Accounts().List(t.Context())
		return err
	}))
	require.Equal(t, 2, tries)
}
