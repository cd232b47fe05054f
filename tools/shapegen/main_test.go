package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGenerate(t *testing.T) {
	list := filepath.Join(t.TempDir(), "operations.txt")
	require.NoError(t, os.WriteFile(list, []byte("# only this\n\nFeed\n"), 0o600))
	got, err := generate("testdata/model.json", list, "zoo")
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/zoo.go.golden")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestRefusedModels(t *testing.T) {
	for operation, want := range map[string]string{
		"Loop":  "shape Loop is recursive",
		"Novel": "multipleOf",
		"Maps":  "shape Feedings: only maps of plain strings or numbers",
		"Sleep": `the model has no operation "Sleep"`,
	} {
		list := filepath.Join(t.TempDir(), "operations.txt")
		require.NoError(t, os.WriteFile(list, []byte(operation), 0o600))
		_, err := generate("testdata/model.json", list, "zoo")
		require.ErrorContains(t, err, want)
	}
}

// The committed files are what the model and the lists give.
func TestGeneratedFilesAreFresh(t *testing.T) {
	const vendored, internal = "../../build/vendor/botocore/", "../../internal/"
	for _, c := range []struct{ model, list, pkg, file string }{
		{"rekognition/2016-06-27", "rekognition.txt", "rekognition", "rekognition/shapes_gen.go"},
		{"appstream/2016-12-01", "appstream.txt", "appstream", "appstream/shapes_gen.go"},
		{"cloudwatch/2010-08-01", "cloudwatch.txt", "cloudwatch", "cloudwatch/shapes_gen.go"},
		{"rekognition/2016-06-27", internal + "awswire/testdata/operations.txt", "awswire_test", "awswire/shapes_gen_test.go"},
	} {
		model := vendored + c.model + "/service-2.json"
		if _, err := os.Stat(model); err != nil {
			t.Skipf("needs the service model, which make fetch brings: %v", err)
		}
		got, err := generate(model, c.list, c.pkg)
		require.NoError(t, err)
		want, err := os.ReadFile(internal + c.file)
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "%s is out of date: run make generate", c.file)
	}
}
