package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestUpload has 300 pictures come from a folder over a slow line, and the server killed meanwhile, and then the key deleted. Those of a
// phone, which are larger than the service takes, come after them.
func TestUpload(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	user(t, s, "ann")
	large, clear := photograph(t), transparent(t)
	phone := []corpus.Picture{
		{Key: "large.jpg", Label: "good", File: large},
		{Key: "broken.jpg", Label: "good", File: large[:bytes.Index(large, []byte{0xff, 0xda})]}, // has its sides, and nothing to see
		{Key: "clear.png", Label: "good", File: clear},
		{Key: "small.jpg", Label: "good", File: corpus.Pictures("phone/", 1, "good")[0].File},
	}
	play(t, s, chapter{
		program: "upload.mjs", profile: "ann",
		environ: append(another(t, s), "FOLDER="+folder(t, "belt", corpus.Pictures("upload/", 100, corpus.Labels...)), "PHONE="+folder(t, "phone", phone)),
		deeds:   map[string]func(){"delete the key": func() { dropKey(t, s, "ann") }},
	})
	stats := describe(t, s, "belt").DatasetStats
	require.EqualValues(t, 303, *stats.TotalEntries)
	require.EqualValues(t, 303, *stats.LabeledEntries)
	require.EqualValues(t, len(corpus.Labels), *stats.TotalLabels)
	require.Zero(t, *stats.ErrorEntries)

	photo := madeSmaller(t, s, fmt.Sprintf("belt/phone/good/large-%d.jpg", len(large)))
	require.Equal(t, image.Rect(0, 0, 4096, 2458), photo.Bounds())
	for i, want := range corners {
		requireColor(t, want, photo.At(1024+i%2*2048, 600+i/2*1200), "corner %d", i)
	}
	sheet := madeSmaller(t, s, fmt.Sprintf("belt/phone/good/clear.png-%d.jpg", len(clear)))
	require.Equal(t, image.Rect(0, 0, 4096, 819), sheet.Bounds())
	requireColor(t, color.White, sheet.At(2048, 400), "the server takes what is transparent for white")
}

// photograph is one of 5000 x 3000 pixels as a phone leaves it: on its side, with an orientation. Upright it is red, blue, green
// and white, from the left to the right and downwards.
func photograph(t *testing.T) []byte {
	t.Helper()
	lying := image.NewRGBA(image.Rect(0, 0, 3000, 5000)) // its left is the top, and its top is the right
	for i, c := range corners {
		at := image.Rect(0, 0, 1500, 2500).Add(image.Pt(i/2*1500, (1-i%2)*2500))
		draw.Draw(lying, at, image.NewUniform(c), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, lying, &jpeg.Options{Quality: 95}))
	return corpus.Turned(b.Bytes(), 6)
}

var corners = [...]color.RGBA{{R: 255, A: 255}, {B: 255, A: 255}, {G: 255, A: 255}, {R: 255, G: 255, B: 255, A: 255}}

// transparent is a PNG of 5000 x 1000 pixels through which one sees.
func transparent(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 5000, 1000))))
	return b.Bytes()
}

// madeSmaller reads what was made of a picture before it was uploaded, and that nothing was uploaded twice.
func madeSmaller(t *testing.T, s *server.Server, key string) image.Image {
	t.Helper()
	refs := regexp.MustCompile(`"s3://([^/"]+)/`+regexp.QuoteMeta(key)+`"`).FindAllStringSubmatch(strings.Join(entries(t, s, "belt"), "\n"), -1)
	require.Len(t, refs, 1, "%s", key)
	bucket := refs[0][1]
	storage := s3.NewFromConfig(s.Config(t, "default"), func(o *s3.Options) { o.UsePathStyle = true })
	list, err := storage.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("belt/phone/")})
	require.NoError(t, err)
	require.Len(t, list.Contents, 3)
	got, err := storage.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	defer got.Body.Close()
	require.Equal(t, "image/jpeg", *got.ContentType)
	content, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	require.NotContains(t, string(content), "Exif")
	picture, err := jpeg.Decode(bytes.NewReader(content))
	require.NoError(t, err)
	return picture
}

// requireColor allows for what JPEG loses.
func requireColor(t *testing.T, want, got color.Color, why string, args ...any) {
	t.Helper()
	r, g, b, _ := want.RGBA()
	r2, g2, b2, _ := got.RGBA()
	for c, v := range [...]uint32{r2, g2, b2} {
		require.InDelta(t, [...]uint32{r, g, b}[c]>>8, v>>8, 8, append([]any{why}, args...)...)
	}
}
