package cluster

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// migrations is what an upgrade changes under the nodes that still run the earlier program.
const migrations = "internal/store/postgres/migrations"

// TestClusterUpgrade replaces the program of three nodes, one after the other, while clients work: first all run the last one
// of before the database's newest migration (or that of OWNSIGHT_CLUSTER_FROM, a commit), in the end all run the present one.
func TestClusterUpgrade(t *testing.T) {
	if os.Getenv("OWNSIGHT_CLUSTER_MINUTES") == "" && os.Getenv("OWNSIGHT_CLUSTER_FROM") == "" {
		t.Skip("part of make soak-cluster; by itself with OWNSIGHT_CLUSTER_FROM=HEAD")
	}
	seed := uint64(number(t, "OWNSIGHT_CLUSTER_SEED", int(time.Now().UnixMilli()%1e6)))
	c := newClusterOf(t, earlier(t), 3, plain, usual)
	l := prepare(t, c, 2)
	f := &faults{t: t, cluster: c, load: l, random: rand.New(rand.NewPCG(seed, 1)), longest: 5 * time.Second, back: promised}
	f.under(seed, func(ctx context.Context) {
		for _, n := range c.nodes {
			f.strikeAt("upgrade", n, (*faults).upgrade)
			rest(ctx, time.Second)
		}
	})
}

// upgrade ends a node as an operator does, and starts it with the present program.
func (f *faults) upgrade(n *process) error {
	defer f.lost("upgrade", n)()
	require.Zero(f.t, n.stop(f.t), "the exit code of %s", n.name)
	n.Path = ""
	f.cluster.start(n)
	return nil
}

// earlier builds the program of an earlier commit.
func earlier(t *testing.T) string {
	t.Helper()
	commit := os.Getenv("OWNSIGHT_CLUSTER_FROM")
	if commit == "" {
		if commit = "HEAD"; strings.TrimSpace(git(t, "status", "--porcelain", migrations)) == "" {
			commit = strings.TrimSpace(git(t, "log", "-1", "--format=%H", "HEAD", "--", migrations)) + "^"
		}
	}
	commit = strings.TrimSpace(git(t, "rev-parse", "--verify", commit+"^{commit}"))
	folder := t.TempDir()
	archive := exec.CommandContext(t.Context(), "sh", "-c", `git archive "$0" | tar -x -C "$1"`, commit, folder)
	archive.Dir = server.Repository()
	out, err := archive.CombinedOutput()
	require.NoError(t, err, "%s", out)
	program := filepath.Join(t.TempDir(), "ownsight")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/ownsight")
	build.Dir = folder
	out, err = build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("the upgrade is from the program of %s", strings.TrimSpace(git(t, "log", "-1", "--format=%h, %s", commit)))
	return program
}

// git asks about the history. The test is skipped where there is none, as in a shallow clone.
func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = server.Repository()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Skipf("an upgrade needs the history of this repository, all of it (git fetch --unshallow): git %s: %v: %s", strings.Join(args, " "), err, problems.String())
	}
	return out.String()
}
