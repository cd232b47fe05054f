// Package postgres opens the database of a cluster.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
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

var dialect = store.Dialect{Name: "postgres", Retry: retry, River: queue}

// Open connects to the database that a URL or a keyword string names and brings its schema up to date; nodes that start
// together take turns.
func Open(ctx context.Context, url string) (*store.Store, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
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

// retry is true for a serialization failure (40001), a deadlock (40P01), and a key that is taken (23505): the store asks
// before it writes, so somebody else must have taken it in between.
func retry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01" || e.Code == "23505")
}
