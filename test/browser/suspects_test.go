package browser

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestSuspects trains on pictures of gears and of plates, three of which have the label of the other kind. The report names
// them, and people put them right.
func TestSuspects(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	const each = 64
	files, manifest := map[string][]byte{}, ""
	put := func(key, label string, file []byte, wrong ...string) {
		files[key] = file
		if slices.Contains(wrong, key) {
			label = map[string]string{"gear": "plate", "plate": "gear"}[label]
		}
		manifest += corpus.Line(bucket, key, label) + "\n"
	}
	for _, p := range corpus.Pictures("gears/", each, corpus.Labels[0]) {
		put(p.Key, "gear", p.File, "gears/good-015.jpg")
	}
	for _, p := range corpus.Shapes("plates/", each) {
		put(p.Key, "plate", p.File, "plates/shapes-010.png", "plates/shapes-022.png")
	}
	dataset(t, s, "mixed", files, []byte(manifest))
	guide.Connect(t, s, "default").Train(t, find(t, s, "mixed").ProjectArn, "v1", bucket, "out")
	play(t, s, chapter{program: "suspects.mjs"})

	lines := entries(t, s, "mixed")
	require.Len(t, lines, 2*each)
	for _, line := range lines {
		key, labels := said(t, line)
		want := "plate"
		if strings.HasPrefix(key, "gears/") {
			want = "gear"
		}
		require.Equal(t, []string{want}, labels, key)
	}
}

// said gives the key of an entry's picture and what people said of the whole picture.
func said(t *testing.T, line string) (key string, labels []string) {
	t.Helper()
	var entry map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
	require.NoError(t, json.Unmarshal(entry["source-ref"], &key))
	for name, value := range entry {
		if strings.HasSuffix(name, "-metadata") {
			var of struct {
				Label string `json:"class-name"`
			}
			require.NoError(t, json.Unmarshal(value, &of))
			if of.Label != "" { // else it is what the server says of the picture
				labels = append(labels, of.Label)
			}
		}
	}
	return strings.TrimPrefix(key, "s3://"+bucket+"/"), labels
}
