package training

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestErrandIsTheShard(t *testing.T) {
	l := &looker{version: &ownsight.Version{ID: 7}, looking: looking{Rows: 4, Views: 6, Cut: "stride8"}}
	sh := shard{name: shardName("0123456789abcdef", ownsight.Train, 12), kind: ownsight.Train, number: 12, samples: []sample{
		{line: 3, at: ownsight.Location{Bucket: "parts", Key: "a/ö.jpg"}, digest: [32]byte{1, 2, 3}},
		{line: 9, at: ownsight.Location{Bucket: "parts", Key: "b"}, digest: [32]byte{4}},
	}}
	sent, err := json.Marshal((&invitation{looker: l, sees: "what"}).errand(sh))
	require.NoError(t, err)
	var e errand
	require.NoError(t, json.Unmarshal(sent, &e))
	require.Equal(t, int64(7), e.Version)
	require.Equal(t, "what", e.Sight)
	require.Equal(t, l.looking, e.looking)
	got, err := e.shard("0123456789abcdef")
	require.NoError(t, err)
	require.Equal(t, sh, got)
}

func FuzzErrand(f *testing.F) {
	f.Add(`{"views":1,"kind":"TRAIN","pictures":[{"at":{"bucket":"b","key":"k"}}]}`)
	f.Add(`{"views":6,"rows":4,"cut":"stride8","kind":"TEST","number":9,"pictures":[{"digest":"AAAA"}]}`)
	f.Add(`{"views":1e9,"kind":"../../","number":-1,"cut":"x","pictures":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var e errand
		if json.Unmarshal([]byte(text), &e) != nil {
			return
		}
		sh, err := e.shard("0123456789ab")
		if err != nil {
			return
		}
		require.True(t, strings.HasPrefix(sh.name, "work/0123456789ab/T"), sh.name)
		require.NotContains(t, sh.name, "..")
		require.LessOrEqual(t, len(sh.samples), shardSize)
		require.NotPanics(t, func() { viewsOf("a", e.Views) })
	})
}
