package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/awswire"
)

// clock is a time that tests set.
type clock struct{ atomic.Int64 }

func (c *clock) set(t time.Time) { c.Store(t.UnixNano()) }
func (c *clock) now() time.Time  { return time.Unix(0, c.Load()) }

var noon = time.Date(2026, 3, 31, 12, 0, 0, 123_456_789, time.FixedZone("", 2*3600))

// open makes a log whose clock stands at noon.
func open(t testing.TB, dir string, days int) (*Log, *clock, *bytes.Buffer) {
	t.Helper()
	now, complaints := new(clock), new(bytes.Buffer)
	now.set(noon)
	l, err := Open(Options{Dir: dir, Days: days, Now: now.now, Logger: slog.New(slog.NewTextHandler(complaints, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l, now, complaints
}

var anna = ownsight.Caller{
	Principal: ownsight.Principal{Account: "111122223333", User: "anna"}, Region: "eu-west-1", AccessKey: "AKIAANNA",
}

const project = "arn:aws:rekognition:eu-west-1:111122223333:project/p/1"

func request(change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.RemoteAddr = "192.0.2.7:4711"
	r.Header.Set("User-Agent", "Boto3/1.44")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIACLAIMED/20260331/eu-west-1/rekognition/aws4_request, SignedHeaders=host, Signature=abcdef0123")
	for _, c := range change {
		c(r)
	}
	return r
}

func create(c ownsight.Caller) awswire.Call {
	return awswire.Call{ID: "id-1", Caller: c, Service: "rekognition", Operation: "CreateProject", Status: 200,
		Resources: []string{project}, Duration: 1500 * time.Microsecond}
}

// all reads the records of a folder.
func all(t testing.TB, dir string) (records []Record, spoiled int) {
	t.Helper()
	spoiled, err := Reader{Dir: dir}.Read(t.Context(), func(_ []byte, r *Record) error {
		records = append(records, *r)
		return nil
	})
	require.NoError(t, err)
	return records, spoiled
}

func TestARecordHasCloudTrailsForm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	l, _, _ := open(t, dir, 0)
	l.Observe(request(), create(anna))
	line, err := os.ReadFile(filepath.Join(dir, "2026-03-31.jsonl"))
	require.NoError(t, err)
	records, _ := all(t, dir)
	require.JSONEq(t, `{
		"eventVersion": "1.11",
		"userIdentity": {"type": "IAMUser", "principalId": "`+anna.ID()+`", "arn": "arn:aws:iam::111122223333:user/anna",
			"accountId": "111122223333", "accessKeyId": "AKIAANNA", "userName": "anna"},
		"eventTime": "2026-03-31T10:00:00.123Z",
		"eventSource": "rekognition.amazonaws.com",
		"eventName": "CreateProject",
		"awsRegion": "eu-west-1",
		"sourceIPAddress": "192.0.2.7",
		"userAgent": "Boto3/1.44",
		"requestParameters": null,
		"responseElements": null,
		"additionalEventData": {"httpStatus": 200, "durationMs": 1.5, "AuthenticationMethod": "AuthHeader"},
		"requestID": "id-1",
		"eventID": "`+records[0].ID+`",
		"readOnly": false,
		"resources": [{"ARN": "`+project+`", "accountId": "111122223333", "type": "AWS::Rekognition::Project"}],
		"eventType": "AwsApiCall",
		"managementEvent": true,
		"recipientAccountId": "111122223333",
		"eventCategory": "Management"
	}`, string(line))
	for path, mode := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, "2026-03-31.jsonl"): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), path)
	}
}

