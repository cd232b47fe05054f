package deploy

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/appstream"
	"ownsight/internal/awswire"
	"ownsight/internal/cloudwatch"
	"ownsight/internal/config"
	"ownsight/internal/rekognition"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// comingSettings and comingFigures are used in deploy/ and may not be there yet.
var (
	comingSettings []string
	comingFigures  []string
	// otherNames are variables of ours that the server does not read: the compose file's and the proxy's.
	otherNames = []string{"OWNSIGHT_IMAGE", "OWNSIGHT_NODES", "OWNSIGHT_PUBLISH", "OWNSIGHT_SITE"}
)

// TestSettingsAreKnown finds every variable that deploy/ sets among those that the program reads: a wrong one would be ignored.
func TestSettingsAreKnown(t *testing.T) {
	known := settings(reflect.TypeFor[config.Config](), "OWNSIGHT")
	for name, files := range mentioned(t, `\bOWNSIGHT_[A-Z0-9_]*[A-Z0-9]\b`) {
		if slices.Contains(otherNames, name) {
			continue
		}
		require.Contains(t, slices.Concat(known, comingSettings), name, "%v", files)
	}
}

// settings names the variables of a configuration, as package config does.
func settings(of reflect.Type, prefix string) (names []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		name := prefix + "_" + strings.ToUpper(strings.ReplaceAll(f.Tag.Get("yaml"), "-", "_"))
		if f.Type.Kind() == reflect.Struct {
			names = append(names, settings(f.Type, name)...)
			continue
		}
		names = append(names, name)
	}
	return names
}

// TestFiguresAreThere finds every figure that alerts and the dashboard speak of in what a server shows.
func TestFiguresAreThere(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	b := work(t, s, c) // figures of models are there while models run, and those of jobs when one has waited
	c.BeginTraining(t, b.project, "waits", "pictures", "out")
	var body string
	server.Eventually(t, server.Patience, "figures of the model that runs, and of the training that waits for another", func(context.Context) bool {
		_, body = s.Get(t, "/metrics")
		return strings.Contains(body, "\nownsight_model_units{") && strings.Contains(body, "\nownsight_jobs_waiting{")
	})
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^[a-z_]+`).FindAllString(body, -1) {
		shown[m] = true
	}
	for name, files := range mentioned(t, `\b(ownsight|process|go)_[a-z_]*[a-z]\b`) {
		require.True(t, shown[name] || slices.Contains(comingFigures, name), "%s, in %v", name, files)
	}
	for _, name := range comingFigures {
		require.False(t, shown[name], "%s has come: take it from the list, and \"pending\" from its panel", name)
	}
}

// TestFaultsAreCounted finds the code by which each service says that something is the server's own fault in the alert about such calls, and
// in the dashboard's panel.
func TestFaultsAreCounted(t *testing.T) {
	codes := map[string]string{"InternalError": "S3", "ServiceUnavailable": "S3"}
	sources, err := filepath.Glob(filepath.Join(server.Repository(), "internal", "*", "*.go"))
	require.NoError(t, err)
	for _, source := range sources {
		b, err := os.ReadFile(source)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`\bFault:\s*"(\w+)"`).FindAllStringSubmatch(string(b), -1) {
			codes[m[1]] = source
		}
	}
	for _, model := range []awswire.Model{rekognition.Model, appstream.Model, cloudwatch.Model} {
		require.Contains(t, codes, model.Fault, model.Name)
	}
	for _, file := range []string{"prometheus/alerts.yaml", "grafana/ownsight.json"} {
		b, err := os.ReadFile(filepath.Join(server.Repository(), "deploy", file))
		require.NoError(t, err)
		counted := regexp.MustCompile(`code=~\\?"(Internal[^"\\]*)`).FindAllStringSubmatch(string(b), -1)
		require.Len(t, counted, 1, file)
		for code, of := range codes {
			require.Regexp(t, "^(?:"+counted[0][1]+")$", code, "%s does not count the fault of %s", file, of)
		}
	}
}

// TestPendingPanelsSaySo demands that whoever looks at an empty panel is told why.
func TestPendingPanelsSaySo(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(server.Repository(), "deploy", "grafana", "ownsight.json"))
	require.NoError(t, err)
	var board struct {
		Panels []struct {
			Title, Description string
			Targets            []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(b, &board))
	for _, p := range board.Panels {
		pending := false
		for _, q := range p.Targets {
			pending = pending || slices.ContainsFunc(comingFigures, func(name string) bool { return strings.Contains(q.Expr, name) })
		}
		require.Equal(t, pending, strings.HasPrefix(p.Description, "Pending"), p.Title)
	}
}

// mentioned finds names in the files of deploy/, and where each is.
func mentioned(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	names := map[string][]string{}
	root := filepath.Join(server.Repository(), "deploy")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, name := range regexp.MustCompile(pattern).FindAllString(string(b), -1) {
			names[name] = append(names[name], filepath.Base(path))
		}
		return err
	}))
	require.NotEmpty(t, names)
	return names
}
