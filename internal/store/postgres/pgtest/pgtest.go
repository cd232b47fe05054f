// Package pgtest gives tests a real PostgreSQL: a private server for each test process, a database for each test.
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
	"github.com/stretchr/testify/require"
)

// URL makes an empty database and gives its address; the database is dropped when the test ends. The test is skipped
// where PostgreSQL is not installed.
func URL(t testing.TB) string {
	t.Helper()
	bin := binaries()
	if bin == "" {
		t.Skip("PostgreSQL is not installed: apt-get install postgresql")
	}
	server, err := start(bin)
	require.NoError(t, err)
	name := "test_" + strings.ToLower(rand.Text())
	admin, err := sql.Open("pgx", server.url("postgres"))
	require.NoError(t, err)
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, admin.Close())
	})
	return server.url(name)
}

// binaries is the folder of the newest PostgreSQL, or empty. Debian keeps it off the search path.
func binaries() string {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return ""
	}
	return filepath.Dir(slices.Max(found))
}

type server struct {
	dir string
	// alive is held open by this process: when it closes, for whatever reason, the server stops and its files go.
	alive io.Closer
}

func (s *server) url(database string) string {
	query := url.Values{"host": {s.dir}, "user": {"ownsight"}}
	return "postgres:///" + database + "?" + query.Encode()
}

var once struct {
	sync.Mutex
	server *server
	err    error
}

func start(bin string) (*server, error) {
	once.Lock()
	defer once.Unlock()
	if once.server == nil && once.err == nil {
		once.server, once.err = launch(bin)
	}
	return once.server, once.err
}

// supervise runs the server until standard input ends.
const supervise = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c max_connections=200 2>"$2/log" &
pid=$!; read -r _; kill -QUIT $pid; wait $pid; rm -rf "$2"`

func launch(bin string) (*server, error) {
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	as, err := account(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "ownsight",
		"--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	run := exec.Command("/bin/sh", "-c", supervise, "sh", bin, dir)
	run.SysProcAttr, run.Dir = as, dir
	alive, err := run.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := run.Start(); err != nil {
		return nil, err
	}
	s := &server{dir: dir, alive: alive}
	return s, s.ready()
}

// account makes the server's files belong to, and the server run as, somebody who is not root, whom PostgreSQL refuses.
func account(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(owner.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// ready waits for the server to answer.
func (s *server) ready() error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := db.Ping()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		<-time.After(10 * time.Millisecond)
	}
}
