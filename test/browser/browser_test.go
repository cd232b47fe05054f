// Package browser plays what people do in the console: each chapter is a program that drives Debian's Chromium against a
// server of its own, by what is to be seen on the pages. OWNSIGHT_SCREENSHOTS names a folder for a picture of each page.
package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// tools are the programs that a chapter needs, and the only reason to leave one out.
func tools(t *testing.T) (node, chromium string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node: install Node.js 20 or later (nodejs)")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if chromium, err = exec.LookPath(name); err == nil {
			require.DirExists(t, "node_modules", `"make test" installs what drives the browser: npm ci in test/browser`)
			built, _ := filepath.Glob(filepath.Join(server.Repository(), "internal/console/files/index.html.gz"))
			require.NotEmpty(t, built, `the console has not been built: run "make console" first`)
			return node, chromium
		}
	}
	t.Skip("there is no browser: install Chromium (chromium)")
	return "", ""
}

// chapter is a program with what it may ask for.
type chapter struct {
	program string
	environ []string          // beside that of the server
	profile string            // whose key the visitor has; default's where it is empty
	deeds   map[string]func() // by what it asks, beside kill and start
}

// play runs a chapter and does what it asks for.
func play(t *testing.T, s *server.Server, c chapter) {
	t.Helper()
	node, chromium := tools(t)
	if c.profile == "" {
		c.profile = "default"
	}
	key, err := s.Config(t, c.profile).Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), server.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, c.program)
	cmd.Env = append(s.Environ(), append(c.environ, "OWNSIGHT_CHROMIUM="+chromium, "OWNSIGHT_ENDPOINT="+s.Endpoint,
		"AWS_ACCESS_KEY_ID="+key.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+key.SecretAccessKey)...)
	cmd.WaitDelay = time.Second // for what a killed program may have left running
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	asks, err := cmd.StdoutPipe()
	require.NoError(t, err)
	answers, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(asks); lines.Scan(); {
		var line struct{ Ask, Say string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line), "%s", lines.Text())
		switch {
		case line.Say != "":
			t.Log(line.Say)
			continue
		case line.Ask == "kill":
			s.Kill()
		case line.Ask == "start":
			s.Restart(t)
		default:
			require.Contains(t, c.deeds, line.Ask)
			c.deeds[line.Ask]()
		}
		_, err := answers.Write([]byte("done\n"))
		require.NoError(t, err)
	}
	require.NoError(t, cmd.Wait(), "%s", strings.TrimSpace(complaints.String()))
}

// write writes a file into a folder of the test's own and gives its path.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// program runs a command of the program on the server's data folder and gives what it printed.
func program(t *testing.T, s *server.Server, args ...string) string {
	t.Helper()
	code, out, problems := s.Program(t, append(args, "--data", s.Dir)...)
	require.Zero(t, code, "%s\n%s", out, problems)
	return strings.TrimSpace(out)
}
