package faults

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/vision/backbone"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// soon is how quickly interrupted work is taken up again once the server is back, on a machine that does much else too. That
// it waits for no lease is what internal/jobs demands.
const soon = time.Minute

// What a server at level debug logs of the pieces that a training consists of.
var (
	lookedAt  = regexp.MustCompile(`msg="pictures looked at" .*file=(\S+)`)
	compared  = regexp.MustCompile(`msg=noted .*note=(linear-\d+) `)
	tried     = regexp.MustCompile(`msg=noted .*note=(tail-\S+-answers) `)
	halfway   = regexp.MustCompile(`msg=noted .*note=(tail-\S+-saved bytes=[1-9]\d+)`)
	detecting = regexp.MustCompile(`msg=noted .*note=(detection) `)
	takenUp   = regexp.MustCompile(`msg=recalled .*note=(tail-\S+-saved bytes=[1-9]\d+)`)
	worked    = regexp.MustCompile(`msg=noted .*note=(linear-\S+|tail-\S+-answers|tail-\S+-all|answers-\S+) `)
	stepsDone = map[string]*regexp.Regexp{
		"learn": regexp.MustCompile(`msg="training step done" .*step=(learn)`),
		"judge": regexp.MustCompile(`msg="training step done" .*step=(judge)`),
	}
)

// pieces gives what of a kind was done in the server's present life.
func pieces(s *server.Server, kind *regexp.Regexp) (list []string) {
	for _, m := range kind.FindAllStringSubmatch(s.Life(), -1) {
		list = append(list, m[1])
	}
	return list
}

// TestInterruptedTraining interrupts one training again and again: killed while it looks at pictures, stopped, killed
// while it compares linear heads, stopped in the middle of fine-tuning, killed there, and so on. It ends well, nothing that
// was finished is done twice, and the model is the one that an undisturbed training makes.
func TestInterruptedTraining(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]func(*testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"--database", pgtest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server.New(t, append(arguments(t), "--log", "debug")...)
			s.Setenv("OWNSIGHT_TRAIN_SECONDS", "8") // two folds, and all pictures
			s.Restart(t)
			c := guide.Connect(t, s, "default")
			project := prepare(t, c)
			interrupt(t, s, project)
			if name == "SQLite" {
				compare(t, c, project)
			}
		})
	}
}

// TestInterruptedTrainingOfSeveralLabels kills a training of pictures with several labels while it compares candidates.
// What it had decided is remembered, and the model is the one that an undisturbed training makes.
func TestInterruptedTrainingOfSeveralLabels(t *testing.T) {
	t.Parallel()
	s := server.Start(t, "--log", "debug")
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "parts")
	training, testing := corpus.MixedPictures("train/", 56), corpus.MixedPictures("test/", 14)
	for _, p := range slices.Concat(training, testing) {
		c.Put(t, "parts", p.Key, p.File)
	}
	project := c.Project(t, "gears")
	c.Dataset(t, project, types.DatasetTypeTrain, "parts", corpus.MixedManifest("parts", training))
	c.Dataset(t, project, types.DatasetTypeTest, "parts", corpus.MixedManifest("parts", testing))
	c.BeginTraining(t, project, "v1", "parts", "out")
	notes := done{}
	await(t, s, "a linear head", compared)
	s.Kill()
	notes.add(t, pieces(s, worked))
	s.Restart(t)
	goesOn(t, s, "look")
	v := c.SettledVersion(t, project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	require.Empty(t, pieces(s, lookedAt), "no picture is looked at again")
	notes.add(t, pieces(s, worked))
	require.Regexp(t, noteThere("linear-2"), s.Log(), "plain, varied and mirrored views: %v", notes)
	compare(t, c, project)
	require.Empty(t, s.Complaints())
}

