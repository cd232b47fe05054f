package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
	"ownsight/internal/dataset/source"
)

// call runs a command line in this process.
func call(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

func TestExitCodes(t *testing.T) {
	folder := t.TempDir()
	nobody := "--endpoint=http://127.0.0.1:1"
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", exitDone, "Available Commands"},
		{"--help", exitDone, "Exit codes: 0 done"},
		{"train --help", exitDone, "ownsight train ./photos"},
		{"model", exitDone, "PROJECT/VERSION"},
		{"version", exitDone, "ONNX Runtime"},
		{"version --output json", exitDone, `"onnxRuntime"`},
		{"fly", exitUsage, `there is no command "fly" in ownsight`},
		{"detekt", exitUsage, "did you mean detect?"},
		{"model strat", exitUsage, "did you mean start?"},
		{"account", exitDone, "create"},
		{"version now", exitUsage, "takes no arguments"},
		{"serve now", exitUsage, "takes no arguments"},
		{"serve --listen nowhere", exitUsage, "is not HOST:PORT"},
		{"serve --config /nowhere.yaml", exitUsage, "/nowhere.yaml"},
		{"train", exitUsage, "takes one folder of pictures (see ownsight train --help)"},
		{"train a b", exitUsage, "takes one folder"},
		{"train --fast a", exitUsage, "unknown flag: --fast"},
		{"train a --layout zip", exitUsage, `"zip" is none of [auto manifest voc coco yolo folders labels.csv boxes.csv]`},
		{"train a --output yaml", exitUsage, `"yaml" is neither text nor json`},
		{"detect photos", exitUsage, "takes a model and at least one picture"},
		{"detect photos a.jpg --min-confidence 101", exitUsage, "between 0 and 100"},
		{"detect photos a.jpg --max-results -1", exitUsage, "not negative"},
		{"model start", exitUsage, "takes one model"},
		{"model list a b", exitUsage, "takes at most one project"},
		{"model units photos", exitUsage, "takes a model, its least units and perhaps its most"},
		{"model units photos 3 2", exitUsage, `"2" is no number of units`},
		{"model tag photos/v1 =x", exitUsage, "neither KEY=VALUE nor KEY-"},
		{"project import", exitUsage, "takes one file"},
		{"project export photos", exitUsage, "takes a project and a file to write"},
		{"dataset list photos both", exitUsage, "neither train nor test"},
		{"completion", exitDone, "bash"},
		{"account create", exitUsage, "twelve digits"},
		{"doctor --listen nowhere", exitUsage, "is not HOST:PORT"},
		{"model list " + nobody, exitFailed, "start one with `ownsight serve`"},
		{"train " + folder + " " + nobody, exitFailed, "no server answers"},
	} {
		code, stdout, stderr := call(t.Context(), strings.Fields(c.args)...)
		require.Equal(t, c.code, code, "ownsight %s: %s", c.args, stderr)
		require.Contains(t, stdout+stderr, c.says, c.args)
		if c.code != exitDone {
			require.True(t, strings.HasPrefix(stderr, "ownsight: "), stderr)
			require.Empty(t, stdout, c.args)
		}
	}
}

func TestInterruptedCommandsSayHowThingsStand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, stderr := call(ctx, "model", "list")
	require.Equal(t, exitInterrupted, code)
	require.Empty(t, stderr)

	o := client.TrainOptions{Folder: "my photos"}
	training := &client.Trained{Version: client.Version{Project: "p", Name: "v", ARN: "arn"}}
	require.Contains(t, advice(&client.Trained{}, o), "nothing is lost")
	require.Contains(t, advice(training, o), "ownsight train 'my photos' --project p --version v")
	training.Report = []byte("{}")
	require.Contains(t, advice(training, o), "the training is done")
}

