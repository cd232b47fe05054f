package docs

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

// typed starts an interactive shell in a terminal of its own, types a command with a tab at its end as soon as there is a prompt, and waits until
// the shell has written the rest of it. As people do it hits the tab again where nothing comes: on a busy machine the server may be
// slower than a shell waits.
const typed = `
import os, pty, select, signal, sys

shell, terminal = pty.fork()
if shell == 0:
    os.execlp("SHELL", "SHELL")
shown = b""
signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"the shell has shown {shown}"))
signal.alarm(480)
while b"?2004h" not in shown:
    shown += os.read(terminal, 4096)
os.write(terminal, b"ownsight project delete pho\t")
while b"ownsight project delete photos" not in shown:
    if select.select([terminal], [], [], 10)[0]:
        shown += os.read(terminal, 4096)
    else:
        os.write(terminal, b"\t")
`

// TestCompletion has each shell complete the name of a project as the page sets it up.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"zsh", "fish"} {
		_, err := exec.LookPath(name)
		require.NoError(t, err, `"make test" installs it`)
	}
	const bashs = "/usr/share/bash-completion/bash_completion"
	require.FileExists(t, bashs, `"make test" installs it`)
	s := server.Start(t)
	guide.Connect(t, s, "default").Project(t, "photos")
	r := open(t, commandLinePage)
	r.at(t, s)
	r.setenv("TERM", "xterm")

	r.hasFile(t, "../.zshrc", []byte(find(t, commandLinePage, "completion-zsh").text))
	r.must(t, block{name: "zsh", language: "python", text: strings.ReplaceAll(typed, "SHELL", "zsh")})
	r.hasFile(t, "../.bashrc", []byte(". "+bashs+"\n"+find(t, commandLinePage, "completion-bash").text))
	r.must(t, block{name: "bash", language: "python", text: strings.ReplaceAll(typed, "SHELL", "bash")})
	r.follow(t, "completion-fish")
	require.Regexp(t, `(?m)^photos\b`, r.must(t, block{name: "fish", language: "sh", text: `found=
	until [ -n "$found" ] || ((SECONDS > 480)); do
		found=$(fish -c 'complete --do-complete "ownsight project delete pho"')
	done
	echo "$found"`}))
}
