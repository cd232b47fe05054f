package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/server"
)

const movingPage = "docs/guide/moving.md"

// TestEverySDKAsks runs the programs of the page, each against the same model: they must get the same answer.
func TestEverySDKAsks(t *testing.T) {
	t.Parallel()
	pictures := corpus.Pictures("sdk/", 9, draw.Good, draw.Rust)
	s, c, v := trained(t, "parts", pictures, pictures[2:], nil)
	answer := c.Detect(t, v.ProjectVersionArn, pictures[1].File, nil)
	require.Len(t, answer, 1)

	r := open(t, movingPage)
	r.checkout(t)
	r.hasFile(t, "some.jpg", pictures[1].File)
	r.endpoint = s.Endpoint
	require.NoError(t, os.Symlink(s.Dir, filepath.Join(r.folder, "ownsight-data")))
	modules := filepath.Join(server.Repository(), "test", "clients", "js", "node_modules")
	require.DirExists(t, modules, `"make clients" installs it`)
	require.NoError(t, os.Symlink(modules, filepath.Join(r.folder, "node_modules")))
	libraries := filepath.Join(server.Repository(), "build", "clients", "java")
	require.DirExists(t, libraries, `"make clients" installs it`)
	r.setenv("JAVA_LIBRARIES", libraries)
	r.setenv("MODEL", *v.ProjectVersionArn)
	r.follow(t, "moving-variables")
	require.Contains(t, r.follow(t, "ask-cli"), `"Name": "`+*answer[0].Name+`"`)
	for _, name := range []string{"ask-boto3", "ask-js", "ask-go", "ask-java"} {
		var label string
		var confidence float32
		_, err := fmt.Sscan(r.follow(t, name), &label, &confidence)
		require.NoError(t, err, name)
		require.Equal(t, *answer[0].Name, label, name)
		require.InDelta(t, *answer[0].Confidence, confidence, 1e-3, name)
	}

	hears := block{name: "each service", language: "sh", text: `
		[ -z "${AWS_ENDPOINT_URL:-}" ]
		aws sts get-caller-identity --query Account --output text
		aws rekognition describe-projects --query 'ProjectDescriptions[].ProjectArn' --output text
		aws s3 ls`}
	r.follow(t, "moving-services")
	heard := r.must(t, hears)
	require.Regexp(t, `(?s)^111122223333\narn:\S+:project/parts/\d+\n.* pictures\n$`, heard)

	fresh := open(t, movingPage)
	key, err := s.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	profile := regexp.MustCompile("(?s)```text\n(\\[profile .*?)```").FindStringSubmatch(page(t, movingPage))[1]
	fresh.knows(t, "ownsight", strings.ReplaceAll(profile, usual, s.Endpoint), key.AccessKeyID, key.SecretAccessKey)
	fresh.setenv("AWS_PROFILE", "ownsight")
	require.Equal(t, heard, fresh.must(t, hears), "by the profile alone")
}

// knows writes a profile into the AWS files of the reader's home.
func (r *reader) knows(t *testing.T, name, config, id, secret string) {
	t.Helper()
	r.hasFile(t, "../.aws/config", []byte(config))
	r.hasFile(t, "../.aws/credentials", fmt.Appendf(nil, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", name, id, secret))
}
