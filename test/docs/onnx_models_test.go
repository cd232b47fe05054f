package docs

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// onnxTolerance is how far a program's answers may be from the server's.
type onnxTolerance struct {
	points float64 // of confidence, 0 to 100
	share  float64 // of a picture's side, for the sides of a box
}

var (
	onnxSame    = onnxTolerance{0.5, 0}  // where the page promises the same
	onnxStep    = onnxTolerance{3, 0}    // where a value of a pixel may be off by one
	onnxDecoded = onnxTolerance{15, 0}   // where a JPEG is decoded otherwise
	onnxBoxes   = onnxTolerance{5, 0.01} // of boxes, whose tests are PNGs
)

// onnxModel is a model that was taken out, and what its server says of pictures.
type onnxModel struct {
	name     string
	file     []byte
	beside   []byte // the card, as it lies beside the file
	pictures []onnxPicture
	card     struct {
		Task       string
		Labels     []string
		Thresholds []float64
	}
}

type onnxPicture struct {
	name string
	file []byte
	said []onnxAnswer // by the server, at whatever confidence
}

type onnxAnswer struct {
	Name       string
	Confidence float64
	Geometry   *struct{ BoundingBox onnxBox }
}

type onnxBox struct{ Left, Top, Width, Height float64 }

// text is how the page in the browser shows an answer.
func (a onnxAnswer) text() string { return fmt.Sprintf("%s: %.2f", a.Name, a.Confidence) }

// compare holds the answers on a picture against the server's, by the model's thresholds or without any. A label at its
// threshold, or a box that is hardly there, may be given here and not there.
func (m onnxModel) compare(t *testing.T, i int, said []onnxAnswer, thresholds bool, tolerance onnxTolerance) {
	t.Helper()
	p := m.pictures[i]
	if m.card.Task == "boxes" {
		tolerance = onnxBoxes
	}
	require.True(t, slices.IsSortedFunc(said, func(a, b onnxAnswer) int { return cmp.Compare(b.Confidence, a.Confidence) }), "%s: best first", p.name)
	least := func(a onnxAnswer) float64 {
		switch {
		case thresholds:
			return 100 * m.card.Thresholds[slices.Index(m.card.Labels, a.Name)]
		case m.card.Task == "boxes":
			return 10 // of the many boxes that are hardly there, others may be given
		}
		return 0
	}
	for _, a := range p.said {
		if a.Confidence >= least(a)+tolerance.points || !thresholds && m.card.Task != "boxes" {
			require.True(t, m.among(t, p.name, a, said, tolerance), "%s, %s: %+v is not among %+v", m.name, p.name, a, said)
		}
	}
	for _, a := range said {
		if thresholds {
			require.GreaterOrEqual(t, a.Confidence, least(a)-1e-4, "%s, %s: below its threshold", m.name, p.name)
		}
		if a.Confidence >= least(a) {
			require.True(t, m.among(t, p.name, a, p.said, tolerance), "%s, %s: %+v is not among %+v", m.name, p.name, a, p.said)
		}
	}
}

// among says whether an answer has its like in a list: the same label, for boxes the one nearest to it.
func (m onnxModel) among(t *testing.T, picture string, a onnxAnswer, list []onnxAnswer, tolerance onnxTolerance) bool {
	t.Helper()
	points, apart := math.Inf(1), math.Inf(1)
	for _, b := range list {
		if a.Name != b.Name || (a.Geometry == nil) != (b.Geometry == nil) {
			continue
		}
		between := 0.
		if a.Geometry != nil {
			x, y := a.Geometry.BoundingBox, b.Geometry.BoundingBox
			between = max(math.Abs(x.Left-y.Left), math.Abs(x.Top-y.Top), math.Abs(x.Width-y.Width), math.Abs(x.Height-y.Height))
		}
		if between < apart {
			points, apart = math.Abs(a.Confidence-b.Confidence), between
		}
	}
	t.Logf("%s: %s: %.3f points and %.4f of a side apart", picture, a.Name, points, apart)
	return points <= tolerance.points && apart <= tolerance.share
}

