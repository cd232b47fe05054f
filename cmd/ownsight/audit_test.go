package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/audit"
)

// auditFolder is a data folder with records of today.
func auditFolder(t *testing.T, records ...audit.Record) string {
	t.Helper()
	dir, now := t.TempDir(), time.Now().UTC()
	var lines []byte
	for i, r := range records {
		if r.Time == "" {
			r.Time = now.Add(time.Duration(i-len(records)) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
		}
		line, err := json.Marshal(r)
		require.NoError(t, err)
		lines = append(append(lines, line...), '\n')
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "audit"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "audit", now.Format(time.DateOnly)+".jsonl"), lines, 0o600))
	return dir
}

func TestAudit(t *testing.T) {
	root := audit.Identity{Type: "Root", AccountID: "111122223333"}
	ann := audit.Identity{Type: "IAMUser", AccountID: "444455556666", UserName: "ann"}
	nobody := audit.Identity{Type: "Unknown", AccessKeyID: "AKIAX"}
	dir := auditFolder(t,
		audit.Record{Name: "CreateProject", Source: "rekognition.amazonaws.com", Identity: root, RequestID: "r-1", Address: "192.0.2.1"},
		audit.Record{Name: "PutObject", Source: "s3.amazonaws.com", Identity: ann, RequestID: "r-2", Resources: []audit.Resource{{ARN: "arn:aws:s3:::b/k\x1b[2J"}}},
		audit.Record{Name: "DeleteProject", Source: "rekognition.amazonaws.com", Identity: ann, RequestID: "r-3", ErrorCode: "AccessDeniedException",
			Resources: []audit.Resource{{ARN: "arn:aws:rekognition:us-east-1:111122223333:project/p/1", AccountID: "111122223333"}}},
		audit.Record{Name: "DeleteProject", Source: "rekognition.amazonaws.com", Identity: nobody, RequestID: "r-4", ErrorCode: "InvalidSignatureException"},
		audit.Record{Name: "CreateProject", Source: "rekognition.amazonaws.com", Identity: root, RequestID: "r-5", ErrorCode: "ResourceInUseException"},
	)
	for args, want := range map[string]string{
		"":                                    "r-1 r-2 r-3 r-4 r-5",
		"--denied":                            "r-3 r-4",
		"--account 444455556666":              "r-2 r-3",
		"--account 111122223333":              "r-1 r-3 r-5",
		"--operation createproject":           "r-1 r-5",
		"--operation s3:PutObject":            "r-2",
		"--operation s3:CreateProject":        "",
		"--account 444455556666 --denied":     "r-3",
		"--since " + "2099-01-01":             "",
		"--since 1h --operation DeleteObject": "",
	} {
		code, stdout, stderr := call(t.Context(), append([]string{"audit", "--data", dir, "--output", "json"}, strings.Fields(args)...)...)
		require.Zero(t, code, stderr)
		var got []string
		for line := range strings.Lines(stdout) {
			var r audit.Record
			require.NoError(t, json.Unmarshal([]byte(line), &r), line)
			got = append(got, r.RequestID)
		}
		require.Equal(t, want, strings.Join(got, " "), args)
		require.Equal(t, want == "", strings.Contains(stderr, "No such request"), args)
	}
	_, stdout, _ := call(t.Context(), "audit", "--data", dir)
	require.NotContains(t, stdout, "\x1b")
	require.Regexp(t, `(?m)^TIME +WHO +OPERATION +OUTCOME +ADDRESS +REQUEST +RESOURCES$`, stdout)
	require.Regexp(t, `(?m)^\S+ \S+ +111122223333 +rekognition:CreateProject +ok +192.0.2.1 +r-1 *$`, stdout)
	require.Regexp(t, `(?m)^\S+ \S+ +444455556666/ann +rekognition:DeleteProject +AccessDeniedException +r-3 +arn:aws:rekognition:us-east-1:111122223333:project/p/1$`, stdout)
	require.Regexp(t, `(?m)^\S+ \S+ +\?AKIAX +rekognition:DeleteProject +InvalidSignatureException +r-4 *$`, stdout)
}

func TestAuditMistakes(t *testing.T) {
	dir := t.TempDir()
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"--since yesterday": {exitUsage, `"yesterday" is neither`},
		"--since -3h":       {exitUsage, `"-3h" is neither`},
		"--account 123":     {exitUsage, "twelve digits"},
		"now":               {exitUsage, "takes no arguments"},
		"--data " + filepath.Join(dir, "elsewhere"): {exitFailed, "no server has run with this folder"},
	} {
		code, _, stderr := call(t.Context(), append([]string{"audit"}, strings.Fields(args)...)...)
		require.Equal(t, want.code, code, args)
		require.Contains(t, stderr, want.says, args)
	}
	t.Setenv("OWNSIGHT_AUDIT", "off")
	code, _, stderr := call(t.Context(), "audit", "--data", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "audit is off")
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"90m":                       now.Add(-90 * time.Minute),
		"0s":                        now,
		"7d":                        time.Date(2026, 3, 24, 12, 0, 0, 0, time.UTC),
		"2026-03-01":                time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		"2026-03-01T10:00:00+02:00": time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
	} {
		got, err := parseSince(text, now)
		require.NoError(t, err, text)
		require.True(t, want.Equal(got), "%s: %s", text, got)
	}
}
