package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestBatchesAreBoundInNumberAndBytes(t *testing.T) {
	for _, test := range []struct {
		line    string
		entries int
		most    int // entries of one batch
	}{
		{"{}", 2*batch + 1, batch},
		{strings.Repeat("x", batchBytes/4), 9, 4},
		{strings.Repeat("x", 2*batchBytes), 2, 1},
		{"{}", 0, 0},
	} {
		var written [][]ownsight.Entry
		b := batches{write: func(entries []ownsight.Entry) error { written = append(written, entries); return nil }}
		for i := range test.entries {
			require.NoError(t, b.add(ownsight.Entry{SourceRef: fmt.Sprint(i), Line: test.line}))
		}
		require.NoError(t, b.flush())
		n := 0
		for _, entries := range written {
			require.NotEmpty(t, entries)
			require.LessOrEqual(t, len(entries), test.most)
			for _, e := range entries { // each once, in order, and nothing written over since
				require.Equal(t, fmt.Sprint(n), e.SourceRef)
				n++
			}
		}
		require.Equal(t, test.entries, n)
	}
}
