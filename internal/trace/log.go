package trace

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Lines is a handler that adds the trace_id to lines of requests that are traced.
func Lines(h slog.Handler) slog.Handler { return lines{h} }

type lines struct{ slog.Handler }

func (l lines) Handle(ctx context.Context, r slog.Record) error {
	if of := trace.SpanContextFromContext(ctx); of.IsSampled() {
		r.AddAttrs(slog.String("trace_id", of.TraceID().String()))
	}
	return l.Handler.Handle(ctx, r)
}

func (l lines) WithAttrs(attrs []slog.Attr) slog.Handler { return lines{l.Handler.WithAttrs(attrs)} }

func (l lines) WithGroup(name string) slog.Handler { return lines{l.Handler.WithGroup(name)} }

const (
	// complaint is how often at most the log says that spans cannot be sent.
	complaint = 5 * time.Minute
	// reason is how many bytes of why it says: a collector may answer anything.
	reason = 300
)

// complaints hears of what goes wrong with sending.
type complaints struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	last  time.Time
	since int // how often it went wrong without a word
}

// Handle logs an error, unless one has been logged a moment ago.
func (c *complaints) Handle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); c.last.IsZero() || now.Sub(c.last) >= complaint {
		text := err.Error()
		c.log.Warn("traces are lost: they could not be sent", "error", text[:min(len(text), reason)], "times_unsaid", c.since)
		c.last, c.since = now, 0
		return
	}
	c.since++
}