// onnxTrain trains a model of each kind, the one of boxes on a server of its own, and asks about pictures.
func onnxTrain(t *testing.T, forLabels, forBoxes *server.Server) []onnxModel {
	t.Helper()
	c := guide.Connect(t, forLabels, "default")
	finder := guide.Connect(t, forBoxes, "default")
	c.Bucket(t, "parts")
	finder.Bucket(t, "parts")
	labels := corpus.Pictures("labels/", 16, corpus.Labels...)
	mixed := corpus.MixedPictures("mixed/", 42)
	shapes := corpus.Shapes("shapes/", 32)
	c.Upload(t, "parts", labels)
	for _, p := range mixed {
		c.Put(t, "parts", p.Key, p.File)
	}
	for _, p := range shapes {
		finder.Put(t, "parts", p.Key, p.File)
	}
	models := []onnxModel{
		{name: "parts", pictures: []onnxPicture{{name: "some.jpg", file: labels[0].File},
			{name: "rust.jpg", file: labels[len(labels)-1].File}}},
		{name: "mixed", pictures: []onnxPicture{{name: "mixed.jpg", file: mixed[40].File}, {name: "both.jpg", file: mixed[41].File}}},
		{name: "shapes", pictures: []onnxPicture{{name: "two.png", file: shapes[25].File}, {name: "one.png", file: shapes[26].File},
			{name: "none.png", file: shapes[31].File}}},
	}
	models[0].pictures = append(models[0].pictures, onnxOdd(t)...)
	manifests := map[string][2][]byte{
		"parts":  {corpus.Manifest("parts", labels[:36]), corpus.Manifest("parts", labels[36:])},
		"mixed":  {corpus.MixedManifest("parts", mixed[:28]), corpus.MixedManifest("parts", mixed[28:])},
		"shapes": {corpus.ShapesManifest("parts", shapes[:24]), corpus.ShapesManifest("parts", shapes[24:])},
	}
	projects := map[string]*string{}
	clients := map[string]guide.Client{"parts": c, "mixed": c, "shapes": finder}
	for _, m := range models {
		c := clients[m.name]
		projects[m.name] = c.Project(t, m.name)
		c.Dataset(t, projects[m.name], types.DatasetTypeTrain, "parts", manifests[m.name][0])
		c.Dataset(t, projects[m.name], types.DatasetTypeTest, "parts", manifests[m.name][1])
		c.BeginTraining(t, projects[m.name], "v1", "parts", "out")
	}
	for i := range models {
		m := &models[i]
		c := clients[m.name]
		v := c.SettledVersion(t, projects[m.name], "v1")
		require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
		c.Run(t, projects[m.name], v)
		at := func(extension string) []byte {
			return c.Read(t, &types.S3Object{Bucket: aws.String("parts"), Name: aws.String("out/Model-" + m.name + "-v1" + extension)})
		}
		m.file, m.beside = at(".onnx"), at(".json")
		require.NoError(t, json.Unmarshal(m.beside, &m.card))
		learned := false
		for k, p := range m.pictures {
			m.pictures[k].said = onnxAnswers(t, c.Detect(t, v.ProjectVersionArn, p.file, aws.Float32(0)))
			require.NotEmpty(t, m.pictures[k].said)
			learned = learned || slices.ContainsFunc(m.pictures[k].said, func(a onnxAnswer) bool {
				return a.Confidence >= 100*m.card.Thresholds[slices.Index(m.card.Labels, a.Name)]
			})
		}
		require.True(t, learned, "%s answers something by its thresholds", m.name)
	}
	return models
}

// onnxAnswers are the server's, as the programs write them.
func onnxAnswers(t *testing.T, labels []types.CustomLabel) (list []onnxAnswer) {
	t.Helper()
	b, err := json.Marshal(labels)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &list))
	return list
}

// onnxOdd are pictures as cameras and programs leave them: large, lying on their side, transparent, grey.
func onnxOdd(t *testing.T) (list []onnxPicture) {
	t.Helper()
	drawn, _ := draw.PictureOf(rand.New(rand.NewPCG(7, 7)), corpus.Labels[2], image.Pt(1280, 960))
	var large, exact, through, grey bytes.Buffer
	require.NoError(t, png.Encode(&exact, drawn))
	require.NoError(t, jpeg.Encode(&large, drawn, &jpeg.Options{Quality: 90}))
	small, _ := draw.PictureOf(rand.New(rand.NewPCG(8, 8)), corpus.Labels[1], image.Pt(200, 160))
	glass, pale := image.NewNRGBA(small.Bounds()), image.NewGray(small.Bounds())
	for y := range 160 {
		for x := range 200 {
			c := color.NRGBAModel.Convert(small.At(x, y)).(color.NRGBA)
			c.A = uint8(55 + x)
			glass.SetNRGBA(x, y, c)
			pale.Set(x, y, small.At(x, y))
		}
	}
	require.NoError(t, png.Encode(&through, glass))
	require.NoError(t, png.Encode(&grey, pale))
	list = append(list, onnxPicture{name: "large.jpg", file: large.Bytes()}, onnxPicture{name: "large.png", file: exact.Bytes()},
		onnxPicture{name: "glass.png", file: through.Bytes()},
		onnxPicture{name: "grey.png", file: grey.Bytes()})
	lying := corpus.Pictures("lying/", 1, corpus.Labels[1])[0].File
	for orientation := range byte(7) {
		list = append(list, onnxPicture{name: fmt.Sprintf("turned-%d.jpg", orientation+2), file: corpus.Turned(lying, orientation+2)})
	}
	return list
}

// onnxServe runs the block that serves the page in the browser, at a port that is free, and gives its address.
func onnxServe(t *testing.T, r *reader) string {
	t.Helper()
	b := find(t, onnxPage, "onnx-browser-serve")
	require.Contains(t, b.text, " 8080 ")
	b.text = "exec " + strings.Replace(b.text, " 8080 ", " 0 ", 1)
	cmd := r.command(t, b)
	cmd.Env = append(cmd.Env, "PYTHONUNBUFFERED=1", "SESSION="+filepath.Join(t.TempDir(), "session"))
	cmd.Stderr = io.Discard // a line a request
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, line)
	at := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/`).FindString(line)
	require.NotEmpty(t, at, line)
	return at
}
