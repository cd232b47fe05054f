package process

import (
	"bufio"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATreeIsAProcessAndItsDescendants(t *testing.T) {
	// A shell that burns some time, and its child, which says that both are there.
	cmd := exec.Command("sh", "-c", `i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sh -c 'echo ready; read line'; :`)
	_, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)

	tree := Tree{cmd.Process.Pid}
	ids, err := tree.IDs()
	require.NoError(t, err)
	require.Len(t, ids, 2)
	require.Equal(t, cmd.Process.Pid, ids[0])
	cpu, err := tree.CPU()
	require.NoError(t, err)
	require.Positive(t, cpu)
	own, err := Tree{os.Getpid()}.Memory() // with the tree's, whose shells share with nobody else in it
	require.NoError(t, err)
	held, err := tree.Memory()
	require.NoError(t, err)
	require.Positive(t, held)
	require.Greater(t, own, held)

	require.NoError(t, tree.Signal(syscall.SIGTERM))
	require.Error(t, cmd.Wait())
	_, err = tree.CPU()
	require.Error(t, err, "there is nothing left to ask")
}
