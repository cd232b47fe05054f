package client

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// ImportOptions say what to make of a project in one file.
type ImportOptions struct {
	File    string
	Project string // empty for the name that it had
	Bucket  string // for pictures and models; empty for ownsight-pictures-ACCOUNT
}

// Imported is what an import has brought.
type Imported struct {
	Project  string            `json:"project"`
	ARN      string            `json:"projectArn"`
	Datasets []ArchivedDataset `json:"datasets"`
	Pictures int               `json:"pictures"`
	Sent     int               `json:"sentPictures"` // the others were there
	Models   []ArchivedModel   `json:"models"`
	ModelsAt string            `json:"modelsAt,omitempty"` // s3://BUCKET/PREFIX/ that their files lie below
}

// importing is an import at work.
type importing struct {
	c        *Client
	o        ImportOptions
	follow   func(Progress)
	contents Contents
	project  *project
	there    map[string]string   // ETags of what lies where the pictures go
	entries  map[string]*os.File // lines of the datasets that are to be made, by their kind
	seen     []ArchivedDataset

	group    *errgroup.Group
	step     func()
	pictures int
	sent     atomic.Int64
}

// ImportProject makes a project of a file: its datasets and their pictures. Models cannot be given back through the API of AWS:
// their files are put into the bucket. What is there from a call that was cut off is used again. A project that has other entries, or
// another picture under the same key, is left as it is, with an error.
func (c *Client) ImportProject(ctx context.Context, o ImportOptions, follow func(Progress)) (*Imported, error) {
	file, err := os.Open(o.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := tar.NewReader(bufio.NewReaderSize(file, 1<<20))
	i := &importing{c: c, o: o, follow: follow, entries: map[string]*os.File{}, step: func() {}}
	defer i.close()
	if i.contents, err = readContents(in); err != nil {
		return nil, fmt.Errorf("%s %w", o.File, err)
	}
	i.o.Project, i.o.Bucket = cmp.Or(o.Project, i.contents.Project), cmp.Or(o.Bucket, "ownsight-pictures-"+c.Account)
	if err := checkName(i.o.Project); err != nil {
		return nil, err
	}
	if err := i.begin(ctx); err != nil {
		return nil, err
	}
	if err := i.read(ctx, in); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("ends too early: it was cut off when it was written or copied")
		}
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	for _, set := range i.seen {
		follow(Progress{What: "making the datasets"})
		if err := i.makeDataset(ctx, set); err != nil {
			return nil, fmt.Errorf("%s dataset: %w", strings.ToLower(set.Type), err)
		}
	}
	done := &Imported{Project: i.o.Project, ARN: i.project.arn, Datasets: append([]ArchivedDataset{}, i.seen...), Pictures: i.pictures, Sent: int(i.sent.Load()),
		Models: append([]ArchivedModel{}, i.contents.Models...)}
	if len(done.Models) > 0 {
		done.ModelsAt = manifest.SourceRef(ownsight.Location{Bucket: i.o.Bucket, Key: i.models()})
	}
	return done, nil
}

func (i *importing) at() TrainOptions { return TrainOptions{Project: i.o.Project} }
func (i *importing) models() string   { return i.o.Project + "/imported/" }

func (i *importing) close() {
	for _, f := range i.entries {
		f.Close()
	}
}

// begin makes bucket and project, and looks at what is there.
func (i *importing) begin(ctx context.Context) (err error) {
	if err = i.c.ensureBucket(ctx, i.o.Bucket); err != nil {
		return err
	}
	if i.project, err = i.c.ensureProject(ctx, i.o.Project); err != nil {
		return err
	}
	i.there, err = i.c.etags(ctx, i.o.Bucket, i.at().pictures())
	return err
}

// read takes the files of the tar as they come, and checks at the end that none is lacking.
func (i *importing) read(ctx context.Context, in *tar.Reader) error {
	var work context.Context
	i.group, work = errgroup.WithContext(ctx)
	i.group.SetLimit(uploads)
	err := i.readAll(work, in)
	if failed := i.group.Wait(); failed != nil { // what went wrong first
		return failed
	}
	if err != nil {
		return err
	}
	if i.pictures != i.contents.Pictures || !slices.Equal(i.seen, i.contents.Datasets) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (i *importing) readAll(ctx context.Context, in *tar.Reader) error {
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = checkHeader(h)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(h.Name, picturesFolder):
			err = i.takePicture(ctx, h, in)
		case strings.HasPrefix(h.Name, modelsFolder):
			err = i.takeModel(ctx, h, in)
		default:
			err = i.takeDataset(ctx, h, in)
		}
		if err != nil {
			return err
		}
	}
}

// takeDataset keeps the lines of a dataset, with the places that their pictures will have. Datasets come before pictures, so that
// nothing is sent where they do not agree with those that are there.
func (i *importing) takeDataset(ctx context.Context, h *tar.Header, in io.Reader) error {
	at := slices.IndexFunc(kinds, func(k types.DatasetType) bool { return manifestName(string(k)) == h.Name })
	if at < 0 || i.pictures > 0 || h.Size > maxManifest {
		return fmt.Errorf("holds %q, which does not belong there", h.Name)
	}
	kind := string(kinds[at])
	if i.entries[kind] != nil {
		return fmt.Errorf("holds %s twice", h.Name)
	}
	f, err := scratch()
	if err != nil {
		return err
	}
	i.entries[kind] = f
	set := ArchivedDataset{Type: kind}
	lines := map[digest]struct{}{}
	out := bufio.NewWriter(f)
	if h.Size > 0 {
		err = i.placeEntries(in, func(text string) error {
			lines[digestOf(text)] = struct{}{}
			set.Entries++
			_, err := out.WriteString(text + "\n")
			return err
		})
	}
	if err := errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	i.seen = append(i.seen, set)
	return i.compare(ctx, kinds[at], lines)
}