func TestWhoIsNotProvenIsUnknown(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := open(t, dir, 0)
	refused := awswire.Call{Service: "rekognition", Asked: "RekognitionService.DetectFaces", Code: "InvalidSignatureException", Message: "sent: hunter2", Status: 400}
	l.Observe(request(), refused)
	l.Observe(request(func(r *http.Request) { // key and secret in the wrong order
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=wJalrXUtnFEMIbK7MDENGcbPxRfiCYEXAMPLEKEY/20260331/mars/s3/aws4_request")
	}), refused)
	refused.Asked, refused.Service = "rm -rf\n.bad name\x1b", ""
	l.Observe(request(func(r *http.Request) { r.Header.Del("Authorization") }), refused)
	records, _ := all(t, dir)
	require.Equal(t, Identity{Type: "Unknown", AccessKeyID: "AKIACLAIMED"}, records[0].Identity)
	require.Equal(t, "DetectFaces", records[0].Name)
	require.Equal(t, "eu-west-1", records[0].Region)
	require.Equal(t, "InvalidSignatureException", records[0].ErrorCode)
	require.Empty(t, records[0].ErrorText, "it may repeat what was sent")
	require.Equal(t, Identity{Type: "Unknown"}, records[1].Identity)
	require.Empty(t, records[1].Region)
	require.Equal(t, Identity{Type: "Unknown"}, records[2].Identity)
	require.Equal(t, []string{"unknown", "Unknown"}, []string{records[2].Source, records[2].Name})
	text, err := os.ReadFile(filepath.Join(dir, "2026-03-31.jsonl"))
	require.NoError(t, err)
	for _, secret := range []string{"abcdef0123", "hunter2", "wJalr", "\x1b"} {
		require.NotContains(t, string(text), secret)
	}
	for _, r := range records {
		require.True(t, r.Denied())
	}
}

func TestWhatClientsSendIsBounded(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := open(t, dir, 0)
	c := create(anna)
	c.Code, c.Message = "ValidationException", strings.Repeat("é", 5000)
	c.Resources = make([]string, 1000)
	for i := range c.Resources {
		c.Resources[i] = "arn:aws:s3:::b/" + strings.Repeat("€", 2000)
	}
	l.Observe(request(func(r *http.Request) { r.Header.Set("User-Agent", "\"\n{\xff"+strings.Repeat("x", 60_000)) }), c)
	text, err := os.ReadFile(filepath.Join(dir, "2026-03-31.jsonl"))
	require.NoError(t, err)
	require.Less(t, len(text), 40_000)
	require.Equal(t, 1, bytes.Count(text, []byte("\n")))
	records, spoiled := all(t, dir)
	require.Zero(t, spoiled)
	require.LessOrEqual(t, len(records[0].Agent), maxAgent+10)
	require.LessOrEqual(t, len(records[0].ErrorText), maxMessage+3)
	require.Len(t, records[0].Resources, maxItems)
	require.NotContains(t, records[0].ErrorText, "\uFFFD", "cut at a character")
	require.Equal(t, "Data", records[0].Category)
	require.False(t, records[0].Denied())
}

func TestADayAFile(t *testing.T) {
	dir := t.TempDir()
	l, now, _ := open(t, dir, 2)
	for _, other := range []string{"2026-03-01.jsonl", "2026-03-28.jsonl", "2026-03-29.jsonl", "notes.txt", "2026-03-01.txt", "x.jsonl"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, other), nil, 0o600))
	}
	now.set(time.Date(2026, 3, 31, 23, 59, 59, 999_000_000, time.UTC))
	l.Observe(request(), create(anna))
	now.set(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	l.Observe(request(), create(anna))
	l.Observe(request(), create(anna))
	l.expiring.Wait()
	for file, lines := range map[string]int{"2026-03-31.jsonl": 1, "2026-04-01.jsonl": 2} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		require.Equal(t, lines, bytes.Count(text, []byte("\n")), file)
		require.Equal(t, lines, strings.Count(string(text), `"eventTime":"`+file[:10]), file)
	}
	var left []string
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	require.Equal(t, []string{"2026-03-01.txt", "2026-03-31.jsonl", "2026-04-01.jsonl", "notes.txt", "x.jsonl"}, left, "30 March and later are kept")
}

