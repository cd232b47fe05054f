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

	"ownsight/internal/config"
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
