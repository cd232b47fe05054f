// Package clients has one story told by five clients of AWS, each in its own idiom: story.md says it, a program in each
// folder tells it, and the test reads what they print.
package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// programs are the clients, and how each is run. A client that is not installed is a failure: none is left out without
// a word.
var programs = []struct {
	name    string
	command func(t *testing.T) []string
}{
	{"boto3", func(t *testing.T) []string { return []string{tool(t, "python3"), "boto3/story.py"} }},
	{"AWS CLI", func(t *testing.T) []string {
		tool(t, "aws")
		return []string{tool(t, "bash"), "awscli/story.sh"}
	}},
	{"Go", func(t *testing.T) []string {
		program := filepath.Join(t.TempDir(), "story")
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./go").CombinedOutput()
		require.NoError(t, err, "%s", out)
		return []string{program}
	}},
	{"JavaScript", func(t *testing.T) []string {
		installed(t, "js/node_modules")
		return []string{tool(t, "node"), "js/story.mjs"}
	}},
	{"Java", func(t *testing.T) []string {
		libraries := installed(t, filepath.Join(server.Repository(), "build/clients/java"))
		return []string{tool(t, "java"), "-cp", filepath.Join(libraries, "*"), "java/Story.java"}
	}},
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, `"make clients" installs it`)
	return path
}

func installed(t *testing.T, path string) string {
	t.Helper()
	require.DirExists(t, path, `"make clients" installs it`)
	return path
}

// line is what a program prints of a step.
type line struct {
	Step   string
	OK     bool
	Detail json.RawMessage
	Ms     int
}

// TestClients prints, as a table in Markdown, how each client fared with each step.
func TestClients(t *testing.T) {
	steps, folder := steps(t), folder(t)
	told := make([]map[string]line, len(programs))
	t.Run("client", func(t *testing.T) {
		for i, p := range programs {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				told[i] = map[string]line{}
				tell(t, p.command(t), folder, told[i])
				require.Len(t, told[i], len(steps))
				for _, step := range steps {
					require.True(t, told[i][step].OK, "%s: %s", step, told[i][step].Detail)
				}
			})
		}
	})
	fmt.Println(report(steps, told))
	if !t.Failed() {
		answers := map[string][]detected{}
		for i, p := range programs {
			if told[i] != nil { // as it is with -run
				answers[p.name] = answer(t, told[i]["detect"])
				for other, same := range answers {
					require.Equal(t, same, answers[p.name], "what %s and %s were answered", other, p.name)
				}
			}
		}
	}
}

var heading = regexp.MustCompile(`(?m)^## (\w+)$`)

// steps reads the names of the steps from the story.
func steps(t *testing.T) (names []string) {
	text, err := os.ReadFile("story.md")
	require.NoError(t, err)
	for _, found := range heading.FindAllSubmatch(text, -1) {
		names = append(names, string(found[1]))
	}
	require.NotEmpty(t, names)
	return names
}

// folder writes what the programs are given.
func folder(t *testing.T) string {
	dir := t.TempDir()
	pictures := corpus.Pictures("pictures/", 8, draw.Good, draw.Rust)
	files := map[string][]byte{
		"train.manifest": corpus.Manifest("story-parts", pictures[:12]),
		"more.manifest":  corpus.Manifest("story-parts", pictures[12:]),
		"too-large.jpg":  make([]byte, 4<<20+1),
	}
	for _, p := range pictures {
		files[p.Key] = p.File
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "pictures"), 0o700))
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return dir
}

// tell runs a program on a server of its own and notes what it prints, step by step.
func tell(t *testing.T, command []string, folder string, told map[string]line) {
	s := server.Start(t)
	code, _, problems := s.Program(t, "account", "create", "444455556666", "--data", s.Dir, "--profile", "second")
	require.Zero(t, code, problems)

	ctx, cancel := context.WithTimeout(t.Context(), 2*server.Patience) // whatever it waits for, it is the first to lose patience
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], folder)...)
	cmd.Env = s.Environ()
	cmd.WaitDelay = time.Second // for what a killed program may have left running
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	for text := range bytes.Lines(out.Bytes()) {
		var l line
		require.NoError(t, json.Unmarshal(text, &l), "%s", text)
		told[l.Step] = l
	}
	require.NoError(t, err, "%s\n%s", out.String(), complaints.String())
	require.Empty(t, complaints.String(), "what the client complains of")
	require.Empty(t, s.Complaints(), "what the server complains of")
}

// report is the table of steps and clients.
func report(steps []string, told []map[string]line) string {
	w := table.NewWriter()
	header, whole := table.Row{"step"}, table.Row{"whole"}
	for i, p := range programs {
		name, total := p.name, 0
		for _, l := range told[i] {
			total += l.Ms
		}
		if l := told[i]["identity"]; l.OK {
			_ = json.Unmarshal(l.Detail, &name) // with its version
		}
		header, whole = append(header, name), append(whole, seconds(total))
	}
	w.AppendHeader(header)
	for _, step := range steps {
		row := table.Row{step}
		for _, lines := range told {
			row = append(row, cell(lines, step))
		}
		w.AppendRow(row)
	}
	w.AppendRow(whole)
	return w.RenderMarkdown()
}

func cell(lines map[string]line, step string) string {
	switch l, reached := lines[step]; {
	case !reached:
		return "not reached"
	case !l.OK:
		return "error: " + strings.TrimSpace(string(l.Detail))
	default:
		return "ok, " + seconds(l.Ms)
	}
}

func seconds(ms int) string { return fmt.Sprintf("%.2f s", float64(ms)/1000) }

// detected is a label of an answer. Some clients have its confidence as a 32-bit number, as the service has.
type detected struct {
	Name       string
	Confidence float32
}

func answer(t *testing.T, l line) (labels []detected) {
	require.NoError(t, json.Unmarshal(l.Detail, &labels), "%s", l.Detail)
	return labels
}
