package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// left is what an earlier version left, and what it said of a picture.
type left struct {
	Project, Running, Training string // ARNs
	Picture                    []byte
	Answer                     []types.CustomLabel
	Datasets                   []string
	Entries                    int
}

// TestLeaveData has a program of an earlier version leave its data in testdata/, as a power cut would find them: a model runs, another
// is being trained, a second account has a project. It is run once for a version, with the program built from that version:
//
//	OWNSIGHT_BINARY=/tmp/old OWNSIGHT_LEAVE=NAME go test ./test/deploy -run TestLeaveData
//
// Models hold the weights of the built-in network; the file holds them only as a reference to it, by zstd's --patch-from.
func TestLeaveData(t *testing.T) {
	name := os.Getenv("OWNSIGHT_LEAVE")
	if name == "" {
		t.Skip("OWNSIGHT_LEAVE does not say which version's data are to be made")
	}
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			s := server.New(t)
			s.Setenv("OWNSIGHT_FRONT", "float32") // runs on every CPU
			url := ""
			if database == "postgres" {
				url = pgtest.URL(t)
				s.Setenv("OWNSIGHT_DATABASE", url)
			}
			s.Restart(t)
			l := leave(t, s)
			s.Kill()
			dump := filepath.Join(s.Dir, "state.sql")
			if url != "" {
				shell(t, s.Dir, `pg_dump --no-owner --inserts "$0" > state.sql`, url)
			} else {
				shell(t, s.Dir, "sqlite3 state.db .dump > state.sql && rm state.db*")
			}
			require.FileExists(t, dump)
			b, err := json.Marshal(l)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "left.json"), b, 0o600))
			target := filepath.Join(server.Repository(), "test", "deploy", "testdata", name+"-"+database+".tar.zst")
			require.NoError(t, os.MkdirAll(filepath.Dir(target), 0o755))
			shell(t, s.Dir, `tar --xattrs --xattrs-include='user.*' --sort=name --owner=0 --group=0 --exclude=audit --exclude='*.lock' --exclude=scratch -cf ../all.tar . &&
				zstd -q -f -19 --long=27 --patch-from="$0" ../all.tar -o "$1"`, filepath.Join(server.Assets(), "assets", "lite0.onnx"), target)
		})
	}
}

func leave(t *testing.T, s *server.Server) left {
	t.Helper()
	const bucket = "pictures"
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	pictures := corpus.Pictures("train/", 5, corpus.Labels[:2]...)
	c.Upload(t, bucket, pictures)
	l := left{Picture: corpus.Pictures("new/", 1, corpus.Labels[0])[0].File, Entries: len(pictures)}
	project := c.Project(t, "gears")
	l.Project = *project
	l.Datasets = append(l.Datasets, *c.Dataset(t, project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, pictures)))
	v := c.Train(t, project, "v1", bucket, "out")
	c.Run(t, project, v)
	l.Running = *v.ProjectVersionArn
	l.Answer = c.Detect(t, v.ProjectVersionArn, l.Picture, aws.Float32(0))
	code, _, problems := s.Program(t, "account", "create", "222233334444", "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	_, err := guide.Connect(t, s, "lab").CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: aws.String("theirs")})
	require.NoError(t, err)
	l.Training = *c.BeginTraining(t, project, "v2", bucket, "out")
	return l
}

// shell runs commands in a folder.
func shell(t *testing.T, dir, script string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", append([]string{"-euo", "pipefail", "-c", script}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
