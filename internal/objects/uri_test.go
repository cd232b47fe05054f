package objects_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
)

func TestParseURI(t *testing.T) {
	for text, want := range map[string]objects.URI{
		"s3://bucket/key":                       {Bucket: "bucket", Key: "key"},
		"s3://my.bucket-1/a/b c/%20+":           {Bucket: "my.bucket-1", Key: "a/b c/%20+"},
		"s3://bucket//double/":                  {Bucket: "bucket", Key: "/double/"},
		"s3://abc/日本.jpg":                       {Bucket: "abc", Key: "日本.jpg"},
		"s3://abc/..a/b..":                      {Bucket: "abc", Key: "..a/b.."},
		"s3://abc/" + strings.Repeat("k", 1024): {Bucket: "abc", Key: strings.Repeat("k", 1024)},
	} {
		uri, err := objects.ParseURI(text)
		require.NoError(t, err, text)
		require.Equal(t, want, uri)
		require.Equal(t, text, uri.String())
	}
	for text, reason := range map[string]string{
		"":                   "must start with s3://",
		"https://bucket/key": "must start with s3://",
		"S3://bucket/key":    "must start with s3://",
		"s3://bucket":        "no key",
		"s3://bucket/":       "key is empty",
		"s3:///key":          "3 to 63",
		"s3://ab/key":        "3 to 63",
		"s3://" + strings.Repeat("b", 64) + "/key": "3 to 63",
		"s3://Bucket/key":                          "a-z",
		"s3://-bucket/key":                         "begin and end",
		"s3://bucket./key":                         "begin and end",
		"s3://buc..ket/key":                        "two dots",
		"s3://buc_ket/key":                         "a-z",
		"s3://127.0.0.1/key":                       "IP address",
		"s3://bucket/\xff":                         "UTF-8",
		"s3://bucket/a\x00b":                       "UTF-8",
		"s3://bucket/a/../b":                       `segment ".."`,
		"s3://bucket/./b":                          `segment "."`,
		"s3://bucket/" + strings.Repeat("k", 1025): "1025 bytes",
	} {
		_, err := objects.ParseURI(text)
		require.ErrorIs(t, err, objects.ErrInvalidURI, text)
		require.ErrorContains(t, err, reason, text)
	}
}

func FuzzParseURI(f *testing.F) {
	for _, seed := range []string{"s3://bucket/key", "s3://a.b/", "s3://", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		uri, err := objects.ParseURI(text)
		if err != nil {
			require.ErrorIs(t, err, objects.ErrInvalidURI)
			require.Less(t, len(err.Error()), 1500)
			return
		}
		require.Equal(t, text, uri.String())
		require.NotEmpty(t, uri.Key)
		require.NotContains(t, uri.Bucket, "/")
	})
}
