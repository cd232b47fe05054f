package doctor

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/config"
)

func TestJudgements(t *testing.T) {
	const pixels, GB = 96 << 20, 1 << 30
	for want, found := range map[Level][]Finding{
		OK:   {judgeMemory(8*GB, pixels), judgeSpace(50*GB, 100*GB)},
		Warn: {judgeMemory(GB, pixels), judgeSpace(5*GB, 100*GB)},
		Bad:  {judgeMemory(GB/2, pixels), judgeSpace(GB/2, 100*GB)},
	} {
		for _, f := range found {
			require.Equal(t, want, f.Level, f.Found)
			require.Equal(t, want == OK, f.Remedy == "", f.Found)
		}
	}
	require.True(t, Healthy([]Finding{ok(""), warn("", "")}))
	require.False(t, Healthy([]Finding{ok(""), bad("", "")}))
}

func TestMemoryOfTheKernel(t *testing.T) {
	require.Equal(t, uint64(2048<<10), memAvailable([]byte("MemTotal:  9999 kB\nMemAvailable:    2048 kB\n")))
	require.Zero(t, memAvailable(nil))
}

func TestClockThatRunsBehindTheState(t *testing.T) {
	c := config.Config{Data: t.TempDir()}
	state := filepath.Join(c.Data, "state.db")
	require.NoError(t, os.WriteFile(state, nil, 0o600))
	require.NotEqual(t, Bad, clock(t.Context(), c).Level)
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(state, later, later))
	require.Equal(t, Bad, clock(t.Context(), c).Level)
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, check := range []func() Finding{
		func() Finding { return folder(t.Context(), config.Config{Data: filepath.Join(file, "data")}) },
		func() Finding { return attributes(t.Context(), config.Config{Data: filepath.Join(file, "data")}) },
	} {
		f := check()
		require.Equal(t, Bad, f.Level, f.Found)
		require.NotEmpty(t, f.Remedy)
	}
	require.Equal(t, OK, folder(t.Context(), config.Config{Data: filepath.Join(filepath.Dir(file), "to", "be", "made")}).Level)
}

func TestDeadFeatures(t *testing.T) {
	var zero float32
	require.True(t, dead(make([]float32, 4)))
	require.True(t, dead([]float32{1, zero / zero}))
	require.False(t, dead([]float32{1, 2}))
}
