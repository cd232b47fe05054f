package cluster

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// database is PostgreSQL on two hosts, one of which takes writes. The other is empty, until a standby is made for it.
type database struct {
	t       *testing.T
	bin     string
	log     string               // of both servers
	owner   *syscall.SysProcAttr // PostgreSQL refuses to be root
	hosts   [2]*host
	folders [2]string
	sockets [2]string    // a folder each, outside of what is copied to a standby
	lives   [2]io.Closer // until it is closed, or this process ends, the server lives
	primary int
}

// runPostgres runs a command until standard input ends.
const runPostgres = `"$@" 2>>log & pid=$!; read -r _; kill -QUIT $pid; wait $pid`

func newDatabase(t *testing.T, net *network) *database {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	require.NoError(t, err)
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed: apt-get install postgresql")
	}
	postgres, err := user.Lookup("postgres")
	require.NoError(t, err)
	uid, err := strconv.Atoi(postgres.Uid)
	require.NoError(t, err)
	gid, err := strconv.Atoi(postgres.Gid)
	require.NoError(t, err)
	folder, err := os.MkdirTemp("", "cluster") // that of the test cannot be entered by others, and is too long for a socket's path
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	require.NoError(t, os.Chown(folder, uid, gid))
	d := &database{t: t, log: filepath.Join(folder, "log"), bin: slices.Max(found), owner: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}}
	for i := range d.hosts {
		d.hosts[i] = net.host(t, "postgres"+strconv.Itoa(i))
		d.folders[i], d.sockets[i] = filepath.Join(folder, strconv.Itoa(i)), filepath.Join(folder, "socket"+strconv.Itoa(i))
		require.NoError(t, os.Mkdir(d.sockets[i], 0o700))
		require.NoError(t, os.Chown(d.sockets[i], uid, gid))
	}
	require.NoError(t, d.do("initdb", "-D", d.folders[0], "-U", "ownsight", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"))
	d.append("pg_hba.conf", "host all all "+subnet+"0/24 trust\nhost replication all "+subnet+"0/24 trust\n")
	d.append("postgresql.conf", "listen_addresses = '*'\nfsync = off\nmax_connections = 200\nwal_keep_size = 256MB\n")
	require.NoError(t, d.start(0))
	t.Cleanup(func() {
		if log, err := os.ReadFile(d.log); t.Failed() && err == nil {
			t.Logf("PostgreSQL's log ends with:\n%s", log[max(0, len(log)-4_000):])
		}
		for _, life := range d.lives {
			if life != nil {
				life.Close()
			}
		}
		ended := func(context.Context) bool { return len(d.hosts[0].processes())+len(d.hosts[1].processes()) == 0 }
		within, cancel := context.WithTimeout(context.Background(), time.Minute) // the test's own has ended
		defer cancel()
		if !until(within, 50*time.Millisecond, ended) {
			for _, pid := range slices.Concat(d.hosts[0].processes(), d.hosts[1].processes()) {
				command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
				t.Errorf("%q does not end: %s", command, status)
			}
		}
	})
	d.await()
	return d
}

// url is what the nodes are told: both hosts, whichever takes writes.
func (d *database) url() string {
	return fmt.Sprintf("postgres://ownsight@%s:5432,%s:5432/postgres?target_session_attrs=read-write", d.hosts[0].ip, d.hosts[1].ip)
}

// inside is how the test reaches the one that takes writes, whatever happens to the network.
func (d *database) inside() (*sql.DB, error) {
	return sql.Open("pgx", "postgres:///postgres?user=ownsight&host="+d.sockets[d.primary])
}

func (d *database) append(file, text string) {
	f, err := os.OpenFile(filepath.Join(d.folders[0], file), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(d.t, err)
	_, err = f.WriteString(text)
	require.NoError(d.t, errors.Join(err, f.Close()))
}

// do runs one of PostgreSQL's programs to its end.
func (d *database) do(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(d.bin, program), args...)
	cmd.SysProcAttr, cmd.Dir = d.owner, filepath.Dir(d.folders[0])
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}

// start begins a server's life on its host.
func (d *database) start(i int) error {
	if d.lives[i] != nil {
		d.lives[i].Close()
	}
	cmd := exec.Command("/bin/sh", "-c", runPostgres, "sh", filepath.Join(d.bin, "postgres"), "-D", d.folders[i], "-k", d.sockets[i])
	cmd.SysProcAttr, cmd.Dir = d.owner, filepath.Dir(d.folders[0])
	life, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	d.lives[i] = life
	if err := within(d.hosts[i].ns, cmd.Start); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// await waits until the one that takes writes takes them.
func (d *database) await() {
	db, err := d.inside()
	require.NoError(d.t, err)
	defer db.Close()
	server.Eventually(d.t, server.Patience, "PostgreSQL takes writes", func(ctx context.Context) bool {
		var standby bool
		return db.QueryRowContext(ctx, "SELECT pg_is_in_recovery()").Scan(&standby) == nil && !standby
	})
}

// restart stops the server that takes writes and starts it again after a time. Mode is fast, which ends transactions, or
// immediate, which is a crash.
func (d *database) restart(mode string, after time.Duration) error {
	if err := d.do("pg_ctl", "stop", "-D", d.folders[d.primary], "-m", mode); err != nil {
		return err
	}
	time.Sleep(after)
	if err := d.start(d.primary); err != nil {
		return err
	}
	d.await()
	return nil
}

// stand makes the other host a standby that has everything that is acknowledged from now on.
func (d *database) stand() error {
	other := 1 - d.primary
	if err := os.RemoveAll(d.folders[other]); err != nil {
		return err
	}
	if err := d.do("pg_basebackup", "-h", d.sockets[d.primary], "-U", "ownsight", "-D", d.folders[other], "-X", "stream", "-c", "fast", "--no-sync"); err != nil {
		return err
	}
	for file, content := range map[string]string{
		"standby.signal":       "",
		"postgresql.auto.conf": fmt.Sprintf("primary_conninfo = 'host=%s user=ownsight application_name=standby'\n", d.hosts[d.primary].ip),
	} {
		path := filepath.Join(d.folders[other], file)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chown(path, int(d.owner.Credential.Uid), int(d.owner.Credential.Gid))); err != nil {
			return err
		}
	}
	if err := d.start(other); err != nil {
		return err
	}
	db, err := d.inside()
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()"} {
		if _, err := db.Exec(statement); err != nil {
			return err
		}
	}
	server.Eventually(d.t, server.Patience, "the standby follows", func(ctx context.Context) bool {
		var n int
		return db.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&n) == nil && n == 1
	})
	return nil
}

