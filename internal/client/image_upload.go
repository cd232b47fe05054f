package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/dustin/go-humanize"

	"ownsight/internal/disk"
)

// UploadDisk checks a disk file of this machine and puts it into a bucket, where there is none into
// ownsight-disks-ACCOUNT-REGION, which is made when it is absent. A file that lies there from an earlier call, by its name,
// size and time, is not sent again. format may be empty. The result is the file's place, s3://BUCKET/KEY.
func (c *Client) UploadDisk(ctx context.Context, path, bucket, format string, follow func(Progress)) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no file", path)
	}
	name := filepath.Base(path)
	follow(Progress{What: "checking " + name})
	if _, err := disk.Check(ctx, file, info.Size(), disk.Format(format)); err != nil { // before hours go by for nothing
		if _, wrong := errors.AsType[*disk.Error](err); wrong {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if bucket == "" {
		bucket = "ownsight-disks-" + c.Account + "-" + c.Region
	}
	if err := c.ensureBucket(ctx, bucket); err != nil {
		return "", err
	}
	key := fmt.Sprintf("%s-%d/%s", info.ModTime().UTC().Format("20060102-150405.000000000"), info.Size(), name)
	there, err := c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil || aws.ToInt64(there.ContentLength) != info.Size() {
		if err := c.send(ctx, file, info, bucket, key, follow); err != nil {
			return "", err
		}
	}
	return "s3://" + bucket + "/" + key, nil
}

// send puts a file into S3, in parts that are on their way at the same time. It appears whole or not at all.
func (c *Client) send(ctx context.Context, file *os.File, info os.FileInfo, bucket, key string, follow func(Progress)) error {
	stage := fmt.Sprintf("uploading %s, %s", info.Name(), humanize.IBytes(uint64(info.Size())))
	told := &sending{follow: follow, stage: stage, total: info.Size(), began: time.Now()}
	follow(told.progress(0))
	transfers := transfermanager.New(c.s3, func(o *transfermanager.Options) {
		o.FailTimeout = 10 * time.Second // to remove the parts after a Ctrl-C
		o.ObjectProgressListeners.Register(told)
	})
	if _, err := transfers.UploadObject(ctx, &transfermanager.UploadObjectInput{Bucket: &bucket, Key: &key, Body: file}); err != nil {
		return fmt.Errorf("upload of %s: %w", file.Name(), err)
	}
	follow(Progress{What: stage})
	now, err := file.Stat()
	if err == nil && (now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime())) {
		_, err = c.s3.DeleteObject(context.WithoutCancel(ctx), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		return errors.Join(fmt.Errorf("%s was written to while it was uploaded; stop the machine that uses it, and make the call again", file.Name()), err)
	}
	return err
}

// sending tells how far an upload is. It hears of every part, from many goroutines.
type sending struct {
	follow func(Progress)
	stage  string
	total  int64 // bytes
	began  time.Time

	mu   sync.Mutex
	done int64
}

// OnObjectBytesTransferred is what the transfer manager calls.
func (s *sending) OnObjectBytesTransferred(_ context.Context, e *transfermanager.ObjectBytesTransferredEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = max(s.done, e.BytesTransferred) // the word of one part may overtake that of another
	s.follow(s.progress(s.done))
}

func (s *sending) progress(done int64) Progress {
	p := Progress{What: s.stage, Done: int(100 * done / max(s.total, 1)), Total: 100, Detail: humanize.IBytes(uint64(done))}
	if took := time.Since(s.began); took > time.Second && done > 0 {
		rate := float64(done) / took.Seconds()
		p.Detail += ", " + humanize.IBytes(uint64(rate)) + "/s"
		p.Left = time.Duration(float64(s.total-done) / rate * float64(time.Second))
	}
	return p
}
