package dataset

import "ownsight"

// Entries are written some at a time: enough to be quick, few enough not to hold other writers up, and in memory that
// does not depend on how long their lines are.
const (
	batch      = 4096    // entries
	batchBytes = 8 << 20 // of their lines
)

// batches collects entries and hands them on to write, whose they then are.
type batches struct {
	write   func([]ownsight.Entry) error
	pending []ownsight.Entry
	bytes   int
}

func (b *batches) add(e ownsight.Entry) error {
	b.pending = append(b.pending, e)
	if b.bytes += len(e.Line); len(b.pending) < batch && b.bytes < batchBytes {
		return nil
	}
	return b.flush()
}

// flush hands on what is left.
func (b *batches) flush() error {
	if len(b.pending) == 0 {
		return nil
	}
	full := b.pending
	b.pending, b.bytes = make([]ownsight.Entry, 0, len(full)), 0
	return b.write(full)
}
