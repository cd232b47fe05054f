package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"ownsight"
)

// maxNames is how many names one query takes; the service model allows no more.
const maxNames = 10

// Cursor is a place in a list that runs from the newest to the oldest: after the row with this creation time and
// number. The zero value means the start as an argument, and as a result that nothing follows.
type Cursor struct{ Created, ID int64 }

// IsZero reports whether c is the start, or as a result the end, of a list.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// below is the row that all further ones are older than.
func (c Cursor) below() Cursor {
	if c.IsZero() {
		return Cursor{Created: math.MaxInt64, ID: math.MaxInt64}
	}
	return c
}

// page cuts rows, of which one more than limit was asked for, and tells where the next page starts.
func page[T any](rows []T, limit int, at func(T) Cursor) ([]T, Cursor) {
	if len(rows) <= limit {
		return rows, Cursor{}
	}
	rows = rows[:limit]
	return rows, at(rows[limit-1])
}

// padded fills the fixed number of places that a query has, repeating the first value; of no values it makes empty ones.
func padded[T ~string](values []T, places int) ([]string, error) {
	if len(values) > places {
		return nil, fmt.Errorf("%d values in a list that holds %d", len(values), places)
	}
	filled := make([]string, places)
	for i := range filled {
		switch {
		case i < len(values):
			filled[i] = string(values[i])
		case len(values) > 0:
			filled[i] = string(values[0])
		}
	}
	return filled, nil
}

// found turns the absence of a row into a NotFound error about what was asked for.
func found(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ownsight.Errorf(ownsight.NotFound, format, args...)
	}
	return err
}

// taken turns the absence of a row that an insert should have returned into an error of the given code.
func taken(err error, code ownsight.Code, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ownsight.Errorf(code, format, args...)
	}
	return err
}

// millis is how times are stored; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
