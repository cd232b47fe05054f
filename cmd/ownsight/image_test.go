package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
)

// serving runs a server in this process until the test ends, and gives its address.
func serving(t *testing.T, data string) (endpoint string) {
	t.Helper()
	if os.Getenv("OWNSIGHT_ASSETS") == "" {
		build, err := filepath.Abs("../../build")
		require.NoError(t, err)
		t.Setenv("OWNSIGHT_ASSETS", build)
	}
	t.Chdir(".") // the server moves the process into its data folder; this brings it back for the next one
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, stdout := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--log", "error"}, stdout, os.Stderr)
		stdout.CloseWithError(fmt.Errorf("the server ended with code %d", code))
		ended <- code
	}()
	t.Cleanup(func() {
		stop()
		require.Equal(t, exitDone, <-ended)
	})
	line, err := bufio.NewReader(ready).ReadString('\n')
	require.NoError(t, err)
	return regexp.MustCompile(`http://\S+:\d+`).FindString(line)
}

// tinyDisk is a raw disk of 2 MiB with a partition.
func tinyDisk() []byte {
	b := make([]byte, 2<<20)
	noise := rand.NewChaCha8([32]byte{6})
	_, _ = noise.Read(b[1<<16:])
	copy(b[446:], "\x00\x00\x00\x00\x83\x00\x00\x00\x80\x00\x00\x00\x00\x08\x00\x00") // 2048 blocks from the 128th on
	copy(b[510:], "\x55\xaa")
	return b
}

