// Package sqlite opens the embedded database: one file, one writer, many readers who never wait for him.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"ownsight/internal/store"
	"ownsight/internal/store/internal/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// readers is how many transactions may read at a time.
const readers = 8

// logPages is how long the log grows, in pages of 4 KiB, before it is carried over into the file. The pages of an index
// that many transactions change are then carried over once for all of them.
const logPages = "16000"

var dialect = store.Dialect{Name: "sqlite", Retry: retry, River: queue}

// Open opens the database file at path, which is made with mode 0600 if it is absent, and brings its schema up to date.
// Several processes may have it open at a time; one that finds another writing waits up to ten seconds.
//
// The log is synced at every commit, so that what was acknowledged survives a power failure.
func Open(ctx context.Context, path string) (*store.Store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	write, err := sql.Open("sqlite3", source(path, "_txlock", "immediate"))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	write.SetMaxOpenConns(1)
	if err := prepare(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	if _, err := write.ExecContext(ctx, "PRAGMA wal_autocheckpoint = "+logPages); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read, err := sql.Open("sqlite3", source(path, "_query_only", "true"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s := store.New(write, read, dialect)
	if err := s.Index(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.Close())
	}
	return s, nil
}

func prepare(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return migrate.Up(ctx, db, goose.DialectSQLite3, files, queue(db))
}

// source is the data source name of a file, with one more setting than all connections share.
func source(path, key, value string) string {
	settings := url.Values{
		"_journal_mode":    {"WAL"},
		"_synchronous":     {"FULL"},
		"_foreign_keys":    {"true"},
		"_busy_timeout":    {"10000"},  // ms
		"_cache_size":      {"-16000"}, // KiB, a connection
		"_stmt_cache_size": {"100"},
		key:                {value},
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings.Encode()}).String()
}

func queue(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) }

// retry is true when another process has held the file for longer than the driver waits.
func retry(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}
