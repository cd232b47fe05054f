package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ownsight/internal/store"
)

const (
	// jobsKnownFor is for how long the database is not asked again what waits, however many ask for figures.
	jobsKnownFor = 2 * time.Second
	// jobsAsked is how long an answer without the database is waited for: a scrape has other figures to show.
	jobsAsked = time.Second
)

// jobFigures shows the jobs that nobody does, on any node: the same on all.
type jobFigures struct {
	state        *store.Store
	log          *slog.Logger
	count, since *prometheus.Desc

	mu    sync.Mutex
	known map[string]store.Waiting // by kind, of all that have waited in this life
	at    time.Time
	found bool // the last time that the database was asked
}

func newJobFigures(state *store.Store, log *slog.Logger) *jobFigures {
	return &jobFigures{
		state: state, log: log, known: map[string]store.Waiting{},
		count: prometheus.NewDesc("ownsight_jobs_waiting", "Jobs that no node does, by kind: they wait for their turn, or to be repeated.", []string{"kind"}, nil),
		since: prometheus.NewDesc("ownsight_jobs_waiting_seconds", "For how long the oldest of them could have been done.", []string{"kind"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (f *jobFigures) Describe(to chan<- *prometheus.Desc) {
	to <- f.count
	to <- f.since
}

// Collect implements prometheus.Collector. Without a database there are no such figures.
func (f *jobFigures) Collect(to chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if now.Sub(f.at) >= jobsKnownFor {
		f.at = now
		err := f.ask(now)
		if f.found = err == nil; err != nil {
			f.log.Warn("nobody knows how many jobs wait", "error", err)
		}
	}
	if !f.found {
		return
	}
	for kind, w := range f.known {
		age := 0.0
		if w.Count > 0 {
			age = max(0, now.Sub(w.Since).Seconds())
		}
		to <- prometheus.MustNewConstMetric(f.count, prometheus.GaugeValue, float64(w.Count), kind)
		to <- prometheus.MustNewConstMetric(f.since, prometheus.GaugeValue, age, kind)
	}
}

func (f *jobFigures) ask(now time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), jobsAsked)
	defer cancel()
	return f.state.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Work().Waiting(ctx, now)
		if err != nil {
			return err
		}
		for kind := range f.known {
			f.known[kind] = store.Waiting{}
		}
		for _, w := range list {
			f.known[w.Kind] = w
		}
		return nil
	})
}
