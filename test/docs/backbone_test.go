package docs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const backbonePage = "docs/guide/backbone.md"

// backboneFile writes a network as the page wants it, if nothing is changed: how much there is of each colour and of each that is
// more than another, on average and at most.
func backboneFile(t *testing.T, change func(g *nn.Graph, picture nn.Value)) string {
	t.Helper()
	g := nn.New()
	picture := g.Input("picture", nn.Float32, g.Dim("batch"), 3, g.Dim("rows"), 224)
	if change == nil {
		change = func(g *nn.Graph, picture nn.Value) {
			weights := g.Floats("colours", []float32{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, -1, 1, -1, 0, 0, 1, -1}, 6, 3, 1, 1)
			colours := picture.Conv(weights, nn.Value{}, nn.ConvOptions{}).Relu()
			g.Output("features", g.Concat(1, colours.ReduceMean(false, 2, 3), colours.ReduceMax(false, 2, 3)))
		}
	}
	change(g, picture)
	file, err := g.Bytes()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "plankton.onnx")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path
}

// backboneSays demands that the page says something, wherever its lines end.
func backboneSays(t *testing.T, what string) {
	t.Helper()
	require.Contains(t, strings.Join(strings.Fields(page(t, backbonePage)), " "), what)
}

// TestBackbone trains on the program's own network and on another one, and takes that away and gives it back.
func TestBackbone(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "parts")
	pictures := corpus.Pictures("", 16, corpus.Labels[0], corpus.Labels[2])
	c.Upload(t, "parts", pictures)
	project := c.Project(t, "parts")
	c.Dataset(t, project, types.DatasetTypeTrain, "parts", corpus.Manifest("parts", pictures[:24]))
	c.Dataset(t, project, types.DatasetTypeTest, "parts", corpus.Manifest("parts", pictures[24:]))
	asked := pictures[24].File
	train := func(name string) (v *string, answers []types.CustomLabel) {
		trained := c.Train(t, project, name, "parts", "out")
		c.Run(t, project, trained)
		return trained.ProjectVersionArn, c.Detect(t, trained.ProjectVersionArn, asked, aws.Float32(0))
	}
	builtIn, before := train("built-in")

	path := backboneFile(t, nil)
	restart := func(backbone string) {
		require.Zero(t, s.Terminate(t))
		s.Setenv("OWNSIGHT_BACKBONE", backbone)
		s.Restart(t)
	}
	restart(path)
	require.Contains(t, s.Life(), "msg=network name=plankton")
	require.Equal(t, before, c.Detect(t, builtIn, asked, aws.Float32(0)), "models on the built-in network keep running")
	version, answers := train("own")
	require.Len(t, answers, 2)
	require.Equal(t, pictures[24].Label, *answers[0].Name)
	t.Run("card", func(t *testing.T) { backboneCard(t, c, path, asked, answers) })
	t.Run("boxes", func(t *testing.T) { backboneBoxes(t, c) })

	restart("")
	_, err := c.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: version,
		Image: &types.Image{Bytes: asked}})
	var other *types.ResourceNotReadyException
	require.ErrorAs(t, err, &other)
	require.Contains(t, other.ErrorMessage(), "the model stands on another network")
	backboneSays(t, `ResourceNotReadyException: "the model stands on another network"`)
	require.Equal(t, before, c.Detect(t, builtIn, asked, aws.Float32(0)))
	restart(path)
	require.Equal(t, answers, c.Detect(t, version, asked, aws.Float32(0)), "the model runs again")
	require.Zero(t, s.Terminate(t))
	t.Run("refused", func(t *testing.T) { backboneRefused(t, s) })
	t.Run("export", func(t *testing.T) {
		b := find(t, backbonePage, "backbone-export")
		out, err := exec.CommandContext(t.Context(), "python3", "-c", "import sys; compile(sys.argv[1], 'export', 'exec')", b.text).CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
}

// backboneCard looks at a model's card and file, and runs the file without the server.
func backboneCard(t *testing.T, c guide.Client, path string, picture []byte, answers []types.CustomLabel) {
	network, err := os.ReadFile(path)
	require.NoError(t, err)
	at := func(extension string) []byte {
		return c.Read(t, &types.S3Object{Bucket: aws.String("parts"), Name: aws.String("out/Model-parts-own" + extension)})
	}
	var card struct {
		Backbone struct{ Name, Front, Digest string }
		Maps     []string
	}
	require.NoError(t, json.Unmarshal(at(".json"), &card))
	sum := sha256.Sum256(network)
	require.Equal(t, "plankton", card.Backbone.Name)
	require.Equal(t, hex.EncodeToString(sum[:]), card.Backbone.Digest)
	require.Empty(t, card.Backbone.Front)
	require.Equal(t, []string{"features"}, card.Maps)

	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "own.onnx"), at(".onnx"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "some.jpg"), picture, 0o600))
	python := filepath.Join(server.Assets(), "venv", "bin", "python")
	require.FileExists(t, python, `"make test" makes it`)
	out, err := exec.CommandContext(t.Context(), python, filepath.Join(server.Repository(), "examples/onnx/python/detect.py"),
		"--min-confidence", "0", filepath.Join(folder, "own.onnx"), filepath.Join(folder, "some.jpg")).Output()
	require.NoError(t, err)
	var said struct{ CustomLabels []onnxAnswer }
	require.NoError(t, json.Unmarshal(out, &said), "%s", out)
	require.Len(t, said.CustomLabels, len(answers))
	for i, a := range onnxAnswers(t, answers) {
		require.Equal(t, a.Name, said.CustomLabels[i].Name)
		require.InDelta(t, a.Confidence, said.CustomLabels[i].Confidence, 0.1)
	}
}

