package deploy

import (
	"archive/tar"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/klauspost/compress/zstd"
	_ "github.com/mattn/go-sqlite3" // the driver named sqlite3
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestUpgrade starts this program on what earlier versions have left in the middle of their work (TestLeaveData): nothing
// is lost, what ran runs and answers the same, and what was under way comes to its end.
func TestUpgrade(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.tar.zst"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".tar.zst"), func(t *testing.T) {
			t.Parallel()
			s := server.New(t)
			unpack(t, file, s.Dir)
			if strings.Contains(file, "postgres") {
				url := pgtest.URL(t)
				shell(t, s.Dir, `grep -v '^\\' state.sql | psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 "$0" > /dev/null`, url)
				s.Setenv("OWNSIGHT_DATABASE", url)
			} else {
				restore(t, filepath.Join(s.Dir, "state.sql"), filepath.Join(s.Dir, "state.db"))
			}
			b, err := os.ReadFile(filepath.Join(s.Dir, "left.json"))
			require.NoError(t, err)
			var l left
			require.NoError(t, json.Unmarshal(b, &l))
			s.Restart(t)
			l.isKept(t, s)
			require.Zero(t, s.Terminate(t))
		})
	}
}

func (l left) isKept(t *testing.T, s *server.Server) {
	t.Helper()
	c := guide.Connect(t, s, "default")
	server.Eventually(t, server.Patience, "the model runs again by itself", func(context.Context) bool {
		return c.Version(t, &l.Project, "v1").Status == types.ProjectVersionStatusRunning
	})
	l.answers(t, c, &l.Running)
	for _, dataset := range l.Datasets {
		d := c.DescribeIt(t, &dataset)
		require.Equal(t, types.DatasetStatusCreateComplete, d.Status)
		require.EqualValues(t, l.Entries, aws.ToInt32(d.DatasetStats.LabeledEntries))
		for filter, want := range map[string]int{"train/good": l.Entries / 2, "train/": l.Entries, "elsewhere": 0} {
			out, err := c.ListDatasetEntries(t.Context(), &rekognition.ListDatasetEntriesInput{DatasetArn: &dataset, SourceRefContains: &filter})
			require.NoError(t, err)
			require.Len(t, out.DatasetEntries, want, "the index of entries is newer than they are: %s", filter)
		}
	}
	theirs, err := guide.Connect(t, s, "lab").DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{})
	require.NoError(t, err)
	require.Len(t, theirs.ProjectDescriptions, 1)
	require.Contains(t, *theirs.ProjectDescriptions[0].ProjectArn, ":222233334444:project/theirs/")

	v := c.SettledVersion(t, &l.Project, "v2")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	c.Run(t, &l.Project, v)
	require.Len(t, c.Detect(t, v.ProjectVersionArn, l.Picture, aws.Float32(0)), len(l.Answer))
	_, err = c.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: &l.Running})
	require.NoError(t, err)
	stopped := c.SettledVersion(t, &l.Project, "v1")
	c.Run(t, &l.Project, stopped)
	l.answers(t, c, &l.Running)
}

// answers demands the labels of before, in their order, and their confidence to a hundredth of a percent: CPUs differ in the last digits.
func (l left) answers(t *testing.T, c guide.Client, version *string) {
	t.Helper()
	got := c.Detect(t, version, l.Picture, aws.Float32(0))
	require.Len(t, got, len(l.Answer))
	for i, want := range l.Answer {
		require.Equal(t, *want.Name, *got[i].Name)
		require.InDelta(t, *want.Confidence, *got[i].Confidence, 0.01)
	}
}

// unpack lays out what a version left. Extended attributes are part of it.
func unpack(t *testing.T, file, dir string) {
	t.Helper()
	network, err := os.ReadFile(filepath.Join(server.Assets(), "assets", "lite0.onnx"))
	require.NoError(t, err)
	packed, err := os.Open(file)
	require.NoError(t, err)
	defer packed.Close()
	plain, err := zstd.NewReader(packed, zstd.WithDecoderDictRaw(0, network), zstd.WithDecoderMaxWindow(1<<27), zstd.WithDecoderConcurrency(1))
	require.NoError(t, err)
	defer plain.Close()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		path := filepath.Join(dir, filepath.Clean("/"+header.Name))
		if header.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(path, 0o700))
		} else {
			content, err := io.ReadAll(archive)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, content, 0o600))
		}
		for record, value := range header.PAXRecords {
			if attribute, is := strings.CutPrefix(record, "SCHILY.xattr."); is {
				require.NoError(t, unix.Setxattr(path, attribute, []byte(value), 0), path)
			}
		}
	}
}

// restore makes a SQLite database of a dump.
func restore(t *testing.T, dump, file string) {
	t.Helper()
	statements, err := os.ReadFile(dump)
	require.NoError(t, err)
	db, err := sql.Open("sqlite3", file)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), string(statements))
	require.NoError(t, err)
}
