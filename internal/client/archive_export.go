package client

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// Exported is what an export has written.
type Exported struct {
	Contents
	File    string   `json:"file"`
	Missing []string `json:"missingPictures"` // s3://BUCKET/KEY of those that are not there or too large; their entries are in the file
}

// exporting is an export at work. In memory are the names of the pictures, and eight of these.
type exporting struct {
	c        *Client
	follow   func(Progress)
	contents Contents
	entries  map[string]*os.File // lines of the datasets by their kind, as listed
	pictures []ownsight.Location // that the entries name, each once
	there    map[ownsight.Location]int64
	folder   string // BUCKET/FOLDER/ that all pictures lie below
	missing  []string
}

// ExportProject writes a project into one file: the entries of its datasets, their pictures, and its models unless told not to.
func (c *Client) ExportProject(ctx context.Context, name, file string, models bool, follow func(Progress)) (*Exported, error) {
	found, err := c.projects(ctx, name)
	if err != nil {
		return nil, err
	}
	e := &exporting{c: c, follow: follow, entries: map[string]*os.File{}, there: map[ownsight.Location]int64{},
		contents: Contents{Format: archiveFormat, Project: name, Exported: time.Now().UTC().Truncate(time.Second), Datasets: []ArchivedDataset{}, Models: []ArchivedModel{}}}
	defer e.close()
	for _, kind := range kinds {
		if arn := found[0].datasets[kind]; arn != "" {
			if err := e.listDataset(ctx, string(kind), arn); err != nil {
				return nil, fmt.Errorf("%s dataset: %w", strings.ToLower(string(kind)), err)
			}
		}
	}
	if err := e.measure(ctx); err != nil {
		return nil, err
	}
	if models {
		if err := e.listModels(ctx, name); err != nil {
			return nil, err
		}
	}
	err = save(file, func(f *os.File) error {
		out := bufio.NewWriterSize(f, 1<<20)
		return errors.Join(e.write(ctx, tar.NewWriter(out)), out.Flush())
	})
	return &Exported{Contents: e.contents, File: file, Missing: append([]string{}, e.missing...)}, err
}

func (e *exporting) close() {
	for _, f := range e.entries {
		f.Close()
	}
}

// scratch is a file without a name, which is gone when it is closed.
func scratch() (*os.File, error) {
	f, err := os.CreateTemp("", "ownsight-project-")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

// listDataset keeps the lines of a dataset in a file, and learns which pictures there are.
func (e *exporting) listDataset(ctx context.Context, kind, arn string) error {
	if _, err := e.c.settle(ctx, arn); err != nil {
		return err
	}
	f, err := scratch()
	if err != nil {
		return err
	}
	e.entries[kind] = f
	set := ArchivedDataset{Type: kind}
	out := bufio.NewWriter(f)
	err = e.c.listLines(ctx, arn, EntryFilter{}, func(text string) error {
		at := manifest.Parse([]byte(text)).Picture
		if at == (ownsight.Location{}) {
			return nil // an import would leave the line out
		}
		if _, known := e.there[at]; !known {
			e.there[at] = -1
			e.pictures = append(e.pictures, at)
		}
		set.Entries++
		e.follow(Progress{What: "listing pictures", Detail: fmt.Sprint(len(e.pictures))})
		_, err := out.WriteString(text + "\n")
		return err
	})
	e.contents.Datasets = append(e.contents.Datasets, set)
	return errors.Join(err, out.Flush())
}

// measure learns the sizes of the pictures from the lists of their buckets, and leaves out what is not there or no picture.
func (e *exporting) measure(ctx context.Context) error {
	byBucket := map[string][]string{}
	whole := make([]string, len(e.pictures))
	for i, at := range e.pictures {
		byBucket[at.Bucket] = append(byBucket[at.Bucket], at.Key)
		whole[i] = at.Bucket + "/" + at.Key
	}
	e.folder = commonFolder(whole)
	for bucket, keys := range byBucket {
		if err := e.sizes(ctx, bucket, commonFolder(keys)); err != nil {
			return fmt.Errorf("bucket %s: %w", bucket, err)
		}
	}
	e.pictures = slices.DeleteFunc(e.pictures, func(at ownsight.Location) bool {
		size := e.there[at]
		if size < 0 || size > maxPicture {
			e.missing = append(e.missing, manifest.SourceRef(at))
			return true
		}
		e.contents.Bytes += size
		return false
	})
	e.contents.Pictures = len(e.pictures)
	return nil
}

func (e *exporting) sizes(ctx context.Context, bucket, prefix string) error {
	pages := s3.NewListObjectsV2Paginator(e.c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isA[*s3types.NoSuchBucket](err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, o := range page.Contents {
			at := ownsight.Location{Bucket: bucket, Key: aws.ToString(o.Key)}
			if _, wanted := e.there[at]; wanted {
				e.there[at] = aws.ToInt64(o.Size)
			}
		}
	}
	return nil
}

// nameOf is the name of a picture in the file: its key below the folder that all have in common, or, where that would lead elsewhere
// on some system, its digest.
func (e *exporting) nameOf(at ownsight.Location) string {
	name := strings.TrimPrefix(at.Bucket+"/"+at.Key, e.folder)
	if !safeName(name) {
		name = fmt.Sprintf("by-digest/%x%s", sha256.Sum256([]byte(at.Bucket+"/"+at.Key)), strings.ToLower(path.Ext(unfit.ReplaceAllString(at.Key, ""))))
	}
	return picturesFolder + name
}

func (e *exporting) listModels(ctx context.Context, project string) error {
	list, err := e.c.Versions(ctx, project)
	if err != nil {
		return err
	}
	for _, v := range list {
		if slices.Contains(HasReport, types.ProjectVersionStatus(v.Status)) {
			e.contents.Models = append(e.contents.Models, ArchivedModel{Version: v.Name, ARN: v.ARN, F1: v.F1, Created: v.Created, Files: []ownsight.Output{}})
		}
	}
	for i := range e.contents.Models {
		m := &e.contents.Models[i]
		for _, o := range archivedOutputs {
			at, err := e.c.outputAt(ctx, Version{Project: project, Name: m.Version, ARN: m.ARN}, o)
			if err != nil {
				return err
			}
			_, err = e.c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &at.Bucket, Key: &at.Key})
			switch {
			case err == nil:
				m.Files = append(m.Files, o)
			case isA[*s3types.NotFound](err), isA[*s3types.NoSuchBucket](err): // its user has taken it away, or AWS has trained it
			default:
				return fmt.Errorf("%s: %w", manifest.SourceRef(at), err)
			}
		}
	}
	return nil
}