// backboneBoxes finds boxes refused, in the words of the page.
func backboneBoxes(t *testing.T, c guide.Client) {
	shapes := corpus.Shapes("shapes/", 4)
	for _, p := range shapes {
		c.Put(t, "parts", p.Key, p.File)
	}
	project := c.Project(t, "shapes")
	c.Dataset(t, project, types.DatasetTypeTrain, "parts", corpus.ShapesManifest("parts", shapes[:2]))
	c.Dataset(t, project, types.DatasetTypeTest, "parts", corpus.ShapesManifest("parts", shapes[2:]))
	c.BeginTraining(t, project, "v1", "parts", "out")
	v := c.SettledVersion(t, project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingFailed, v.Status)
	backboneSays(t, `"`+*v.StatusMessage+`"`)
}

// backboneRefused gives the server files that do not suit; the last one by the page's line of configuration.
func backboneRefused(t *testing.T, s *server.Server) {
	old := backboneFile(t, nil)
	file, err := os.ReadFile(old)
	require.NoError(t, err)
	var model onnxpb.ModelProto
	require.NoError(t, proto.Unmarshal(file, &model))
	model.OpsetImport[0].Version = new(int64(18))
	file, err = proto.Marshal(&model)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(old, file, 0o600))
	for path, want := range map[string]string{
		old: "opset 18",
		backboneFile(t, func(g *nn.Graph, p nn.Value) { g.Output("embedding", p.ReduceMean(false, 2, 3)) }): "features",
		backboneFile(t, func(g *nn.Graph, p nn.Value) { g.Output("features", p) }):                          "[N, numbers]",
	} {
		s.Setenv("OWNSIGHT_BACKBONE", path)
		code, log := s.Run(t)
		require.NotZero(t, code)
		require.Contains(t, log, path)
		require.Contains(t, log, want)
	}
	_, line, found := strings.Cut(page(t, backbonePage), "```text\n")
	require.True(t, found)
	line, _, _ = strings.Cut(line, "```")
	settings := filepath.Join(t.TempDir(), "ownsight.yaml")
	require.NoError(t, os.WriteFile(settings, []byte(line), 0o600))
	code, log := server.New(t).Run(t, "--config", settings)
	require.NotZero(t, code)
	require.Contains(t, log, "/srv/models/plankton.onnx: no such file")
}
