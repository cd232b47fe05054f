package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// SQLite numbers parameters such as $2 by where they first stand, PostgreSQL by their digits: each query must bring
// them in ascending order, or one of the two would be given the wrong values.
func TestPlaceholdersAscend(t *testing.T) {
	files, err := filepath.Glob("internal/db/*.sql.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	query, placeholder := regexp.MustCompile("(?s)const (\\w+) = `(.*?)`"), regexp.MustCompile(`\$(\d+)`)
	queries := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, q := range query.FindAllStringSubmatch(string(source), -1) {
			queries++
			last := 0
			for _, p := range placeholder.FindAllStringSubmatch(q[2], -1) {
				n, err := strconv.Atoi(p[1])
				require.NoError(t, err)
				require.LessOrEqual(t, n, last+1, "%s: $%d before $%d", q[1], n, last+1)
				last = max(last, n)
			}
		}
	}
	require.Greater(t, queries, 50)
}