// failOver loses the server that takes writes, and promotes the standby after a time. The lost one does not come back.
func (d *database) failOver(after time.Duration) error {
	if err := d.do("pg_ctl", "stop", "-D", d.folders[d.primary], "-m", "immediate"); err != nil {
		return err
	}
	time.Sleep(after)
	d.primary = 1 - d.primary
	if err := d.do("pg_ctl", "promote", "-D", d.folders[d.primary]); err != nil {
		return err
	}
	d.await()
	return nil
}

// activity says which sessions that meet a condition are not idle, and whom they wait for.
func (d *database) activity(condition string) (list []string) {
	db, err := d.inside()
	if err != nil {
		return []string{err.Error()}
	}
	defer db.Close()
	rows, err := db.Query(`SELECT concat_ws(' ', pid, client_addr, state, wait_event, 'blocked by', pg_blocking_pids(pid), 'since', now() - state_change, left(query, 120))
		FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid() AND ` + condition + ` ORDER BY state_change`)
	if err != nil {
		return []string{err.Error()}
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if rows.Scan(&line) == nil {
			list = append(list, strings.Join(strings.Fields(line), " "))
		}
	}
	if err := rows.Err(); err != nil {
		list = append(list, err.Error())
	}
	return list
}

// conflicts is how many transactions were refused because they met others, most of which the nodes have repeated.
func (d *database) conflicts() int {
	log, err := os.ReadFile(d.log)
	require.NoError(d.t, err)
	return bytes.Count(log, []byte("could not serialize access")) + bytes.Count(log, []byte("deadlock detected"))
}
