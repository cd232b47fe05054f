package manifest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

var when = time.Date(2024, 3, 9, 17, 5, 6, 7_000, time.FixedZone("CET", 3600))

func TestImageLine(t *testing.T) {
	line, err := manifest.ImageLine("s3://photos/a b/ö.jpg", []string{"cat", `the "dog"`}, when)
	require.NoError(t, err)
	require.Equal(t, `{"source-ref":"s3://photos/a b/ö.jpg",`+
		`"label-0":0,"label-0-metadata":{"class-name":"cat","confidence":1,"type":"groundtruth/image-classification",`+
		`"job-name":"ownsight","human-annotated":"yes","creation-date":"2024-03-09T16:05:06.000007"},`+
		`"label-1":1,"label-1-metadata":{"class-name":"the \"dog\"","confidence":1,"type":"groundtruth/image-classification",`+
		`"job-name":"ownsight","human-annotated":"yes","creation-date":"2024-03-09T16:05:06.000007"}}`, line)

	read := manifest.Parse([]byte(line))
	require.Empty(t, read.Problems)
	require.Equal(t, ownsight.Location{Bucket: "photos", Key: "a b/ö.jpg"}, read.Picture)
	require.Equal(t, []string{"cat", `the "dog"`}, read.Labels)
}

func TestBoxLineIsReadBack(t *testing.T) {
	boxes := []manifest.Box{
		{Label: "nut", Left: 10, Top: 20, Width: 30.5, Height: 40},
		{Label: "bolt", Left: 0, Top: 0, Width: 640, Height: 480},
		{Label: "nut", Left: 1, Top: 2, Width: 3, Height: 4},
	}
	line, err := manifest.BoxLine("s3://photos/1.png", manifest.Size{Width: 640, Height: 480}, boxes, when)
	require.NoError(t, err)

	read := manifest.Parse([]byte(line))
	require.Empty(t, read.Problems)
	require.Equal(t, boxes, read.Boxes)
	require.Equal(t, manifest.Size{Width: 640, Height: 480}, read.Size)
}

func TestUnlabelledLines(t *testing.T) {
	bare, err := manifest.ImageLine("s3://photos/1.png", nil, when)
	require.NoError(t, err)
	require.Equal(t, `{"source-ref":"s3://photos/1.png"}`, bare)

	none, err := manifest.BoxLine("s3://photos/1.png", manifest.Size{Width: 640, Height: 480}, nil, when)
	require.NoError(t, err)
	for _, line := range []string{bare, none} {
		read := manifest.Parse([]byte(line))
		require.True(t, read.Ignored(), line)
		require.False(t, read.Labeled(), line)
		require.False(t, read.HasErrors(), line)
	}
}

func TestNamesMustBeUTF8(t *testing.T) {
	_, err := manifest.ImageLine("s3://photos/\xff.png", nil, when)
	require.ErrorContains(t, err, "source-ref")
	_, err = manifest.ImageLine("s3://photos/1.png", []string{"\xff"}, when)
	require.ErrorContains(t, err, "label-0-metadata")
}
