package training

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressTellsHowLongStill(t *testing.T) {
	now := time.Unix(0, 0)
	p := &progress{now: func() time.Time { return now }}
	require.Equal(t, "The model is being trained.", p.message())
	p.say("reading the datasets")
	require.Equal(t, "The model is being trained: reading the datasets.", p.message())

	p.count("looking at pictures", 1, 100)
	require.Equal(t, "The model is being trained: looking at pictures, 1 of 100.", p.message())
	p.skip("looking at pictures", 40) // done by an earlier attempt: they say nothing about the rate
	now = now.Add(10 * time.Second)
	p.count("looking at pictures", 60, 100)
	require.Equal(t, "The model is being trained: looking at pictures, 60 of 100, about 20s left.", p.message())

	p.count("asking the model", 1, 50) // other work, of which nothing was done before
	now = now.Add(10 * time.Second)
	p.count("asking the model", 20, 50)
	require.Equal(t, "The model is being trained: asking the model, 20 of 50, about 15s left.", p.message())
}

func TestProgressOfLearning(t *testing.T) {
	now := time.Unix(0, 0)
	p := &progress{now: func() time.Time { return now }}
	at := func(after time.Duration, what string, done, total float64) string {
		now = now.Add(after)
		p.advance(what, done, total)
		return p.message()[len(messageTraining+": "):]
	}
	require.Equal(t, "comparing.", at(0, "comparing", 0, 0), "there is no telling")
	require.Equal(t, "comparing.", at(time.Hour, "comparing", 0, 0))
	require.Equal(t, "tuning.", at(time.Second, "tuning", 0, 100))
	require.Equal(t, "tuning.", at(time.Second, "tuning", 5, 100), "a second says too little")
	require.Equal(t, "tuning, about 40s left.", at(9*time.Second, "tuning", 20, 100))
	require.Equal(t, "tuning more, about 35s left.", at(0, "tuning more", 20, 90), "less is to be done; the rate is known")
	require.Equal(t, "tuning more, about 25s left.", at(10*time.Second, "tuning more", 40, 90))
	require.Equal(t, "tuning more, about 50s left.", at(20*time.Second, "tuning more", 40, 90), "it stands still")
	require.Equal(t, "tuning more, about 0s left.", at(0, "tuning more", 90, 90))

	p = &progress{now: p.now} // another process takes up what was half done
	require.Equal(t, "tuning.", at(0, "tuning", 50, 100))
	require.Equal(t, "tuning, about 40s left.", at(10*time.Second, "tuning", 60, 100))
	require.Equal(t, "tuning.", at(time.Second, "tuning", 10, 100), "what was counted before is not true any more")
	require.Equal(t, "tuning, about 1m20s left.", at(10*time.Second, "tuning", 20, 100))
}
