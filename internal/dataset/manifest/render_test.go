package manifest_test

import (
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// readAll parses every row of a manifest.
func readAll(t *testing.T, r io.Reader) []manifest.Line {
	t.Helper()
	var lines []manifest.Line
	for reader := manifest.NewReader(r, 0); ; {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		require.NoError(t, err)
		lines = append(lines, manifest.Parse(row.Bytes))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestForms(t *testing.T) {
	file, err := os.Open("testdata/lines.manifest")
	require.NoError(t, err)
	defer file.Close()
	var listed, validated strings.Builder
	for _, l := range readAll(t, file) {
		listed.WriteString(l.Listed() + "\n")
		validated.WriteString(l.Validated() + "\n")
	}
	golden(t, "testdata/lines.listed", listed.String())
	golden(t, "testdata/lines.validated", validated.String())
}

// Clients read a listing, change a label and send the lines back; trainings read what they wrote.
func TestFormsReadBackAsTheSame(t *testing.T) {
	file, err := os.Open("testdata/lines.manifest")
	require.NoError(t, err)
	defer file.Close()
	for _, l := range readAll(t, file) {
		if l.Dropped() {
			continue
		}
		again := manifest.Parse([]byte(l.Listed()))
		require.Equal(t, l.Entry(), again.Entry())
		require.Equal(t, l.Problems, again.Problems)
		require.Equal(t, l.Validated(), manifest.Parse([]byte(l.Validated())).Validated())
		require.Equal(t, l.Validated(), again.Validated())
	}
}

func TestListedKeepsNumbersAndStringsAsWritten(t *testing.T) {
	l := manifest.Parse([]byte(`{ "source-ref" : "s3:\/\/photos\/1.png" , "x\u00e9" : [ 1.0e+05 , 0.10000000000000000001, "\u00e4 b" ] }`))
	require.Equal(t, "s3://photos/1.png", l.SourceRef)
	require.Equal(t, `{"source-ref":"s3:\/\/photos\/1.png","x\u00e9":[1.0e+05,0.10000000000000000001,"\u00e4 b"],`+
		`"cl-metadata":{"is_labeled":false},"cl-errors":[{"code":"ERROR_NO_LABEL_ATTRIBUTES","message":"No label attributes found."}]}`, l.Listed())
}

func TestValidatedOfALineThatIsNotJSON(t *testing.T) {
	require.Equal(t, `{"errors":[{"code":"ERROR_INVALID_JSON_LINE","message":"The JSON Line has an invalid format."}]}`,
		manifest.Parse([]byte(`{"source-ref":`)).Validated())
}

func TestWhatATrainingFindsIsShown(t *testing.T) {
	l := manifest.Parse([]byte(`{"source-ref":"s3://photos/1.png"}`))
	l.Fail(manifest.InvalidImage)
	require.Equal(t, `{"source-ref":"s3://photos/1.png",`+
		`"errors":[{"code":"ERROR_INVALID_IMAGE","message":"The image is invalid. Check S3 path and/or image properties."}],`+
		`"warnings":[{"code":"WARNING_UNANNOTATED_RECORD","message":"Record is unannotated."}]}`, l.Validated())
}