// TestInterruptedTrainingOfBoxes kills a training of boxes twice. It goes on in the middle each time, and the model is the
// one that an undisturbed training makes.
func TestInterruptedTrainingOfBoxes(t *testing.T) {
	t.Parallel()
	s := server.New(t, "--log", "debug")
	s.Setenv("OWNSIGHT_TRAIN_SECONDS", "3")
	s.Restart(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "parts")
	training, testing := corpus.Shapes("train/", 16), corpus.Shapes("test/", 4)
	for _, p := range slices.Concat(training, testing) {
		c.Put(t, "parts", p.Key, p.File)
	}
	project := c.Project(t, "gears")
	c.Dataset(t, project, types.DatasetTypeTrain, "parts", corpus.ShapesManifest("parts", training))
	c.Dataset(t, project, types.DatasetTypeTest, "parts", corpus.ShapesManifest("parts", testing))
	c.BeginTraining(t, project, "v1", "parts", "out")
	await(t, s, "a state", detecting)
	for range 2 { // a fast machine does not write a second state: it goes on from the first one twice
		s.Kill()
		s.Restart(t)
		goesOn(t, s, "look")
		await(t, s, "a state that is read back", regexp.MustCompile(`msg=recalled .*note=detection bytes=([1-9]\d+)`))
	}
	v := c.SettledVersion(t, project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	require.Empty(t, pieces(s, lookedAt), "no picture is looked at again")
	compare(t, c, project)
	require.Empty(t, s.Complaints())
}

// TestAnotherNetwork kills a training before its model is written and goes on with another network: nothing of the first is
// used, and nothing is stuck.
func TestAnotherNetwork(t *testing.T) {
	t.Parallel()
	if v, err := backbone.Check(t.Context()); err != nil || !v.Exact {
		t.Skipf("this CPU runs one network only: %v %v", v.Reason, err)
	}
	storage, s := server.NewStorage(t), server.New(t, "--log", "debug")
	storage.Keeps(t, s, "system")
	s.Setenv("OWNSIGHT_FRONT", "int8")
	s.Restart(t)
	c := guide.Connect(t, s, "default")
	c.S3 = guide.Connect(t, storage.Server, "default").S3
	project := prepare(t, c)
	written := storage.Hold("PUT /parts/out/Model-gears-v1")
	c.BeginTraining(t, project, "v1", "parts", "out")
	await(t, s, "the step is done", stepsDone["learn"])
	s.Kill()
	written.Open()
	s.Setenv("OWNSIGHT_FRONT", "float32")
	s.Restart(t)
	v := c.SettledVersion(t, project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	require.Len(t, pieces(s, lookedAt), 3)
	compare(t, c, project)
	card := c.Read(t, &types.S3Object{Bucket: aws.String("parts"), Name: aws.String("out/Model-gears-v1.json")})
	require.Contains(t, string(card), `"front": "float32"`)
	c.Run(t, project, v)
	require.Empty(t, s.Complaints())
}

// compare trains once more without any interruption: the model is the same, byte for byte.
func compare(t *testing.T, c guide.Client, project *string) {
	c.Train(t, project, "v2", "parts", "out")
	model := func(version string) []byte {
		return c.Read(t, &types.S3Object{Bucket: aws.String("parts"), Name: aws.String("out/Model-gears-" + version + ".onnx")})
	}
	require.True(t, bytes.Equal(model("v1"), model("v2")))
}

// prepare makes a project with three shards of pictures: 64 and 2 to train on, 12 to test with. Every seventh label is
// wrong, so that no linear head is as good as can be, and fine-tuning is tried.
func prepare(t *testing.T, c guide.Client) *string {
	t.Helper()
	c.Bucket(t, "parts")
	training, testing := corpus.Pictures("train/", 33, corpus.Labels[:2]...), corpus.Pictures("test/", 6, corpus.Labels[:2]...)
	for i := range training {
		if i%7 == 0 {
			training[i].Label = corpus.Labels[1-i%2]
		}
	}
	c.Upload(t, "parts", training)
	c.Upload(t, "parts", testing)
	project := c.Project(t, "gears")
	c.Dataset(t, project, types.DatasetTypeTrain, "parts", corpus.Manifest("parts", training))
	c.Dataset(t, project, types.DatasetTypeTest, "parts", corpus.Manifest("parts", testing))
	return project
}

func interrupt(t *testing.T, s *server.Server, project *string) {
	c := guide.Connect(t, s, "default")
	version := c.BeginTraining(t, project, "v1", "parts", "out")
	shards, notes := done{}, done{}
	await(t, s, "a shard", lookedAt)
	s.Kill()
	shards.add(t, pieces(s, lookedAt))

	s.Restart(t)
	goesOn(t, s, "collect")
	stops(t, s)
	require.Equal(t, types.ProjectVersionStatusTrainingInProgress, restarted(t, s, c, project).Status)
	shards.add(t, pieces(s, lookedAt))

	goesOn(t, s, "collect")
	await(t, s, "a linear head", compared)
	s.Kill()
	shards.add(t, pieces(s, lookedAt))
	looked, err := filepath.Glob(filepath.Join(s.Dir, "s3", "ownsight-system", "versions", "*", "work", "*", "*.notes"))
	require.NoError(t, err)
	require.Len(t, looked, 3, "of which it may not have logged one before it was killed: %v", shards)
	notes.add(t, pieces(s, worked))

	s.Restart(t)
	goesOn(t, s, "look")
	fineTunes(t, c, project)
	stops(t, s)
	notes.add(t, pieces(s, worked))
	state := pieces(s, halfway)
	require.NotEmpty(t, state, "what stops well loses nothing")
	last := state[len(state)-1]

	s.Restart(t)
	goesOn(t, s, "look")
	await(t, s, "a network half fine-tuned", takenUp)
	s.Kill()
	require.Equal(t, last, pieces(s, takenUp)[0], "it goes on in the middle of what it was fine-tuning")
	notes.add(t, pieces(s, worked))

	s.Restart(t)
	goesOn(t, s, "look")
	await(t, s, "what a fine-tuned network says", tried)
	s.Kill()
	notes.add(t, pieces(s, worked))

	// The last two steps take a moment each: the kills land somewhere in them, or just after. One that was over in an earlier
	// life is not done again.
	for _, step := range []string{"learn", "judge"} {
		s.Restart(t)
		server.Eventually(t, server.Patience, "the step is done", func(context.Context) bool { return stepsDone[step].MatchString(s.Log()) })
		s.Kill()
		require.Empty(t, pieces(s, lookedAt), "no picture is looked at again")
		notes.add(t, pieces(s, worked))
	}

	s.Restart(t)
	v := c.SettledVersion(t, project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	require.NotNil(t, v.EvaluationResult)
	require.Empty(t, pieces(s, lookedAt))
	notes.add(t, pieces(s, worked))
	require.Regexp(t, noteThere("answers-000000"), s.Log())
	killedWhileRunning(t, s, c, project, version)
}

// stops stops the server, which work under way must not delay: where it does for 20 seconds the server ends with another code.
func stops(t *testing.T, s *server.Server) {
	t.Helper()
	require.Zero(t, s.Terminate(t), "a training does not keep the server from stopping well")
}

// fineTunes waits until steps of fine-tuning have been made.
func fineTunes(t *testing.T, c guide.Client, project *string) {
	t.Helper()
	server.Eventually(t, server.Patience, "fine-tuning", func(context.Context) bool {
		return strings.Contains(aws.ToString(c.Version(t, project, "v1").StatusMessage), "fine-tuning from")
	})
}

// restarted starts the server again and looks at the version.
func restarted(t *testing.T, s *server.Server, c guide.Client, project *string) types.ProjectVersionDescription {
	t.Helper()
	s.Restart(t)
	return c.Version(t, project, "v1")
}

// killedWhileRunning kills the server under a running model, which then answers at once.
func killedWhileRunning(t *testing.T, s *server.Server, c guide.Client, project, version *string) {
	c.Run(t, project, types.ProjectVersionDescription{ProjectVersionArn: version})
	picture := corpus.Pictures("one/", 1, corpus.Labels[0])[0].File
	before := c.Detect(t, version, picture, aws.Float32(0))
	s.Kill()
	require.Equal(t, types.ProjectVersionStatusRunning, restarted(t, s, c, project).Status)
	require.Equal(t, before, c.Detect(t, version, picture, aws.Float32(0)))
	require.Zero(t, s.Terminate(t))
	require.Equal(t, types.ProjectVersionStatusRunning, restarted(t, s, c, project).Status)
	require.Equal(t, before, c.Detect(t, version, picture, aws.Float32(0)))

	_, err := c.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: version})
	require.NoError(t, err)
	s.Kill()
	s.Restart(t)
	require.Equal(t, types.ProjectVersionStatusStopped, c.SettledVersion(t, project, "v1").Status)
	_, err = c.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: version, MinInferenceUnits: aws.Int32(1)})
	require.NoError(t, err)
	s.Kill()
	s.Restart(t)
	require.Equal(t, types.ProjectVersionStatusRunning, c.SettledVersion(t, project, "v1").Status)
	require.Equal(t, before, c.Detect(t, version, picture, aws.Float32(0)))
	require.Empty(t, s.Complaints())
}

// noteThere is what a log says of a note that is there, be it that it was killed before it could say that it had noted it.
func noteThere(note string) string { return `msg=(noted|recalled) .*note=` + note + ` bytes=[1-9]` }

// done are pieces of work that must not be done again.
type done map[string]bool

func (d done) add(t *testing.T, list []string) {
	t.Helper()
	for _, piece := range list {
		require.False(t, d[piece], "%s was done twice", piece)
		d[piece] = true
	}
}

// await waits until the server's present life has done one piece.
func await(t *testing.T, s *server.Server, what string, kind *regexp.Regexp) {
	t.Helper()
	server.Eventually(t, server.Patience, what, func(context.Context) bool { return len(pieces(s, kind)) > 0 })
}

// goesOn waits until the training is taken up again, which must be soon, and demands that it is after the right step.
func goesOn(t *testing.T, s *server.Server, after string) {
	t.Helper()
	server.Eventually(t, soon, "the training goes on", func(context.Context) bool { return strings.Contains(s.Life(), "training goes on") })
	require.Contains(t, s.Life(), " after="+after+" ")
}
