package deploy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestBackupWhileItRuns backs a server up while it works, by the commands of the document, and restores it elsewhere. Between the copy of the
// database and the second pass over the objects a model is deleted and a training ends, which are the two things that could
// tear the state apart.
func TestBackupWhileItRuns(t *testing.T) {
	t.Parallel()
	t.Run("one machine", func(t *testing.T) {
		t.Parallel()
		needs(t, "rsync", "sqlite3")
		s := server.Start(t)
		busy := work(t, s, guide.Connect(t, s, "default"))
		backup := filepath.Join(t.TempDir(), "backup")
		after := pauseAfter(t, "sqlite3")
		copying := begin(t, "backup-sqlite", map[string]string{"DATA": s.Dir, "BACKUP": backup}, after.folder)
		after.await(t)
		busy.goOn(t)
		after.open(t)
		copying.end(t)
		require.NoFileExists(t, filepath.Join(backup, "node"), "two servers of one name would take each other's jobs")
		require.Equal(t, "ok\nok\n", follow(t, "backup-check", map[string]string{"BACKUP": backup}))
		s.Kill()

		restored := server.New(t)
		follow(t, "restore-sqlite", map[string]string{"DATA": restored.Dir, "BACKUP": backup})
		restored.Restart(t)
		busy.isThere(t, restored, guide.Connect(t, restored, "default"))
		require.Regexp(t, `us-east-1 +6 +6 +4\.0 MiB +0 +0\n`, follow(t, "check-images", map[string]string{"DATA": restored.Dir}))
	})

	t.Run("one machine, by the program's own commands", func(t *testing.T) {
		t.Parallel()
		s := server.Start(t)
		busy := work(t, s, guide.Connect(t, s, "default"))
		backup := filepath.Join(t.TempDir(), "backup")
		require.Contains(t, follow(t, "backup", map[string]string{"DATA": s.Dir, "BACKUP": backup}), "holds the data of "+s.Dir)
		busy.goOn(t)
		require.NoFileExists(t, filepath.Join(backup, "node"), "two servers of one name would take each other's jobs")
		s.Kill()

		restored := server.New(t)
		follow(t, "restore", map[string]string{"DATA": restored.Dir, "BACKUP": backup})
		restored.Restart(t)
		busy.isThere(t, restored, guide.Connect(t, restored, "default"))
		require.Regexp(t, `us-east-1 +6 +6 +4\.0 MiB +0 +0\n`, follow(t, "check-images", map[string]string{"DATA": restored.Dir}))
	})

	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		needs(t, "pg_dump", "psql")
		storage, other := server.Start(t), server.Start(t)
		s := server.New(t)
		backup := filepath.Join(t.TempDir(), "backup")
		variables := node(t, s, storage, "system")
		variables["BACKUP"] = backup
		s.Restart(t)
		c := guide.Connect(t, s, "default")
		c.S3 = guide.Connect(t, storage, "default").S3
		busy := work(t, s, c)
		after := pauseAfter(t, "pg_dump")
		copying := begin(t, "backup-postgres", variables, after.folder)
		after.await(t)
		busy.goOn(t)
		after.open(t)
		copying.end(t)
		s.Kill()

		restored := server.New(t)
		at := node(t, restored, other, "ours")
		at["BACKUP"], at["OLD_S3"], at["OLD_BUCKET"] = backup, storage.Endpoint, "system"
		follow(t, "restore-postgres", at)
		code, log := restored.Run(t)
		require.Equal(t, 1, code)
		require.Contains(t, log, "put its place back", "images do not move by themselves")
		follow(t, "move-images", at)
		restored.Restart(t)
		// This node is a new one: what it lacks is the key, which clients still have.
		require.NoFileExists(t, filepath.Join(restored.Dir, "credentials"))
		for _, name := range []string{"credentials", "config"} {
			copyFile(t, filepath.Join(s.Dir, name), filepath.Join(restored.Dir, name))
		}
		busy.isThere(t, restored, guide.Connect(t, restored, "default"))
	})
}

// busy is what a server has been given to do.
type busy struct {
	client            guide.Client
	project           *string
	runs, stays, goes types.ProjectVersionDescription
	picture           []byte
	answer            []types.CustomLabel
	disk              []byte
}

