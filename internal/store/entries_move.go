package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// placesPerMove is how many entries one UPDATE moves.
const placesPerMove = 500

// Move takes entries, named by their places, from one dataset to another in which those places are free, labels
// included. They keep their places, and so their order. Stats are not refreshed.
func (e Entries) Move(ctx context.Context, from, to int64, seqs []int64) error {
	for chunk := range slices.Chunk(seqs, placesPerMove) {
		args := []any{to, from}
		places := make([]string, len(chunk))
		for i, seq := range chunk {
			args = append(args, seq)
			places[i] = fmt.Sprintf("$%d", len(args))
		}
		for _, table := range []string{"entries", "entry_labels"} {
			_, err := e.tx.sql.ExecContext(ctx, "UPDATE "+table+" SET dataset_id = $1 WHERE dataset_id = $2 AND seq IN ("+
				strings.Join(places, ", ")+")", args...)
			if err != nil {
				return fmt.Errorf("move %s: %w", table, err)
			}
		}
	}
	if err := e.moveIndex(ctx, from, to, seqs); err != nil {
		return fmt.Errorf("move in the index: %w", err)
	}
	return nil
}