func TestAFullDiskStopsNobody(t *testing.T) {
	dir := t.TempDir()
	l, now, complaints := open(t, dir, 0)
	file := filepath.Join(dir, "2026-03-31.jsonl")
	l.Observe(request(), create(anna))
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Symlink("/dev/full", file)) // every write there is ENOSPC
	for range 5 {
		l.Observe(request(), create(anna))
	}
	require.Equal(t, uint64(5), l.Lost())
	require.Equal(t, 1, strings.Count(complaints.String(), "\n"))
	require.Contains(t, complaints.String(), "no space left on device")
	now.set(noon.Add(time.Minute))
	l.Observe(request(), create(anna))
	require.Equal(t, 2, strings.Count(complaints.String(), "\n"))
	require.Contains(t, complaints.String(), "lost=6")

	require.NoError(t, os.Remove(file))
	require.NoError(t, os.WriteFile(file, []byte(`{"eventVersion":"1.11","userIden`), 0o600)) // cut off
	l.Observe(request(), create(anna))
	records, spoiled := all(t, dir)
	require.Len(t, records, 1)
	require.Equal(t, 1, spoiled)
	require.Equal(t, uint64(6), l.Lost())
}

func TestAFolderThatCannotBe(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "audit")
	require.NoError(t, os.WriteFile(taken, nil, 0o600))
	_, err := Open(Options{Dir: taken, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "audit")
	require.ErrorContains(t, err, taken)
}

func TestNoLogIsSilent(t *testing.T) {
	var off *Log
	off.Observe(request(), create(anna))
	require.Zero(t, off.Lost())
	require.NoError(t, off.Close())
}

func TestManyAtATime(t *testing.T) {
	dir := t.TempDir()
	l, now, _ := open(t, dir, 1)
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := range 250 {
				if w == 0 {
					now.set(noon.Add(time.Duration(i) * time.Hour)) // ten days go by
				}
				c := create(anna)
				c.ID = fmt.Sprintf("%d-%d", w, i)
				l.Observe(request(), c)
			}
		})
	}
	read := make(chan error, 1)
	go func() { // while they write
		_, err := Reader{Dir: dir}.Read(t.Context(), func([]byte, *Record) error { return nil })
		read <- err
	}()
	writers.Wait()
	require.NoError(t, <-read)
	require.Zero(t, l.Lost())
	l.expiring.Wait()
	records, spoiled := all(t, dir)
	require.Zero(t, spoiled)
	ids := map[string]bool{}
	for _, r := range records {
		require.False(t, ids[r.RequestID])
		ids[r.RequestID] = true
	}
	require.NotEmpty(t, ids)
}

func TestReaderFollows(t *testing.T) {
	dir := t.TempDir()
	l, now, _ := open(t, dir, 0)
	c := create(anna)
	c.ID = "before"
	l.Observe(request(), c)
	now.set(noon.Add(time.Minute))
	ctx, cancel := context.WithCancel(t.Context())
	seen, ended := make(chan string), make(chan error, 1)
	go func() {
		_, err := Reader{Dir: dir, Since: noon.Add(time.Second), Follow: true}.Read(ctx, func(line []byte, r *Record) error {
			if !json.Valid(line) {
				return errors.New("not a line")
			}
			seen <- r.RequestID
			return nil
		})
		ended <- err
	}()
	for _, step := range []struct {
		id   string
		when time.Duration
	}{{"first", time.Minute}, {"second", 2 * time.Minute}, {"next day", 24 * time.Hour}, {"a week later", 8 * 24 * time.Hour}} {
		now.set(noon.Add(step.when))
		c.ID = step.id
		l.Observe(request(), c)
		require.Equal(t, step.id, <-seen)
	}
	cancel()
	require.NoError(t, <-ended)
}

func TestReaderEndsWhenToldSo(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := open(t, dir, 0)
	l.Observe(request(), create(anna))
	stop := errors.New("enough")
	_, err := Reader{Dir: dir}.Read(t.Context(), func([]byte, *Record) error { return stop })
	require.ErrorIs(t, err, stop)
	_, err = Reader{Dir: filepath.Join(dir, "none")}.Read(t.Context(), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// BenchmarkObserve is what a record costs a request.
func BenchmarkObserve(b *testing.B) {
	l, err := Open(Options{Dir: b.TempDir(), Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer l.Close()
	r, c := request(), create(anna)
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Observe(r, c)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				l.Observe(r, c)
			}
		})
	})
	require.Zero(b, l.Lost())
}
