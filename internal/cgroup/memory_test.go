package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// draw makes a tree of files with their content, and gives its folder.
func draw(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content+"\n"), 0o600))
	}
	return root
}

func TestMemoryIsThatOfTheGroupAndThoseAboveIt(t *testing.T) {
	for name, c := range map[string]struct {
		self  string // /proc/self/cgroup
		tree  map[string]string
		want  Memory
		found bool
	}{
		"MemoryMax of a service": {"0::/system.slice/ownsight.service", map[string]string{
			"system.slice/memory.max":                      "max",
			"system.slice/ownsight.service/memory.max":     "4000",
			"system.slice/ownsight.service/memory.high":    "max",
			"system.slice/ownsight.service/memory.current": "900",
		}, Memory{4000, 900}, true},
		"MemoryHigh of a service": {"0::/system.slice/ownsight.service", map[string]string{
			"system.slice/ownsight.service/memory.max":     "4000",
			"system.slice/ownsight.service/memory.high":    "3000",
			"system.slice/ownsight.service/memory.current": "900",
		}, Memory{3000, 900}, true},
		"a limit of the slice": {"0::/a.slice/b.slice/ownsight.service", map[string]string{
			"a.slice/memory.max":                              "2000",
			"a.slice/memory.current":                          "1900",
			"a.slice/b.slice/memory.max":                      "8000",
			"a.slice/b.slice/ownsight.service/memory.max":     "4000",
			"a.slice/b.slice/ownsight.service/memory.current": "900",
		}, Memory{2000, 1900}, true},
		"a container": {"0::/", map[string]string{
			"memory.max":     "1000",
			"memory.current": "1100",
		}, Memory{1000, 1100}, true},
		"a container that shows the machine's path": {"0::/kubepods.slice/pod7.slice/cri-1.scope", map[string]string{
			"memory.max":     "1000",
			"memory.current": "100",
		}, Memory{1000, 100}, true},
		"a process from outside a container": {"0::/../../elsewhere", map[string]string{"memory.max": "1000"}, Memory{1000, 0}, true},
		"both versions": {"4:memory:/old\n1:cpu:/old\n0::/new", map[string]string{
			"old/memory.max": "1000",
			"new/memory.max": "2000",
		}, Memory{2000, 0}, true},
		"no limit": {"0::/user.slice", map[string]string{"user.slice/memory.max": "max", "user.slice/memory.high": "max"}, Memory{}, false},
		"nothing":  {"", nil, Memory{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			self := filepath.Join(draw(t, map[string]string{"cgroup": c.self}), "cgroup")
			got, found := memoryOf(self, draw(t, c.tree))
			require.Equal(t, c.found, found)
			if found {
				require.Equal(t, c.want, got)
			}
		})
	}
	_, found := memoryOf(filepath.Join(t.TempDir(), "none"), t.TempDir())
	require.False(t, found)
	require.EqualValues(t, 60, Memory{Limit: 100, Used: 40}.Left())
	require.Zero(t, Memory{Limit: 100, Used: 140}.Left())
}