// work gives a server a model that runs, one that lies there, one that will be deleted, an image, and a training that it is at.
func work(t *testing.T, s *server.Server, c guide.Client) *busy {
	t.Helper()
	b := &busy{client: c, disk: corpus.Disk(4<<20, 1)}
	const bucket = "pictures"
	c.Bucket(t, bucket)
	pictures := corpus.Pictures("train/", 6, corpus.Labels[:2]...)
	c.Upload(t, bucket, pictures)
	b.picture = corpus.Pictures("new/", 1, corpus.Labels[0])[0].File
	b.project = c.Project(t, "gears")
	c.Dataset(t, b.project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, pictures))
	b.runs, b.stays, b.goes = c.Train(t, b.project, "runs", bucket, "out"), c.Train(t, b.project, "stays", bucket, "out"), c.Train(t, b.project, "goes", bucket, "out")
	c.Run(t, b.project, b.runs)
	b.answer = c.Detect(t, b.runs.ProjectVersionArn, b.picture, aws.Float32(0))
	require.Len(t, b.answer, 2)
	c.Put(t, bucket, "disk.raw", b.disk)
	images := guide.ImagesIn(t, s, "default", "us-east-1")
	images.Import(t, images.Register(t, "s3://pictures/disk.raw"), "office")
	c.BeginTraining(t, b.project, "ends", bucket, "out")
	return b
}

// goOn is what happens after the database was copied and before the objects are copied again.
func (b *busy) goOn(t *testing.T) {
	_, err := b.client.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: b.goes.ProjectVersionArn})
	require.NoError(t, err)
	server.Eventually(t, server.Patience, "version deleted", func(ctx context.Context) bool {
		out, err := b.client.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: b.project, VersionNames: []string{"goes"}})
		return err != nil || len(out.ProjectVersionDescriptions) == 0
	})
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, b.client.SettledVersion(t, b.project, "ends").Status)
	b.client.Project(t, "late")
}

// isThere asks a restored server.
func (b *busy) isThere(t *testing.T, s *server.Server, c guide.Client) {
	t.Helper()
	server.Eventually(t, server.Patience, "it runs again by itself", func(context.Context) bool {
		return c.Version(t, b.project, "runs").Status == types.ProjectVersionStatusRunning
	})
	require.Equal(t, b.answer, c.Detect(t, b.runs.ProjectVersionArn, b.picture, aws.Float32(0)))
	for _, v := range []types.ProjectVersionDescription{b.stays, b.goes} {
		c.Run(t, b.project, v)
		require.Equal(t, b.answer, c.Detect(t, v.ProjectVersionArn, b.picture, aws.Float32(0)), "the same data makes the same model")
	}
	out, err := c.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{})
	require.NoError(t, err)
	require.Len(t, out.ProjectDescriptions, 1, "what was made after the backup is not in it")
	// Its intermediate files came and went between the passes: it may have to be asked for again, as the document says.
	require.Contains(t, []types.ProjectVersionStatus{types.ProjectVersionStatusTrainingInProgress, types.ProjectVersionStatusTrainingCompleted,
		types.ProjectVersionStatusTrainingFailed}, c.Version(t, b.project, "ends").Status)
	images := guide.ImagesIn(t, s, "default", "us-east-1")
	require.NotEmpty(t, images.Settled(t, "office").Name)
}

// pause is a program that stands before the real one of its name: it does what that does, and then waits.
type pause struct{ program, folder, reached, over string }

func pauseAfter(t *testing.T, program string) pause {
	t.Helper()
	dir := t.TempDir()
	p := pause{program, dir, filepath.Join(dir, "reached"), filepath.Join(dir, "over")}
	script := fmt.Sprintf("#!/bin/bash\nPATH=${PATH#*:} %s \"$@\" || exit\ntouch %s\nuntil [ -e %s ]; do sleep 0.05; done\n", program, p.reached, p.over)
	require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755))
	return p
}

func (p pause) await(t *testing.T) {
	t.Helper()
	server.Eventually(t, server.Patience, p.program+" is done", func(context.Context) bool {
		_, err := os.Stat(p.reached)
		return err == nil
	})
}

func (p pause) open(t *testing.T) {
	t.Helper()
	require.NoError(t, os.WriteFile(p.over, nil, 0o600))
}

// node makes a server a node of a cluster: with a database of its own, and a bucket in an S3 server. It gives the document's
// variables for both.
func node(t *testing.T, s, storage *server.Server, bucket string) map[string]string {
	t.Helper()
	key, err := storage.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	database := pgtest.URL(t)
	for name, value := range map[string]string{"DATABASE": database, "S3_ENDPOINT": storage.Endpoint, "S3_BUCKET": bucket,
		"S3_ACCESS_KEY": key.AccessKeyID, "S3_SECRET_KEY": key.SecretAccessKey} {
		s.Setenv("OWNSIGHT_"+name, value)
	}
	return map[string]string{"DATABASE": database, "S3": storage.Endpoint, "BUCKET": bucket,
		"AWS_ACCESS_KEY_ID": key.AccessKeyID, "AWS_SECRET_ACCESS_KEY": key.SecretAccessKey, "AWS_DEFAULT_REGION": "us-east-1"}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, b, 0o600))
}
