package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ownsight/internal/store/internal/db"
)

// Figures reads and writes what models were asked, minute by minute, and the inference units that they had.
type Figures struct{ q *db.Queries }

// Minute is what a version was asked on a node in a minute.
type Minute struct {
	Version, Minute int64 // the row number, and minutes since 1970
	Node            string

	Answered, Throttled, UserErrors, ServerErrors int64
	Computed                                      time.Duration // by cores, to the microsecond
	Times                                         []byte        // of the answers, as whoever writes it encodes them
}

// Level is how many inference units a version has from a moment on.
type Level struct {
	At                 time.Time
	Min, Max           int64
	Desired, InService int64
}

// Minute gives what is known of a version's minute on a node; all zero where nothing is.
func (f Figures) Minute(ctx context.Context, version, minute int64, node string) (Minute, error) {
	row, err := f.q.GetMinute(ctx, db.GetMinuteParams{VersionID: version, Minute: minute, Node: node})
	if errors.Is(err, sql.ErrNoRows) {
		return Minute{Version: version, Minute: minute, Node: node}, nil
	}
	return minuteOf(row), err
}

// PutMinute writes a minute, in place of what was known of it.
func (f Figures) PutMinute(ctx context.Context, m Minute) error {
	return f.q.PutMinute(ctx, db.PutMinuteParams{
		VersionID: m.Version, Minute: m.Minute, Node: m.Node, Answered: m.Answered, Throttled: m.Throttled, UserErrors: m.UserErrors,
		ServerErrors: m.ServerErrors, Computed: m.Computed.Microseconds(), Times: bytesOf(m.Times),
	})
}

// OfVersion gives the minutes of a version on all nodes, from the first on and before past, in the order of time.
func (f Figures) OfVersion(ctx context.Context, version, first, past int64) ([]Minute, error) {
	rows, err := f.q.MinutesOfVersion(ctx, db.MinutesOfVersionParams{VersionID: version, First: first, Past: past})
	return minutesOf(rows), err
}

// OfAccount gives those of all versions of an account in a region.
func (f Figures) OfAccount(ctx context.Context, account, region string, first, past int64) ([]Minute, error) {
	rows, err := f.q.MinutesOfAccount(ctx, db.MinutesOfAccountParams{Account: account, Region: region, First: first, Past: past})
	return minutesOf(rows), err
}

// SetLevel writes how many units a version has from a moment on, if that is not what it has already.
func (f Figures) SetLevel(ctx context.Context, version int64, l Level) error {
	last, err := f.q.LastLevel(ctx, version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if last.MinUnits == l.Min && last.MaxUnits == l.Max && last.Desired == l.Desired && last.InService == l.InService {
		return nil
	}
	return f.q.PutLevel(ctx, db.PutLevelParams{
		VersionID: version, At: max(millis(l.At), last.At), MinUnits: l.Min, MaxUnits: l.Max, Desired: l.Desired, InService: l.InService,
	})
}

// Levels gives those that a version had from first on and before past, the one that it began with included, in the order of
// time.
func (f Figures) Levels(ctx context.Context, version int64, first, past time.Time) ([]Level, error) {
	rows, err := f.q.Levels(ctx, db.LevelsParams{VersionID: version, First: millis(first), Past: millis(past)})
	list := make([]Level, len(rows))
	for i, row := range rows {
		list[i] = Level{At: fromMillis(row.At), Min: row.MinUnits, Max: row.MaxUnits, Desired: row.Desired, InService: row.InService}
	}
	return list, err
}

// Forget removes what was before a time.
func (f Figures) Forget(ctx context.Context, before time.Time) error {
	if err := f.q.DeleteMinutes(ctx, before.Unix()/60); err != nil {
		return err
	}
	return f.q.DeleteLevels(ctx, millis(before))
}

// Version gives the row number of the version that has a name in its project; 0 when there is none.
func (f Figures) Version(ctx context.Context, account, region, project, name string) (int64, error) {
	id, err := f.q.FindVersionNumber(ctx, db.FindVersionNumberParams{Account: account, Region: region, Project: project, Name: name})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// Exists reports whether a version is there still.
func (f Figures) Exists(ctx context.Context, version int64) (bool, error) {
	return f.q.VersionExists(ctx, version)
}

// Known is a version and what there is to know of it.
type Known struct {
	Project, Name string
	Asked, Ran    bool // since the time that was asked for
}

// Known gives versions of an account in a region by name, after one of them, and what is known of each since a time.
func (f Figures) Known(ctx context.Context, account, region string, after Known, since time.Time, limit int) ([]Known, error) {
	rows, err := f.q.VersionsWithFigures(ctx, db.VersionsWithFiguresParams{
		Minute: since.Unix() / 60, At: millis(since), Account: account, Region: region, Project: after.Project, Name: after.Name, Count: int32(limit),
	})
	list := make([]Known, len(rows))
	for i, row := range rows {
		list[i] = Known(row)
	}
	return list, err
}

// Asked reports whether any version of an account in a region has figures since a time.
func (f Figures) Asked(ctx context.Context, account, region string, since time.Time) (bool, error) {
	return f.q.AccountAsked(ctx, db.AccountAskedParams{Account: account, Region: region, Minute: since.Unix() / 60})
}

func minutesOf(rows []db.ModelMinute) []Minute {
	list := make([]Minute, len(rows))
	for i, row := range rows {
		list[i] = minuteOf(row)
	}
	return list
}

func minuteOf(row db.ModelMinute) Minute {
	return Minute{
		Version: row.VersionID, Minute: row.Minute, Node: row.Node, Answered: row.Answered, Throttled: row.Throttled, UserErrors: row.UserErrors,
		ServerErrors: row.ServerErrors, Computed: time.Duration(row.Computed) * time.Microsecond, Times: row.Times,
	}
}
