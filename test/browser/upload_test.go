package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestUpload has 300 pictures come from a folder over a slow line, and the server killed meanwhile, and then the key deleted.
func TestUpload(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	all := write(t, "all.json", []byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`))
	program(t, s, "user", "create", "ann")
	program(t, s, "user", "policy", "put", "ann", "all", all)
	program(t, s, "user", "key", "create", "ann")
	key, err := s.Config(t, "ann").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	admin, err := s.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	play(t, s, chapter{
		program: "upload.mjs", profile: "ann",
		environ: []string{"FOLDER=" + folder(t, "belt", corpus.Pictures("upload/", 100, corpus.Labels...)),
			"OTHER_KEY_ID=" + admin.AccessKeyID, "OTHER_SECRET=" + admin.SecretAccessKey},
		deeds: map[string]func(){"delete the key": func() { program(t, s, "user", "key", "delete", "ann", key.AccessKeyID) }},
	})
	stats := describe(t, s, "belt").DatasetStats
	require.EqualValues(t, 300, *stats.TotalEntries)
	require.EqualValues(t, 300, *stats.LabeledEntries)
	require.EqualValues(t, len(corpus.Labels), *stats.TotalLabels)
}
