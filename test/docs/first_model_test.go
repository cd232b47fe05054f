package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFirstModel follows the page from the start of a server to the removal of what was made.
func TestFirstModel(t *testing.T) {
	t.Parallel()
	r := open(t, "docs/guide/first-model.md")
	r.checkout(t)
	r.serve(t, "first-serve")
	r.follow(t, "first-draw")

	out := r.follow(t, "first-train")
	require.Contains(t, out, "Evaluated on 25 test pictures")
	require.Contains(t, out, "is RUNNING")
	report, err := os.ReadFile(filepath.Join(r.folder, "report.html"))
	require.NoError(t, err)
	for _, part := range []string{"F1", "Precision", "Recall", "taken for", "type=\"range\""} { // what the page says to look at
		require.Contains(t, string(report), part)
	}

	require.Regexp(t, `(?m)001\.jpg +\d+\.\d % +rust$`, r.follow(t, "first-detect"))
	answers, err := os.ReadFile(filepath.Join(r.folder, "answers.jsonl"))
	require.NoError(t, err)
	require.Equal(t, 25, strings.Count(string(answers), `"labels"`))

	r.follow(t, "first-keys")
	require.Regexp(t, `^crack \d`, r.follow(t, "first-ask"))
	require.Contains(t, r.follow(t, "first-report"), "No errors.")

	require.Equal(t, 2, strings.Count(r.follow(t, "first-again"), "RUNNING "), "in the table: the old version runs on beside the new one")
	r.follow(t, "first-end")
	require.NotContains(t, r.must(t, block{name: "what is left", language: "sh", text: "bin/ownsight project list"}), "photos")
}
