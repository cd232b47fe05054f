package faults

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

var (
	wentBack       = regexp.MustCompile(`level=WARN msg="files of a training are lost; .*" version=\S+ step=(\w+) `)
	recalledLearnt = regexp.MustCompile(`msg=recalled .*note=trained bytes=[1-9]`)

	stepDone = regexp.MustCompile(`msg="training step done" .*step=(\w+)`)
)

// TestLostFiles kills a server in the middle of trainings and takes files away that they have made, as a restored backup may
// lack them. Each goes back to the step that made them, by itself, and makes the model that it would have made.
func TestLostFiles(t *testing.T) {
	t.Parallel()
	storage, s := server.NewStorage(t), server.New(t, "--log", "debug")
	storage.Keeps(t, s, "system")
	s.Restart(t)
	c := guide.Connect(t, s, "default")
	c.S3 = guide.Connect(t, storage.Server, "default").S3
	project := prepare(t, c)
	c.Train(t, project, "undisturbed", "parts", "out")
	for _, lost := range []struct {
		name   string
		begun  *regexp.Regexp // what the next step logs at first, when it is recorded that this one is done
		times  int            // so often
		held   string         // what it cannot write before it is killed
		files  string         // pattern below the version's folder
		step   string         // that it goes back to
		again  []string       // steps that are done after that, but for the last
		looked int            // shards that are looked at again
	}{
		{"everything", recalledLearnt, 1, "/Model-gears-everything.onnx", "work", "collect", []string{"collect", "look", "learn", "judge"}, 3},
		{"features", compared, 1, "/trained", "work/*/TRAIN-000001.features", "look", []string{"look", "learn", "judge"}, 1},
		{"learnt", recalledLearnt, 1, "/Model-gears-learnt.onnx", "work/*/notes-*/trained", "learn", []string{"learn", "judge"}, 0},
		{"model", recalledLearnt, 2, "/Model-gears-model.onnx", "*.onnx", "judge", []string{"judge"}, 0},
	} {
		// The step is not over when it is killed, whatever the test is late for.
		killed := make(chan struct{})
		goOn := sync.OnceFunc(func() { close(killed) })
		t.Cleanup(goOn)
		storage.Intercept(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, lost.held) {
				<-killed
				return
			}
			pass.ServeHTTP(w, r)
		})
		began := len(s.Log())
		c.BeginTraining(t, project, lost.name, "parts", "out")
		server.Eventually(t, server.Patience, "the next step", func(context.Context) bool {
			return len(lost.begun.FindAllString(s.Log()[began:], -1)) >= lost.times
		})
		s.Kill()
		goOn()
		storage.Intercept(nil)
		remove(t, storage, lost.files)
		s.Restart(t)
		v := c.SettledVersion(t, project, lost.name)
		require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
		require.Equal(t, []string{lost.step}, pieces(s, wentBack), lost.name)
		last := func(step string) bool { return step == "publish" } // which is logged after the training has ended
		require.Equal(t, lost.again, slices.DeleteFunc(pieces(s, stepDone), last), lost.name)
		require.Len(t, pieces(s, lookedAt), lost.looked, lost.name)
		model := func(version string) []byte {
			return c.Read(t, &types.S3Object{Bucket: aws.String("parts"), Name: aws.String("out/Model-gears-" + version + ".onnx")})
		}
		require.Equal(t, model("undisturbed"), model(lost.name), lost.name)
	}
}

// remove takes files of the newest version out of the system's bucket.
func remove(t *testing.T, s *server.Storage, pattern string) {
	t.Helper()
	versions, err := filepath.Glob(filepath.Join(s.Dir, "s3", "system", "versions", "*"))
	require.NoError(t, err)
	newest := ""
	for _, v := range versions {
		if len(v) > len(newest) || len(v) == len(newest) && v > newest {
			newest = v
		}
	}
	files, err := filepath.Glob(filepath.Join(newest, pattern))
	require.NoError(t, err)
	require.NotEmpty(t, files, "%s in %s", pattern, newest)
	for _, f := range files {
		require.NoError(t, os.RemoveAll(f))
	}
}