// TestImages does what a user does with images, from a disk file to a disk file.
func TestImages(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "office.img")
	require.NoError(t, os.WriteFile(file, tinyDisk(), 0o600))
	t.Setenv("AWS_ENDPOINT_URL", serving(t, data))
	t.Setenv("OWNSIGHT_DATA", data)
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t.Context(), append([]string{"image"}, args...)...)
		require.Equal(t, want, code, stderr)
		return stdout, stderr
	}
	answer := func(into any, args ...string) {
		t.Helper()
		out, _ := do(exitDone, append(args, "--output", "json")...)
		require.NoError(t, json.Unmarshal([]byte(out), into), out)
	}
	refused := func(says string, args ...string) {
		t.Helper()
		_, stderr := do(exitFailed, args...)
		require.Contains(t, stderr, says)
	}

	out, _ := do(exitDone, "list")
	require.Equal(t, "No images in us-east-1.\n", out)
	out, _ = do(exitDone, "disks")
	require.Contains(t, out, "No disks in us-east-1; register one")
	out, progress := do(exitDone, "register", file, "--platform", "AMAZON_LINUX2", "--name", "first")
	require.Regexp(t, `^ami-[0-9a-f]{17}\n$`, out)
	require.Equal(t, "checking office.img\nuploading office.img, 2.0 MiB\nregistering office.img\n", progress)
	ami := strings.TrimSpace(out)
	var disks []client.Disk
	answer(&disks, "disks")
	require.Len(t, disks, 1)
	require.Equal(t, []string{ami, "first", "raw"}, []string{disks[0].ID, disks[0].Name, disks[0].Format})
	var again client.Disk
	answer(&again, "register", disks[0].URI, "--platform", "AMAZON_LINUX2", "--format", "raw")
	require.Equal(t, disks[0].URI, again.URI)
	refused("There is no s3://nowhere/disk.img", "register", "s3://nowhere/disk.img", "--platform", "AMAZON_LINUX2")
	refused("no such file", "register", filepath.Join(dir, "none"), "--platform", "AMAZON_LINUX2")
	text := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(text, []byte("no disk at all"), 0o600))
	refused("neither a qcow2 nor a VHD file", "register", text, "--platform", "AMAZON_LINUX2")

	out, progress = do(exitDone, "import", ami, "office", "--display-name", "The office", "--description", "with tools")
	require.Equal(t, "office is AVAILABLE in us-east-1.\n", out)
	require.Regexp(t, `^((importing: waiting to begin|importing 2\.0 MiB|checking the disk)\n)*$`, progress)
	refused("There is an image named office in us-east-1 already. (CreateImportedImage)", "import", ami, "office")
	refused("There is no disk ami-00000000 in us-east-1.", "import", "ami-00000000", "other")
	out, _ = do(exitDone, "show", "office")
	require.Regexp(t, `(?s)^office +AVAILABLE\narn +arn:aws:appstream:us-east-1:111122223333:image/office\ntype +PRIVATE\n.*The office\n.*with tools\n`, out)

	var copied client.Image
	answer(&copied, "copy", "office", "--to", "eu-west-1", "--as", "office-eu", "--description", "over there")
	require.Equal(t, []string{"office-eu", "eu-west-1", "AVAILABLE", "over there"}, []string{copied.Name, copied.Region, copied.State, copied.Description})
	refused("There is an image named office-eu in eu-west-1 already.", "copy", "office", "--to", "eu-west-1", "--as", "office-eu")
	refused("There is no region us-east-9 here", "copy", "office", "--to", "us-east-9")
	refused("There is no image named nothing in us-east-1.", "copy", "nothing", "--to", "eu-west-1")
	out, _ = do(exitDone, "copy", "office", "--to", "eu-west-2", "--no-wait")
	require.Regexp(t, `^office is [A-Z]+ in eu-west-2\. See ownsight image show office --region eu-west-2 --endpoint http://`, out)
	var list []client.Image
	answer(&list, "list", "--region", "eu-west-1", "--type", "private")
	require.Equal(t, []client.Image{copied}, list)
	out, _ = do(exitDone, "update", "office", "office-summer", "--description", "for the summer")
	require.Equal(t, "office-summer is AVAILABLE in us-east-1.\n", out)
	out, _ = do(exitDone, "tag", "office-summer", "stage=draft", "owner=ann")
	require.Equal(t, "TAG     VALUE\nowner   ann\nstage   draft\n", out)
	out, _ = do(exitDone, "tag", "office-summer", "stage-", "--output", "json")
	require.JSONEq(t, `{"owner":"ann"}`, out)
	do(exitDone, "delete", "office-summer")
	out, _ = do(exitDone, "exports")
	require.Equal(t, "No exports in us-east-1.\n", out)
	out, _ = do(exitDone, "list")
	require.Regexp(t, `(?m)^NAME +STATE +.*\noffice +AVAILABLE +PRIVATE +111122223333 +AMAZON_LINUX2 +\d{4}-`, out)

	code, _, stderr := call(t.Context(), "account", "create", "444455556666", "--data", data, "--profile", "lab")
	require.Equal(t, exitDone, code, stderr)
	out, _ = do(exitDone, "share", "office", "--with", "444455556666")
	require.Equal(t, "office is shared with account 444455556666, for fleets and image builders.\n", out)
	var share client.Share
	answer(&share, "share", "office", "--with", "444455556666", "--fleet")
	require.Equal(t, client.Share{Account: "444455556666", Fleet: true}, share)
	out, _ = do(exitDone, "show", "office")
	require.Regexp(t, `shared with +444455556666, for fleets\n`, out)
	answer(&list, "list", "--type", "shared", "--profile", "lab")
	require.Len(t, list, 1)
	var shown client.Image
	answer(&shown, "show", list[0].ARN, "--region", "eu-west-2", "--profile", "lab")
	require.Equal(t, []client.Share{share}, shown.Shares, "an ARN says its region")
	refused("There is no image named office in us-east-1.", "show", "office", "--profile", "lab")
	refused("is the owner of the image", "share", "office", "--with", "111122223333")
	refused("12 is not the number of an account", "share", "office", "--with", "12")
	refused("is shared with other accounts", "delete", "office")
	out, _ = do(exitDone, "unshare", "office", "--with", "444455556666")
	require.Equal(t, "office is not shared with account 444455556666 any more.\n", out)
	refused("is not shared with account 444455556666", "unshare", "office", "--with", "444455556666", "--output", "json")

	var exported client.Disk
	answer(&exported, "export", "office", "--ami-name", "office-out")
	require.Equal(t, []string{"office-out", "raw", list[0].ARN}, []string{exported.Name, exported.Format, exported.Image})
	out, _ = do(exitDone, "export", "office", "--ami-name", "twice")
	require.Regexp(t, `^ami-[0-9a-f]{17} s3://ownsight-exports-111122223333-us-east-1/[0-9a-f-]{36}/twice\.raw\n$`, out)
	out, _ = do(exitDone, "exports")
	require.Regexp(t, `(?m)^ami-[0-9a-f]{17} +twice +office +COMPLETED +2`, out)
	refused("There is no image named nothing", "export", "nothing", "--ami-name", "x-y")
	require.Equal(t, tinyDisk(), object(t, data, exported.URI, nil), "every byte is there again")

	object(t, data, disks[0].URI, []byte("another file"))
	refused("office2 in us-east-1 is FAILED: s3://ownsight-disks-111122223333-us-east-1/", "import", ami, "office2")
	out, _ = do(exitDone, "list")
	require.Contains(t, out, "\noffice2: s3://ownsight-disks-111122223333-us-east-1/", "the reason is listed")
	out, _ = do(exitDone, "deregister", ami)
	require.Equal(t, ami+" is forgotten; its file stays.\n", out)
	refused("There is no disk "+ami+" in us-east-1.", "deregister", ami)
	var gone client.Image
	answer(&gone, "delete", "office")
	require.Equal(t, "DELETING", gone.State)
	out, _ = do(exitDone, "delete", "office-eu", "--region", "eu-west-1")
	require.Equal(t, "office-eu is deleted from eu-west-1.\n", out)
	refused("There is no image named office in us-east-1.", "delete", "office")
}

