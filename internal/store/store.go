package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river/riverdriver"

	"ownsight/internal/store/internal/db"
	"ownsight/internal/trace"
)

// maxTries bounds how often a transaction runs again after it met another one; at some 100 ms between the later tries
// that is a little more than a second.
const maxTries = 20

// Dialect is what differs between the databases once they are open.
type Dialect struct {
	Name   string                                           // sqlite or postgres
	Shared bool                                             // several servers may use the database at the same time
	Retry  func(err error) bool                             // the transaction met another one and may succeed if it runs again
	Away   func(err error) bool                             // the database is not there, but may come back; nil if it cannot go away
	River  func(writer *sql.DB) riverdriver.Driver[*sql.Tx] // the job queue's driver

	// Committed says after a commit that failed with err whether it was done all the same; if not, it never will be. Its own
	// error leaves that open. Nil where a commit that fails was not done.
	Committed func(ctx context.Context, db *sql.DB, err error) (done bool, unknown error)
	// Tidy removes what Committed needs only for a while. Nil if there is nothing.
	Tidy func(ctx context.Context, db *sql.DB, now time.Time) error
}

// Store is an open database.
type Store struct {
	write, read *sql.DB
	dialect     Dialect
}

// New makes a store of two pools over the same database, which may be one and the same; its schema is up to date.
func New(write, read *sql.DB, d Dialect) *Store {
	return &Store{write: write, read: read, dialect: d}
}

// DB is the pool that writes, for the job queue, which shares it so that a state and its job commit together.
func (s *Store) DB() *sql.DB { return s.write }

// Dialect tells which database this is.
func (s *Store) Dialect() Dialect { return s.dialect }

// Ping checks that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return errors.Join(s.write.PingContext(ctx), s.read.PingContext(ctx))
}

// Tidy removes what is only of use for a while. Whoever keeps a store open calls it now and then.
func (s *Store) Tidy(ctx context.Context, now time.Time) error {
	if s.dialect.Tidy == nil {
		return nil
	}
	if err := s.dialect.Tidy(ctx, s.write, now); err != nil {
		return fmt.Errorf("tidy the database: %w", err)
	}
	return nil
}

// Close closes both pools.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Read runs fn on one consistent view of the database; writes inside it fail. fn may be run again, as in Write.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	ctx, span := trace.Begin(ctx, "read database")
	err := s.patiently(ctx, func() error {
		return s.transact(ctx, s.read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
	})
	span.End(err)
	return err
}

// Write runs fn in a serializable transaction, which commits when fn returns nil. PostgreSQL may refuse a transaction
// that met another, or restart in the middle of it, and fn is then run again: it must have no effect outside tx but on
// what it sets anew each time. fn must not call Read or Write, for SQLite has a single writer, who would wait for himself.
//
// Serializable, because quotas are counted and then used up: two callers who each see one free place must not both
// take it. SQLite gives this anyway.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	ctx, span := trace.Begin(ctx, "write database")
	err := s.patiently(ctx, func() error { return s.contend(ctx, fn) })
	span.End(err)
	return err
}

// patience is how long a transaction waits for a database that restarts or fails over to another.
const patience = 15 * time.Second

// patiently repeats a transaction while the database is away, unless nobody knows whether it was committed.
func (s *Store) patiently(ctx context.Context, transact func() error) error {
	if s.dialect.Away == nil {
		return transact()
	}
	began := time.Now()
	for {
		err := transact()
		if err == nil || time.Since(began) > patience || errors.As(err, new(*openError)) || !s.dialect.Away(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(100*time.Millisecond + rand.N(100*time.Millisecond)):
		}
	}
}

// contend repeats a transaction that met another.
func (s *Store) contend(ctx context.Context, fn func(*Tx) error) error {
	opts := &sql.TxOptions{Isolation: sql.LevelSerializable}
	for try := 1; ; try++ {
		began := time.Now()
		err := s.transact(ctx, s.write, opts, fn)
		if err == nil || try == maxTries || !s.dialect.Retry(err) {
			return err
		}
		// Where a try takes long, those that meet have to make room for one another for as long.
		pause := max(min(time.Millisecond<<try, 100*time.Millisecond), time.Since(began))
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(rand.N(pause)):
		}
	}
}

func (s *Store) transact(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(*Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer tx.Rollback() // nothing to do after a commit
	own := &Tx{sql: tx, q: db.New(tx)}
	if err := fn(own); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if err := s.unlessCommitted(ctx, err); err != nil {
			return err
		}
	}
	for _, f := range own.after {
		f()
	}
	return nil
}

// unlessCommitted finds out what became of a transaction whose commit failed: nil if it was committed, an *openError if that
// stays open, and otherwise the error of one that was not and may run again.
func (s *Store) unlessCommitted(ctx context.Context, failed error) error {
	failed = fmt.Errorf("commit transaction: %w", failed)
	if s.dialect.Committed == nil {
		return failed
	}
	done := false
	unknown := s.patiently(ctx, func() (err error) {
		done, err = s.dialect.Committed(ctx, s.write, failed)
		return err
	})
	switch {
	case unknown != nil:
		return &openError{errors.Join(failed, unknown)}
	case done:
		return nil
	}
	return failed
}

// openError is the error of a transaction that may have been committed or not.
type openError struct{ cause error }

func (e *openError) Error() string { return e.cause.Error() }
func (e *openError) Unwrap() error { return e.cause }

// Tx is one transaction; its methods give access to the facts by kind.
type Tx struct {
	sql   *sql.Tx
	q     *db.Queries
	after []func()
}

// AfterCommit calls f once the transaction has been committed, and never if it is not.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// SQL is the transaction itself, for the job queue.
func (t *Tx) SQL() *sql.Tx { return t.sql }

// Accounts gives access to accounts and their keys.
func (t *Tx) Accounts() Accounts { return Accounts{t.q} }

// Users gives access to the users of accounts and their policies.
func (t *Tx) Users() Users { return Users{t.q} }

// Policies gives access to the policies of projects.
func (t *Tx) Policies() Policies { return Policies{t.q} }

// Projects gives access to projects.
func (t *Tx) Projects() Projects { return Projects{t.q} }

// Datasets gives access to datasets, without their entries.
func (t *Tx) Datasets() Datasets { return Datasets{t.q} }

// Entries gives access to the entries and labels of datasets.
func (t *Tx) Entries() Entries { return Entries{tx: t} }

// Versions gives access to model versions.
func (t *Tx) Versions() Versions { return Versions{t.q} }

// Images gives access to images and whom they are shared with.
func (t *Tx) Images() Images { return Images{t.q} }

// Disks gives access to disk files that can be imported, and to the tasks that export images.
func (t *Tx) Disks() Disks { return Disks{t.q} }

// Contents gives access to the bytes of images, as chunks.
func (t *Tx) Contents() Contents { return Contents{t.q} }

// Tags gives access to the tags of resources.
func (t *Tx) Tags() Tags { return Tags{t.q} }

// Nodes gives access to the servers that share the database.
func (t *Tx) Nodes() Nodes { return Nodes{t.q} }

// Placements gives access to which nodes answer for running models.
func (t *Tx) Placements() Placements { return Placements{t.q} }

// Figures gives access to what models were asked and the units that they had.
func (t *Tx) Figures() Figures { return Figures{t.q} }

// Work gives access to the long work that is not done yet.
func (t *Tx) Work() Work { return Work{t.q} }