func TestEveryCommandTeaches(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		if !cmd.HasSubCommands() {
			require.NotEmpty(t, cmd.Example, cmd.CommandPath())
			if cmd.Name() != "serve" {
				require.NotNil(t, cmd.Flags().Lookup("output"), cmd.CommandPath())
			}
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			require.LessOrEqual(t, len([]rune(line)), 121, "%s: %s", cmd.CommandPath(), line)
		}
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	visit(root())
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	if build, err := filepath.Abs("../../build"); err == nil && os.Getenv("OWNSIGHT_ASSETS") == "" {
		t.Setenv("OWNSIGHT_ASSETS", build)
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "credentials"), nil, 0o644))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	go func() { // a program that is no Ownsight server
		for {
			conn, err := taken.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "HTTP/1.0 404 Not Found\r\n\r\n")
			conn.Close()
		}
	}()
	code, stdout, stderr := call(t.Context(), "doctor", "--data", dir, "--listen", taken.Addr().String(), "--output", "json")
	require.Equal(t, exitFailed, code, stderr)
	var findings []struct{ Check, Level, Found, Remedy string }
	require.NoError(t, json.Unmarshal([]byte(stdout), &findings))
	levels := map[string]string{}
	for _, f := range findings {
		levels[f.Check] = f.Level
		require.NotEmpty(t, f.Found, f.Check)
		require.Equal(t, f.Level == "ok", f.Remedy == "", f.Check)
	}
	require.Equal(t, "warn", levels["data folder"])
	require.Equal(t, "bad", levels["credentials"])
	require.Equal(t, "bad", levels["port"])
	require.Contains(t, stdout, "chmod 600")

	require.NoError(t, os.Chmod(dir, 0o700))
	require.NoError(t, os.Chmod(filepath.Join(dir, "credentials"), 0o600))
	_, stdout, _ = call(t.Context(), "doctor", "--data", dir, "--listen", "127.0.0.1:0")
	require.Regexp(t, `(?m)^ok    data folder`, stdout)
	require.Regexp(t, `(?m)^ok    credentials`, stdout)
	require.Regexp(t, `(?m)^(ok|warn)  +engine +ONNX Runtime \d+\.\d+\.\d+, .* ms a picture`, stdout)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing stays behind")
}

func TestProgressWithoutATerminalIsALineAStage(t *testing.T) {
	var out bytes.Buffer
	show := newProgress(&out)
	for _, p := range []client.Progress{{What: "uploading", Total: 2}, {What: "uploading", Done: 1, Total: 2}, {What: "looking", Detail: "pass 1"}, {What: "looking", Detail: "pass 2"}} {
		show.follow(p)
	}
	show.stop(nil)
	require.Equal(t, "uploading\nlooking\n", out.String())
}

func TestProblemsOfAFolderAreTold(t *testing.T) {
	trained := &client.Trained{Layout: source.VOC, Untold: 100}
	for n := range most + 1 {
		trained.Problems = append(trained.Problems, source.Problem{File: "a\x1b.xml", Line: n, Text: "is wrong", Remedy: "correct it"})
	}
	var out bytes.Buffer
	tellProblems(&out, trained)
	require.Contains(t, out.String(), "Of the folder, read as voc (121 to know of):\n  a?.xml: is wrong; correct it\n  a?.xml:1: is wrong")
	require.Contains(t, out.String(), "  and 101 more; --output json names them\n")
	require.Len(t, strings.Split(strings.TrimSpace(out.String()), "\n"), most+2)
	out.Reset()
	tellProblems(&out, &client.Trained{})
	require.Empty(t, out.String())
}

func TestAnswersLineUp(t *testing.T) {
	var out bytes.Buffer
	show := answers(&out, []string{"a.jpg", "longer.jpg"})
	require.NoError(t, show(client.Answer{Picture: "a.jpg", Labels: []client.Label{{Name: "crack", Confidence: 99.96}, {Name: "ru\x1bst", Confidence: 3}}}))
	require.NoError(t, show(client.Answer{Picture: "longer.jpg"}))
	require.Equal(t, `Picture     Confidence  Label
─────────────────────────────
a.jpg          100.0 %  crack
                 3.0 %  ru?st
longer.jpg              no label reaches its threshold
`, out.String())
}

func TestNextIsReadyToBePasted(t *testing.T) {
	c := &client.Client{Endpoint: client.DefaultEndpoint, Region: "us-east-1", Data: client.DefaultData, Profile: "default"}
	trained := &client.Trained{Version: client.Version{Project: "p", Name: "v", ARN: "arn:v", Status: "RUNNING"}}
	text := next(c, trained)
	require.Contains(t, text, "  ownsight detect p PICTURE.jpg\n")
	require.Contains(t, text, `endpoint_url="http://127.0.0.1:8600"`)
	require.Contains(t, text, `ProjectVersionArn="arn:v"`)
	require.Contains(t, text, "ownsight-data/credentials")
	c.Endpoint, c.Data, c.Profile = "http://far:1", "/my data", "lab"
	require.Contains(t, next(c, trained), "  ownsight detect p --endpoint http://far:1 --data '/my data' --profile lab PICTURE.jpg\n")
	c.Data = ""
	require.NotContains(t, next(c, trained), "export", "keys of the environment are there already")
	trained.Status = "TRAINING_COMPLETED"
	require.Contains(t, next(c, trained), "ownsight model start p/v")
}