// object reads an object of the default account's, or replaces it.
func object(t *testing.T, data, uri string, content []byte) []byte {
	t.Helper()
	keys, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion("us-east-1"),
		awsconfig.WithSharedCredentialsFiles([]string{filepath.Join(data, "credentials")}))
	require.NoError(t, err)
	api := s3.NewFromConfig(keys, func(o *s3.Options) { o.UsePathStyle = true })
	bucket, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if content != nil {
		_, err := api.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(string(content))})
		require.NoError(t, err)
		return nil
	}
	got, err := api.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	defer got.Body.Close()
	content, err = io.ReadAll(io.LimitReader(got.Body, aws.ToInt64(got.ContentLength)))
	require.NoError(t, err)
	return content
}

func TestImageCommandLines(t *testing.T) {
	for args, says := range map[string]string{
		"register --platform RHEL8":               "takes one disk file, or its place in S3 (see ownsight image register --help)",
		"register a.img":                          "--platform is needed: one of WINDOWS,",
		"register a.img --platform DOS":           `"DOS" is none of WINDOWS,`,
		"register a.img --format zip":             `"zip" is none of qcow2, vhd, raw`,
		"import ami-0123456789abcdef0":            "takes the number of a disk, ami-…, and a name for the image",
		"list office":                             "takes no arguments",
		"list --type mine":                        `"mine" is none of private, shared, public`,
		"list --region mars":                      `"mars" is not a region such as eu-west-1`,
		"show":                                    "takes the name or the ARN of one image",
		"copy office":                             "--to is needed: the region to copy to (see ownsight image copy --help)",
		"copy office --to there":                  `"there" is not a region`,
		"share office":                            "--with is needed: the number of the other account",
		"share office --with 1 --fleet=false":     "`ownsight image unshare` takes an image back",
		"unshare office":                          "--with is needed",
		"export office":                           "--ami-name is needed: the name that the disk will have",
		"delete a b":                              "takes the name of one image",
		"disks all":                               "takes no arguments",
		"deregister":                              "takes the number of a disk",
		"copyy":                                   "did you mean copy?",
		"list --endpoint http://127.0.0.1:1 now!": "takes no arguments",
	} {
		code, stdout, stderr := call(t.Context(), append([]string{"image"}, strings.Fields(args)...)...)
		require.Equal(t, exitUsage, code, "%s: %s", args, stderr)
		require.Contains(t, stderr, says, args)
		require.Empty(t, stdout, args)
	}
	code, _, stderr := call(t.Context(), "image", "show", "arn:aws:s3:::x", "--endpoint", "http://127.0.0.1:1")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "no server answers")
}

func TestInterruptedImagesGoOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &client.Client{Endpoint: "http://far:1", Region: "us-east-1"}
	require.NoError(t, goesOn(ctx, c, nil, ""))
	require.Equal(t, io.EOF, goesOn(ctx, c, io.EOF, ""))
	cancel()
	err := goesOn(ctx, c, ctx.Err(), "show office --region eu-west-1")
	require.Equal(t, interrupted{"Interrupted; the server goes on. See ownsight image show office --region eu-west-1 --endpoint http://far:1"}, err)
}

func TestTimeLeftComesFirst(t *testing.T) {
	p := client.Progress{What: "copying 10 GiB", Detail: "1.2 GiB, 240 MiB/s", Left: 36700 * time.Millisecond}
	require.Equal(t, client.Progress{What: "copying 10 GiB", Detail: "37s left, 1.2 GiB, 240 MiB/s"}, inFull(p))
	p.Left = 0
	require.Equal(t, p, inFull(p))
}
