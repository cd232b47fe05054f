package docs

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const securityPage = "docs/guide/security.md"

// TestLeastRights makes the user of the page, who may ask models and nothing else, and finds in the audit what was refused.
func TestLeastRights(t *testing.T) {
	t.Parallel()
	pictures := corpus.Pictures("least/", 3, draw.Good, draw.Rust)
	s, _, v := trained(t, "parts", pictures, pictures, nil)

	r := open(t, securityPage)
	r.at(t, s)
	r.follow(t, "least-rights")
	user := guide.Connect(t, s, "line-3")
	least := float32(0)
	require.Len(t, user.Detect(t, v.ProjectVersionArn, pictures[0].File, &least), 2)
	_, err := user.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{})
	var denied *types.AccessDeniedException
	require.ErrorAs(t, err, &denied)
	_, err = user.S3.ListBuckets(t.Context(), nil)
	require.ErrorContains(t, err, "AccessDenied")
	out := r.follow(t, "refused")
	require.Regexp(t, `111122223333/line-3 .*DescribeProjects.*AccessDenied`, out)
	require.NotContains(t, out, "DetectCustomLabels")
}

// TestWhatThePageSaysOfTheServer looks at what is open to those without a key, and at what lies in the data folder.
func TestWhatThePageSaysOfTheServer(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "pages")
	c.Put(t, "pages", "page.html", []byte("<script>alert(sessionStorage)</script>"))
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/pages/page.html": 403, "/pages": 403} {
		status, body := s.Get(t, path)
		require.Equal(t, want, status, path)
		require.NotContains(t, body, "alert")
	}
	_, open := s.Get(t, "/metrics")
	require.Contains(t, open, "ownsight_")
	policy := func(path string) string {
		answer, err := http.Get(s.Endpoint + path)
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.Header.Get("Content-Security-Policy")
	}
	require.True(t, strings.HasPrefix(policy("/pages/page.html"), "sandbox "))
	if status, _ := s.Get(t, "/console/"); status == http.StatusOK { // it is built where Node.js is
		require.Contains(t, policy("/console/"), "default-src 'none'; script-src 'self'")
		require.Contains(t, policy("/console/"), "frame-ancestors 'none'")
	}

	key, err := s.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	require.NotContains(t, s.Log(), key.SecretAccessKey)
	require.NoError(t, filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.Name() == ".vgwlocks" { // of the S3 server: files without content, below a folder that is closed
			return filepath.SkipDir
		}
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s is open to others: %s", path, info.Mode())
		if d.Type().IsRegular() && strings.Contains(path, "/audit/") {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotContains(t, string(b), key.SecretAccessKey)
		}
		return nil
	}))
}
