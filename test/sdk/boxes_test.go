package sdk

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestBoxes tells the story of a model that finds shapes with an unchanged boto3, and takes the model out.
func TestBoxes(t *testing.T) {
	t.Parallel()
	python := tool(t, "python3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip(`python3 has no boto3: run "make test", which installs it, or "pip install boto3"`)
	}
	s := server.New(t)
	s.Setenv("OWNSIGHT_TRAIN_SECONDS", "9")
	s.Restart(t)
	code, _, problems := s.Program(t, "account", "create", lab, "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	folder := t.TempDir()
	training, others := corpus.Shapes("train/", 24), corpus.Shapes("test/", 8)
	for _, p := range slices.Concat(training, others) {
		require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(p.Key)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, p.Key), p.File, 0o600))
	}
	for name, pictures := range map[string][]corpus.Drawn{"train": training, "test": others} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".manifest"), corpus.ShapesManifest("shapes", pictures), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), python, "boxes.py", folder)
	cmd.Env = s.Environ()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)

	c := guide.Connect(t, s, "default")
	projects, err := c.DescribeProjects(t.Context(), nil)
	require.NoError(t, err)
	v := c.Version(t, projects.ProjectDescriptions[0].ProjectArn, "v1")
	require.Equal(t, types.ProjectVersionStatusRunning, v.Status)
	t.Run("network", func(t *testing.T) { requireFinder(t, c, v.ProjectVersionArn) })
	require.Empty(t, s.Complaints())
}

// requireFinder runs the file of a model that finds boxes in ONNX Runtime alone, here and in Python, and demands the
// answers that the running model gives.
func requireFinder(t *testing.T, c guide.Client, version *string) {
	n := takeOut(t, c, "shapes", "out/Model-shapes-v1")
	require.Equal(t, "boxes", n.card.Task)
	require.Contains(t, n.card.Output, "left, top, width, height as shares of the picture's sides")
	picture, pixels := corpus.Square(n.card.Input.Width, n.card.Input.Height, corpus.Labels[2])
	for where, said := range n.outputs(t, pixels) {
		answers := c.Detect(t, version, picture, aws.Float32(0))
		require.Len(t, said["scores"], len(answers), where)
		for _, l := range answers { // at one place or another, for some are as good as the next
			b := l.Geometry.BoundingBox
			want := []float32{*l.Confidence / 100, *b.Left, *b.Top, *b.Width, *b.Height}
			there := false
			for i, score := range said["scores"] {
				got := append([]float32{score}, said["boxes"][4*i:4*i+4]...)
				there = there || n.card.Labels[int(said["labels"][i])] == *l.Name && near(want, got)
			}
			require.True(t, there, "%s: no %s %v", where, *l.Name, want)
		}
	}
}

// near says that numbers are the same but for rounding.
func near(a, b []float32) bool {
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-4 {
			return false
		}
	}
	return len(a) == len(b)
}
