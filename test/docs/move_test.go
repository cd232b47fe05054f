package docs

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const (
	abroad  = "eu-west-1" // where the projects are that are brought over
	brought = "ownsight-pictures-111122223333"
)

// foreign is a server that plays AWS: to a reader it is what a profile named work leads to.
func foreign(t *testing.T, r *reader, s *server.Server, endpoint string) guide.Client {
	t.Helper()
	c := s.Config(t, "default")
	key, err := c.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	r.knows(t, "work", "[profile work]\nregion = us-west-2\nendpoint_url = "+endpoint+"\n", key.AccessKeyID, key.SecretAccessKey)
	c.Region = abroad
	return guide.Client{Client: rekognition.NewFromConfig(c), S3: guide.Connect(t, s, "default").S3}
}

// TestMove brings projects from one server to another by the commands of the page: labels, boxes, several labels, both
// datasets; a picture is missing at first.
func TestMove(t *testing.T) {
	t.Parallel()
	source, target := server.Start(t), server.Start(t)
	r := open(t, movingPage)
	r.checkout(t)
	r.at(t, target)
	from, to := foreign(t, r, source, source.Endpoint), guide.Connect(t, target, "default")

	from.Bucket(t, "factory")
	pictures := corpus.Pictures("gears/", 9, draw.Good, draw.Rust)
	odd := corpus.Pictures("bolts/", 3, draw.Rust)
	odd[0].Key = "bolts/a b+%41ü.jpg"
	from.Upload(t, "factory", append(pictures, odd...))
	gears, bolts := from.Project(t, "gears"), from.Project(t, "bolts")
	from.Dataset(t, gears, types.DatasetTypeTrain, "factory", corpus.Manifest("factory", pictures[:14]))
	from.Dataset(t, gears, types.DatasetTypeTest, "factory", corpus.Manifest("factory", pictures[14:]))
	from.Dataset(t, bolts, types.DatasetTypeTrain, "factory", []byte(strings.Join([]string{
		corpus.BoxLine("factory", odd[0].Key, "bolt"), corpus.BoxLine("factory", odd[1].Key, "nut"),
		corpus.Line("factory", odd[2].Key, "bolt", "nut"), `{"source-ref":"s3://factory/` + pictures[0].Key + `"}`}, "\n")))
	from.Train(t, gears, "v1", "factory", "out")
	lost := pictures[3]
	_, err := from.S3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("factory"), Key: &lost.Key})
	require.NoError(t, err)

	out := r.follow(t, "move-look")
	require.Contains(t, out, "gears: TRAIN 14 pictures, 2 labels; TEST 4 pictures, 2 labels; 1 models, which stay\n")
	require.Contains(t, out, "bolts: TRAIN 4 pictures, 2 labels; 0 models, which stay\n")
	require.Empty(t, projects(t, to), "it was only looked at")

	code, out, problems := r.attempt(t, "move-all")
	require.Equal(t, 1, code, "%s%s", out, problems)
	require.Contains(t, problems, "missing: s3://factory/"+lost.Key+": NoSuchKey (gears)\n")
	require.Contains(t, out, "gears: 14 training and 4 test pictures are there, but 1 of them without their file\n")
	require.Contains(t, out, "bolts: 4 training pictures are there\n")
	require.Contains(t, out, "2 of 2 projects; 20 pictures copied now, 1 missing\n")
	for _, name := range []string{"gears", "bolts"} {
		require.Equal(t, manifests(t, from, name, "s3://factory/", "s3://"+brought+"/moved/factory/"), manifests(t, to, name, "", ""))
	}
	for _, p := range append(pictures[:3:3], odd...) {
		require.Equal(t, p.File, to.Read(t, &types.S3Object{Bucket: aws.String(brought), Name: aws.String("moved/factory/" + p.Key)}), p.Key)
	}

	from.Put(t, "factory", lost.Key, lost.File)
	require.Contains(t, r.follow(t, "move-all"), "2 of 2 projects; 1 pictures copied now, 0 missing\n")
	require.Contains(t, r.follow(t, "move-all"), "2 of 2 projects; 0 pictures copied now, 0 missing\n")
	require.Regexp(t, `(?m)^gears: moved is trained, F1 [01]\.\d+; v1 at AWS \(eu-west-1\) had [01]\.\d+$`, r.follow(t, "move-train"))
	require.Contains(t, r.follow(t, "move-train"), "gears: moved is trained", "and not twice")

	t.Run("what cannot be brought", func(t *testing.T) {
		from.Project(t, "empty")
		clash := from.Project(t, "clash")
		from.Dataset(t, clash, types.DatasetTypeTrain, "factory", corpus.Manifest("factory", pictures[:2]))
		theirs := to.Project(t, "clash")
		to.Dataset(t, theirs, types.DatasetTypeTrain, brought, []byte(corpus.Line(brought, "another.jpg", "gear")+"\n"))
		call := block{name: "some", language: "sh", text: "python3 examples/moving/move.py --from-profile work --from-region " + abroad + " "}
		for projects, want := range map[string]string{
			"empty":         "empty: has no datasets.",
			"clash":         "clash: there is a TRAIN dataset already, and it lacks 2 of the pictures, such as s3://" + brought + "/moved/factory/gears/",
			"nowhere bolts": "There is no project nowhere at AWS (eu-west-1).",
		} {
			b := call
			b.text += projects
			code, out, problems := r.run(t, b)
			require.Equal(t, 1, code, "%s%s", out, problems)
			require.Contains(t, problems, want)
		}
		for arguments, want := range map[string]string{
			"--to-data nowhere": "there are no keys in nowhere", "--jobs 0": "--jobs is 1 to 64", "--unknown": "unrecognized arguments",
		} {
			b := call
			b.text += arguments
			code, _, problems := r.run(t, b)
			require.Equal(t, 2, code, problems)
			require.Contains(t, problems, want)
		}
	})
	require.Empty(t, target.Complaints())
}

