// Package postgres opens the database of a cluster.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"ownsight/internal/store"
	"ownsight/internal/store/internal/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Every node keeps at most so many connections; PostgreSQL allows 100 in all unless told otherwise.
const connections = 20

// migrating is the advisory lock that a node takes while it changes the schema.
const migrating = 7305447218

var dialect = store.Dialect{Name: "postgres", Shared: true, Retry: retry, Away: away, Committed: committed, Tidy: tidy, River: queue}

// Open connects to the database that a URL or a keyword string names and brings its schema up to date; nodes that start
// together take turns.
func Open(ctx context.Context, url string) (*store.Store, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	bound(c)
	db := sql.OpenDB(connector{stdlib.GetConnector(*c)})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	s := store.New(db, db, dialect)
	if err := s.Index(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), s.Close())
	}
	return s, nil
}

// How long the other side may be silent, so that neither a node waits for a server that is gone, nor the others for the
// locks of a node that is: much less than a lease, and longer than a restart of a switch.
const (
	silence    = 6 * time.Second
	connecting = 2 * time.Second
)

// bound limits how long connections outlive those at their ends, where the URL does not say otherwise.
func bound(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connecting
	}
	beats := net.KeepAliveConfig{Enable: true, Idle: silence / 2, Interval: time.Second, Count: 3}
	c.DialFunc = (&net.Dialer{KeepAliveConfig: beats, Control: acknowledged}).DialContext
	for name, value := range map[string]string{
		"idle_in_transaction_session_timeout": "10000", // ms; transactions of ours never wait for anything but the database
		"tcp_user_timeout":                    strconv.FormatInt(silence.Milliseconds(), 10),
		"tcp_keepalives_idle":                 "3",
		"tcp_keepalives_interval":             "1",
		"tcp_keepalives_count":                "3",
	} {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
}

func prepare(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrating); err != nil {
		return fmt.Errorf("wait for another node's migration: %w", err)
	}
	err = migrate.Up(ctx, db, goose.DialectPostgres, files, queue(db))
	_, unlock := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrating)
	return errors.Join(err, unlock)
}

func queue(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) }

// away is true for errors of a server that stops, starts or has become a standby, and of connections to it.
func away(err error) bool {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		switch told.Code {
		case "57P01", "57P02", "57P03", // it is shut down, has crashed, is starting
			"25006", // it only reads, as a standby
			"25P03": // it has ended a transaction that stood still, as in a node that was paused
			return true
		}
		return strings.HasPrefix(told.Code, "08")
	}
	var network net.Error
	var dial *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &dial) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "conn closed")
}

// retry is true for a serialization failure (40001), a deadlock (40P01), and a key that is taken (23505): the store asks
// before it writes, so somebody else must have taken it in between.
func retry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01" || e.Code == "23505")
}