// digest stands for an entry's line, which would take many times the memory.
type digest [16]byte

func digestOf(line string) digest {
	sum := sha256.Sum256([]byte(manifest.Parse([]byte(line)).Listed()))
	return digest(sum[:16])
}

// placeEntries reads the lines of a dataset and gives them with the places of their pictures in S3.
func (i *importing) placeEntries(in io.Reader, tell func(text string) error) error {
	for rows := manifest.NewReader(in, 0); ; {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var named struct {
			SourceRef string `json:"source-ref"`
		}
		if row.TooLong || json.Unmarshal(row.Bytes, &named) != nil || !safeName(named.SourceRef) || !strings.HasPrefix(named.SourceRef, picturesFolder) {
			return fmt.Errorf("line %d names no picture of the file", row.Number)
		}
		text, err := plain(string(row.Bytes), manifest.SourceRef(i.place(named.SourceRef)))
		if err != nil {
			return fmt.Errorf("line %d: %w", row.Number, err)
		}
		if err := tell(text); err != nil {
			return err
		}
	}
}

// place is where a picture of the file goes.
func (i *importing) place(name string) ownsight.Location {
	return ownsight.Location{Bucket: i.o.Bucket, Key: i.at().pictures() + strings.TrimPrefix(name, picturesFolder)}
}

// compare looks at the dataset that the project has already. One with the same lines is left, one that could not be made is made anew,
// any other is an error.
func (i *importing) compare(ctx context.Context, kind types.DatasetType, lines map[digest]struct{}) error {
	arn := i.project.datasets[kind]
	if arn == "" {
		return nil
	}
	status, err := i.c.settle(ctx, arn)
	if err != nil {
		return err
	}
	if status == types.DatasetStatusCreateFailed {
		i.project.datasets[kind] = ""
		return i.c.deleteDataset(ctx, arn)
	}
	other := fmt.Errorf("project %s has a %s dataset that says something else; name another project with --as", i.o.Project, strings.ToLower(string(kind)))
	err = i.c.listLines(ctx, arn, EntryFilter{}, func(text string) error {
		it := digestOf(text)
		if _, same := lines[it]; !same {
			return other
		}
		delete(lines, it)
		return nil
	})
	if err == nil && len(lines) > 0 {
		return other
	}
	return err
}

// takePicture reads a picture and sends it meanwhile.
func (i *importing) takePicture(ctx context.Context, h *tar.Header, in io.Reader) error {
	if i.pictures == 0 {
		i.step = counter(i.follow, "uploading pictures", i.contents.Pictures)
	}
	if i.pictures++; i.pictures > i.contents.Pictures || h.Size > maxPicture {
		return fmt.Errorf("holds %q, which is too large or too much", h.Name)
	}
	content := make([]byte, h.Size)
	if _, err := io.ReadFull(in, content); err != nil {
		return err
	}
	at := i.place(h.Name)
	i.group.Go(func() error {
		if err := i.send(ctx, at, content); err != nil {
			return fmt.Errorf("%s: %w", manifest.SourceRef(at), err)
		}
		i.step()
		return nil
	})
	return nil
}

func (i *importing) send(ctx context.Context, at ownsight.Location, content []byte) error {
	if tag, there := i.there[at.Key]; there {
		sum := md5.Sum(content) // the ETag of an object that was put whole, and not encrypted by a key of its own
		if tag == hex.EncodeToString(sum[:]) {
			return nil
		}
		other, err := i.c.picture(ctx, at)
		if err == nil && !bytes.Equal(content, other) {
			err = errors.New("another picture lies there; name another project with --as")
		}
		return err
	}
	i.sent.Add(1)
	return i.c.watch(ctx, func() (bool, error) {
		_, err := i.c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &at.Bucket, Key: &at.Key, Body: bytes.NewReader(content)})
		return err == nil, err
	})
}

// takeModel puts a file of a model where nothing else is.
func (i *importing) takeModel(ctx context.Context, h *tar.Header, in io.Reader) error {
	version, o, err := modelIn(h.Name)
	if err != nil {
		return err
	}
	if h.Size > maxOutput {
		return fmt.Errorf("holds %q, which is too large", h.Name)
	}
	i.follow(Progress{What: "uploading models", Detail: version})
	return i.put(ctx, i.models()+version+"/"+string(o), in)
}

func (i *importing) put(ctx context.Context, key string, content io.Reader) error {
	_, err := transfermanager.New(i.c.s3).UploadObject(ctx, &transfermanager.UploadObjectInput{Bucket: &i.o.Bucket, Key: &key, Body: content})
	return err
}

// makeDataset makes a dataset of its lines, unless it is there.
func (i *importing) makeDataset(ctx context.Context, set ArchivedDataset) error {
	kind := types.DatasetType(set.Type)
	if i.project.datasets[kind] != "" {
		return nil
	}
	in := &rekognition.CreateDatasetInput{ProjectArn: &i.project.arn, DatasetType: kind}
	if set.Entries > 0 {
		if _, err := i.entries[set.Type].Seek(0, io.SeekStart); err != nil {
			return err
		}
		key := i.o.Project + "/manifests/" + strings.ToLower(set.Type) + "-import.manifest"
		if err := i.put(ctx, key, i.entries[set.Type]); err != nil {
			return err
		}
		in.DatasetSource = &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: &i.o.Bucket, Name: &key}}}
	}
	made, err := i.c.rek.CreateDataset(ctx, in)
	if err != nil {
		return err
	}
	return i.c.complete(ctx, aws.ToString(made.DatasetArn))
}