// TestMoveInterrupted stops the script in the middle of the pictures and calls it again.
func TestMoveInterrupted(t *testing.T) {
	t.Parallel()
	source, target := server.NewStorage(t), server.Start(t)
	r := open(t, movingPage)
	r.checkout(t)
	r.at(t, target)
	gate := regexp.MustCompile(`http://[^"]+`).FindString(source.Place(t, "any"))
	from, to := foreign(t, r, source.Server, gate), guide.Connect(t, target, "default")
	from.Bucket(t, "factory")
	pictures := append(corpus.Pictures("first/", 5, draw.Good, draw.Rust), corpus.Pictures("later/", 5, draw.Good, draw.Rust)...)
	from.Upload(t, "factory", pictures)
	from.Dataset(t, from.Project(t, "gears"), types.DatasetTypeTrain, "factory", corpus.Manifest("factory", pictures))

	call := block{name: "interrupted", language: "sh",
		text: "exec python3 examples/moving/move.py --from-profile work --from-region " + abroad + " --jobs 4"}
	held := source.Hold("GET /factory/later/")
	cmd := r.command(t, call)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	require.NoError(t, cmd.Start())
	held.Await(t, 4)
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	ended := new(exec.ExitError)
	require.ErrorAs(t, cmd.Wait(), &ended)
	require.Equal(t, 130, ended.ExitCode(), problems.String())
	require.Contains(t, problems.String(), "call again with the same arguments")
	require.Empty(t, datasets(t, to, "gears"), "not before all pictures are there")

	held.Open()
	out := r.must(t, call)
	require.Contains(t, out, "gears: 20 training pictures are there\n")
	require.Contains(t, out, "1 of 1 projects; 10 pictures copied now, 0 missing\n", "what came before is not copied again")
	require.Equal(t, manifests(t, from, "gears", "s3://factory/", "s3://"+brought+"/moved/factory/"), manifests(t, to, "gears", "", ""))
}

func projects(t *testing.T, c guide.Client, names ...string) []types.ProjectDescription {
	t.Helper()
	out, err := c.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{ProjectNames: names})
	require.NoError(t, err)
	return out.ProjectDescriptions
}

func datasets(t *testing.T, c guide.Client, project string) []types.DatasetMetadata {
	t.Helper()
	found := projects(t, c, project)
	if len(found) == 0 {
		return nil
	}
	return found[0].Datasets
}

// manifests are the entries of a project's datasets, in order, without what the service says of them; the beginning of their
// source-refs is replaced.
func manifests(t *testing.T, c guide.Client, project, old, replacement string) map[types.DatasetType][]map[string]any {
	t.Helper()
	all := map[types.DatasetType][]map[string]any{}
	for _, d := range datasets(t, c, project) {
		pages := rekognition.NewListDatasetEntriesPaginator(c, &rekognition.ListDatasetEntriesInput{DatasetArn: d.DatasetArn})
		for pages.HasMorePages() {
			out, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, entry := range out.DatasetEntries {
				var line map[string]any
				require.NoError(t, json.Unmarshal([]byte(entry), &line))
				delete(line, "cl-metadata")
				line["source-ref"] = strings.Replace(line["source-ref"].(string), old, replacement, 1)
				all[d.DatasetType] = append(all[d.DatasetType], line)
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}
