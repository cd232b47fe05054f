package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Whether a COMMIT was done that nobody answered is not for the connection to say, so serializable transactions leave a
// mark as they commit, in the same message. Who asks later writes the mark himself: if he is first, the transaction cannot
// commit any more, wherever its COMMIT is still on its way; if it holds the mark and is not done, he waits for it. This holds
// in the standby that takes over too, while the number of a transaction, which pg_xact_status knows, may be another's there.

// marksLast is how long a mark stays, by the clocks of nodes: much longer than anybody asks for it.
const marksLast = time.Hour

// connector opens connections whose serializable transactions leave marks.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	plain, ok := opened.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver has a connection of type %T", opened), opened.Close())
	}
	return conn{plain}, nil
}

type conn struct{ *stdlib.Conn }

// BeginTx begins a transaction as the driver does.
func (c conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	plain, err := c.Conn.BeginTx(ctx, o)
	if err != nil || o.ReadOnly || sql.IsolationLevel(o.Isolation) != sql.LevelSerializable {
		return plain, err
	}
	mark, err := uuid.NewV7()
	if err != nil {
		return nil, errors.Join(err, plain.Rollback())
	}
	return &transaction{Tx: plain, ctx: ctx, conn: c.Conn.Conn(), mark: mark}, nil
}

// transaction is one that leaves a mark if it has changed anything.
type transaction struct {
	driver.Tx
	ctx  context.Context //nolint:containedctx // what database/sql has no other way for
	conn *pgx.Conn
	mark uuid.UUID
}

// Commit ends the transaction. Its error is an *unanswered where it may have been committed.
func (t *transaction) Commit() error {
	tag, err := t.conn.Exec(t.ctx, fmt.Sprintf("INSERT INTO commits (id, done) SELECT '%s', true WHERE pg_current_xact_id_if_assigned() IS NOT NULL; COMMIT", t.mark))
	switch {
	case err == nil && tag.String() == "ROLLBACK":
		return pgx.ErrTxCommitRollback
	case err == nil || t.conn.PgConn().TxStatus() == 'I':
		return err
	case t.conn.PgConn().TxStatus() == 'E' && !t.conn.IsClosed(): // it met another one before its COMMIT
		return errors.Join(err, t.Rollback())
	}
	// Nothing may have been sent, but pgconn.SafeToRetry says so of a message whose answer did not come too.
	_ = t.conn.Close(t.ctx)
	return &unanswered{t.mark, err}
}

// unanswered is the error of a COMMIT that was sent, and whose answer was not received.
type unanswered struct {
	mark  uuid.UUID
	cause error
}

func (e *unanswered) Error() string { return e.cause.Error() }
func (e *unanswered) Unwrap() error { return e.cause }

// committed says after an error of a commit whether it was done all the same. If not, it never will be.
func committed(ctx context.Context, db *sql.DB, err error) (done bool, unknown error) {
	var e *unanswered
	if !errors.As(err, &e) {
		return false, nil
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO commits (id, done) VALUES ($1, false) ON CONFLICT (id) DO NOTHING", e.mark.String()); err != nil {
		return false, fmt.Errorf("ask whether a transaction was committed: %w", err)
	}
	if err := db.QueryRowContext(ctx, "SELECT done FROM commits WHERE id = $1", e.mark.String()).Scan(&done); err != nil {
		return false, fmt.Errorf("ask whether a transaction was committed: %w", err)
	}
	return done, nil
}

// tidy removes marks that nobody asks for any more.
func tidy(ctx context.Context, db *sql.DB, now time.Time) error {
	var before uuid.UUID // the least of its millisecond
	binary.BigEndian.PutUint64(before[:], uint64(now.Add(-marksLast).UnixMilli())<<16)
	_, err := db.ExecContext(ctx, "DELETE FROM commits WHERE id < $1", before.String())
	return err
}