// write writes the whole tar.
func (e *exporting) write(ctx context.Context, out *tar.Writer) error {
	text, err := json.MarshalIndent(e.contents, "", "  ")
	if err != nil {
		return err
	}
	if len(text) > maxContents {
		return fmt.Errorf("project %s has more models than one file takes; leave them out with --no-models", e.contents.Project)
	}
	if err := e.add(out, contentsName, append(text, '\n')); err != nil {
		return err
	}
	for _, set := range e.contents.Datasets {
		if err := e.writeDataset(out, set.Type); err != nil {
			return err
		}
	}
	for _, m := range e.contents.Models {
		e.follow(Progress{What: "saving models", Detail: m.Version})
		for _, o := range m.Files {
			if err := e.writeOutput(ctx, out, m, o); err != nil {
				return err
			}
		}
	}
	if err := e.writePictures(ctx, out); err != nil {
		return err
	}
	return out.Close()
}

func (e *exporting) header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: e.contents.Exported}
}

func (e *exporting) add(out *tar.Writer, name string, content []byte) error {
	if err := out.WriteHeader(e.header(name, int64(len(content)))); err != nil {
		return err
	}
	_, err := out.Write(content)
	return err
}

// writeDataset writes the lines of a dataset with the names of their pictures in the tar.
func (e *exporting) writeDataset(out *tar.Writer, kind string) error {
	f, err := scratch() // the size comes first in a tar
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := e.entries[kind].Seek(0, io.SeekStart); err != nil {
		return err
	}
	rewritten := bufio.NewWriter(f)
	lines := bufio.NewReader(e.entries[kind])
	for {
		text, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			text, err = plain(text, e.nameOf(manifest.Parse([]byte(text)).Picture))
		}
		if err == nil {
			_, err = rewritten.WriteString(text + "\n")
		}
		if err != nil {
			return err
		}
	}
	if err := rewritten.Flush(); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := out.WriteHeader(e.header(manifestName(kind), size)); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return err
}

func (e *exporting) writeOutput(ctx context.Context, out *tar.Writer, m ArchivedModel, o ownsight.Output) error {
	at, err := e.c.outputAt(ctx, Version{Project: e.contents.Project, Name: m.Version, ARN: m.ARN}, o)
	if err != nil {
		return err
	}
	object, err := e.c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key})
	if err != nil {
		return fmt.Errorf("%s: %w", manifest.SourceRef(at), err)
	}
	defer object.Body.Close()
	if err := out.WriteHeader(e.header(modelsFolder+m.Version+"/"+string(o), aws.ToInt64(object.ContentLength))); err != nil {
		return err
	}
	if n, err := io.Copy(out, object.Body); err != nil || n != aws.ToInt64(object.ContentLength) {
		return fmt.Errorf("%s was cut off: %w", manifest.SourceRef(at), errors.Join(err, io.ErrUnexpectedEOF))
	}
	return nil
}

// writePictures writes the pictures in their order, while the next ones are on their way.
func (e *exporting) writePictures(ctx context.Context, out *tar.Writer) error {
	if len(e.pictures) == 0 {
		return nil
	}
	type result struct {
		content []byte
		err     error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan chan result, uploads-1)
	go func() {
		defer close(queue)
		for _, at := range e.pictures {
			slot := make(chan result, 1)
			select {
			case queue <- slot:
			case <-ctx.Done():
				return
			}
			go func() {
				content, err := e.c.picture(ctx, at)
				slot <- result{content, err}
			}()
		}
	}()
	step := counter(e.follow, "saving pictures", len(e.pictures))
	n := 0
	for slot := range queue {
		r := <-slot
		if r.err != nil {
			return r.err
		}
		if err := e.add(out, e.nameOf(e.pictures[n]), r.content); err != nil {
			return err
		}
		n++
		step()
	}
	return ctx.Err()
}

// picture reads a picture, from a server that may be away for a while.
func (c *Client) picture(ctx context.Context, at ownsight.Location) (content []byte, err error) {
	err = c.watch(ctx, func() (bool, error) {
		object, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key})
		if err != nil {
			return false, err
		}
		defer object.Body.Close()
		content, err = io.ReadAll(io.LimitReader(object.Body, maxPicture+1))
		return true, err
	})
	if err == nil && len(content) > maxPicture {
		err = errors.New("grew while it was read")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", manifest.SourceRef(at), err)
	}
	return content, nil
}
