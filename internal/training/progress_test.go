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
	p.skip(40) // done by an earlier attempt: they say nothing about the rate
	now = now.Add(10 * time.Second)
	p.count("looking at pictures", 60, 100)
	require.Equal(t, "The model is being trained: looking at pictures, 60 of 100, about 20s left.", p.message())
}
