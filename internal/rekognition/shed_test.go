package rekognition

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamedModel(t *testing.T) {
	const arn = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1"
	picture := `"Image":{"Bytes":"` + strings.Repeat("QUFB", 2000) + `"}`
	for name, c := range map[string]struct{ body, want string }{
		"boto3 puts it first":        {`{"ProjectVersionArn": "` + arn + `", ` + picture + `}`, arn},
		"Go puts it last":            {`{` + picture + `,"MinConfidence":50,"ProjectVersionArn":"` + arn + `"}`, arn},
		"in the middle":              {`{"a":` + picture[8:] + `,"ProjectVersionArn":"` + arn + `",` + picture[1:] + `}`, ""},
		"short":                      {`{"ProjectVersionArn":"x"}`, "x"},
		"cut short":                  {`{"ProjectVersionArn":"x`, ""},
		"no text":                    {`{"ProjectVersionArn":7}`, ""},
		"nothing":                    {``, ""},
		"it is the value of another": {`{"x":"ProjectVersionArn"}`, ""},
	} {
		got, found := namedModel([]byte(c.body))
		require.Equal(t, c.want, string(got), name)
		require.Equal(t, c.want != "", found, name)
	}
}
