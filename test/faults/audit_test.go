package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/internal/audit"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// records reads the records of a server by the id of their request.
func records(t *testing.T, s *server.Server) (byID map[string]audit.Record, spoiled int) {
	t.Helper()
	byID = map[string]audit.Record{}
	spoiled, err := audit.Reader{Dir: filepath.Join(s.Dir, "audit")}.Read(t.Context(), func(_ []byte, r *audit.Record) error {
		byID[r.RequestID] = *r
		return nil
	})
	require.NoError(t, err)
	return byID, spoiled
}

// TestAnsweredRequestsAreOnRecord kills the server under several writers: what they were told has happened is on record.
func TestAnsweredRequestsAreOnRecord(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	config := s.Config(t, "default")
	config.RetryMaxAttempts = 1
	client, files := rekognition.NewFromConfig(config), s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	guide.Connect(t, s, "default").Bucket(t, "pictures")
	var mu sync.Mutex
	answered := map[string]string{} // request id -> operation
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(answered)
	}
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 100 {
				name := fmt.Sprintf("p-%d-%d", w, i)
				var id string
				operation := "CreateProject"
				if w%2 == 0 {
					out, err := client.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: &name})
					if err != nil {
						return
					}
					id, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
				} else {
					operation = "PutObject"
					bucket := "pictures"
					out, err := files.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: strings.NewReader(name)})
					if err != nil {
						return
					}
					id, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
				}
				mu.Lock()
				answered[id] = operation
				mu.Unlock()
			}
		})
	}
	server.Eventually(t, server.Patience, "enough answers", func(context.Context) bool { return count() >= 60 })
	s.Kill()
	writers.Wait()
	s.Restart(t)
	byID, spoiled := records(t, s)
	require.Zero(t, spoiled)
	for id, operation := range answered {
		require.Equal(t, operation, byID[id].Name, id)
		require.Equal(t, "Root", byID[id].Identity.Type)
	}
}

// TestAuditOnAFullDisk lets the records' disk be full from the start, and then not any more.
func TestAuditOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := server.New(t)
	dir := filepath.Join(s.Dir, "audit")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	var full []string
	for day := range 2 { // of today, and of tomorrow if that comes meanwhile
		file := filepath.Join(dir, time.Now().UTC().AddDate(0, 0, day).Format(time.DateOnly)+".jsonl")
		require.NoError(t, os.Symlink("/dev/full", file))
		full = append(full, file)
	}
	s.Restart(t)
	client, began := guide.Connect(t, s, "default"), time.Now()
	for i := range 3 {
		client.Project(t, fmt.Sprintf("p-%d", i))
	}
	minutes := int(time.Since(began).Minutes()) // that have passed: none, but on a machine that stands still
	_, metrics := s.Get(t, "/metrics")
	require.Contains(t, metrics, "ownsight_audit_lost_total 3")
	require.NotEmpty(t, s.Complaints())
	require.LessOrEqual(t, len(s.Complaints()), 1+minutes, "a complaint a minute")
	require.Contains(t, s.Complaints()[0], "no space left on device")
	for _, file := range full {
		require.NoError(t, os.Remove(file))
	}
	client.Project(t, "after")
	byID, spoiled := records(t, s)
	require.Len(t, byID, 1)
	require.Zero(t, spoiled)
	require.Zero(t, s.Terminate(t))

	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.WriteFile(dir, nil, 0o600)) // not a folder: an operator's mistake
	code, log := s.Run(t)
	require.Equal(t, 1, code)
	require.Contains(t, log, "audit: ")
	require.Contains(t, log, `"off"`)
}
