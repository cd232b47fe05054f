package meter

import (
	"context"
	"fmt"
	"time"

	"ownsight/internal/store"
)

// Of says whose figures are wanted: a model's, or those of all models of an account in a region.
type Of struct {
	Account, Region string
	Project, Name   string // both empty: all models
}

// Minute is a minute with figures.
type Minute struct {
	Begin time.Time
	Tally
}

// Minutes gives those from a time on and before another in which there was anything, on all nodes together and in the order
// of time. What this node has counted so far is among them, what others have since they wrote last is not.
func (m *Meter) Minutes(ctx context.Context, of Of, from, to time.Time) (list []Minute, err error) {
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	var rows []store.Minute
	err = m.Store.Read(ctx, func(tx *store.Tx) (err error) {
		first, past := from.Unix()/60, to.Add(time.Minute-1).Unix()/60
		if of.Name == "" {
			rows, err = tx.Figures().OfAccount(ctx, of.Account, of.Region, first, past)
			return err
		}
		rows = nil
		version, err := tx.Figures().Version(ctx, of.Account, of.Region, of.Project, of.Name)
		if err != nil || version == 0 {
			return err
		}
		rows, err = tx.Figures().OfVersion(ctx, version, first, past)
		return err
	})
	for _, row := range rows {
		t, err := tally(row)
		if err != nil {
			return nil, fmt.Errorf("minute %d of version %d: %w", row.Minute, row.Version, err)
		}
		begin := time.Unix(row.Minute*60, 0).UTC()
		if len(list) == 0 || !list[len(list)-1].Begin.Equal(begin) {
			list = append(list, Minute{Begin: begin})
		}
		list[len(list)-1].merge(t)
	}
	return list, err
}

// Units gives the units that a model had in each minute in which it had any, from a time on and before another: the most of
// the minute, of which At is the begin.
func (m *Meter) Units(ctx context.Context, of Of, from, to time.Time) (list []store.Level, err error) {
	to = earlier(to, m.Now().Add(1))
	var levels []store.Level
	err = m.Store.Read(ctx, func(tx *store.Tx) error {
		levels = nil
		version, err := tx.Figures().Version(ctx, of.Account, of.Region, of.Project, of.Name)
		if err != nil || version == 0 {
			return err
		}
		levels, err = tx.Figures().Levels(ctx, version, from, to)
		return err
	})
	for i, l := range levels {
		end := to
		if i+1 < len(levels) {
			end = levels[i+1].At
		}
		if l.Desired == 0 && l.InService == 0 {
			continue
		}
		for at := later(l.At, from).Truncate(time.Minute); at.Before(end); at = at.Add(time.Minute) {
			list = withMinute(list, at, l)
		}
	}
	return list, err
}

// Known gives models of an account in a region by name, after one of them, and what is known of each since a time; and
// whether any model there was asked since.
func (m *Meter) Known(ctx context.Context, of Of, after store.Known, since time.Time, limit int) (list []store.Known, asked bool, err error) {
	if err := m.Flush(ctx); err != nil {
		return nil, false, err
	}
	err = m.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if asked, err = tx.Figures().Asked(ctx, of.Account, of.Region, since); err != nil {
			return err
		}
		list, err = tx.Figures().Known(ctx, of.Account, of.Region, after, since, limit)
		return err
	})
	return list, asked, err
}

// withMinute adds a level to the minutes, or to the last of them if it is of the same.
func withMinute(list []store.Level, at time.Time, l store.Level) []store.Level {
	if len(list) == 0 || list[len(list)-1].At.Before(at) {
		l.At = at
		return append(list, l)
	}
	last := &list[len(list)-1]
	last.Min, last.Max = l.Min, l.Max
	last.Desired, last.InService = max(last.Desired, l.Desired), max(last.InService, l.InService)
	return list
}

func tally(row store.Minute) (Tally, error) {
	times, err := decodeTimes(row.Times)
	return Tally{Answered: row.Answered, Throttled: row.Throttled, UserErrors: row.UserErrors, ServerErrors: row.ServerErrors,
		Computed: row.Computed, Times: times}, err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
