package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"ownsight/internal/dataset/source"
)

// ahead is how many answers may wait for that of an earlier picture.
const ahead = 256

// faultFor is for how long a picture is asked about again after a fault of the server, such as S3 that is away. After that the
// picture is taken to be the cause, and the next one may do.
const faultFor = 10 * time.Second

// maxSent is how large a picture may be that is sent with the request, as the contract says.
const maxSent = 4 << 20

// DetectOptions say which answers are wanted.
type DetectOptions struct {
	MinConfidence *float32 // 0..100; nil takes each label's own threshold
	MaxResults    *int32   // the best so many; nil takes all
}

// Label is what a model sees in a picture.
type Label struct {
	Name       string  `json:"name"`
	Confidence float32 `json:"confidence"` // 0..100
	Box        *Box    `json:"box,omitempty"`
}

// Box is where an object is, as shares of the picture's sides.
type Box struct {
	Left   float32 `json:"left"`
	Top    float32 `json:"top"`
	Width  float32 `json:"width"`
	Height float32 `json:"height"`
}

// Answer is what a model says of one picture.
type Answer struct {
	Picture      string  `json:"picture"` // as it was asked for
	Labels       []Label `json:"labels"`  // best first
	Milliseconds float64 `json:"milliseconds"`
	Error        string  `json:"error,omitempty"` // why there is no answer
}

// Detect asks a running model about pictures: files, or objects as s3://BUCKET/KEY. tell gets the answers in the order
// of the pictures. A picture that cannot be used is an answer with an error; trouble with the model ends the call. A server
// that is away or asked for more than it can do is waited for. It is asked about as many pictures at a time as keep it busy.
func (c *Client) Detect(ctx context.Context, v Version, pictures []string, o DetectOptions, tell func(Answer) error) error {
	p := newPace()
	return InOrder(ctx, pictures, p.take, func(ctx context.Context, picture string) (Answer, error) {
		a, err := c.ask(ctx, v, picture, o, p.refused)
		took := time.Duration(a.Milliseconds * float64(time.Millisecond))
		if err != nil || a.Error != "" {
			took = 0
		}
		p.done(took)
		return a, err
	}, tell)
}

// InOrder asks about pictures, many at a time, and tells the answers in the order of the pictures. take waits until one more may
// be asked about. An error of ask or tell ends the call.
func InOrder(ctx context.Context, pictures []string, take func(context.Context) error, ask func(context.Context, string) (Answer, error), tell func(Answer) error) error {
	var all sync.WaitGroup
	defer all.Wait() // nothing is asked any more when the call has ended
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		answer Answer
		err    error
	}
	queue := make(chan chan result, ahead)
	all.Go(func() {
		defer close(queue)
		for _, picture := range pictures {
			if take(ctx) != nil {
				return
			}
			slot := make(chan result, 1)
			select {
			case queue <- slot:
			case <-ctx.Done():
				return
			}
			all.Go(func() {
				a, err := ask(ctx, picture)
				slot <- result{a, err}
			})
		}
	})
	for slot := range queue {
		r := <-slot
		if r.err != nil {
			return r.err
		}
		if err := tell(r.answer); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// ask asks about one picture, and calls refused when the server has no room for it.
func (c *Client) ask(ctx context.Context, v Version, picture string, o DetectOptions, refused func()) (Answer, error) {
	a := Answer{Picture: picture, Labels: []Label{}}
	image, err := imageOf(picture)
	if err != nil {
		a.Error = err.Error()
		return a, nil
	}
	in := &rekognition.DetectCustomLabelsInput{ProjectVersionArn: &v.ARN, Image: image, MinConfidence: o.MinConfidence, MaxResults: o.MaxResults}
	var out *rekognition.DetectCustomLabelsOutput
	first := time.Now()
	err = c.watch(ctx, func() (bool, error) {
		began := time.Now()
		out, err = c.rek.DetectCustomLabels(ctx, in, unrepeated)
		a.Milliseconds = float64(time.Since(began).Microseconds()) / 1000
		if noRoom(err) { // others ask, too: there is no hurry
			refused()
			return false, nil
		}
		if isA[*types.InternalServerError](err) && time.Since(first) < faultFor {
			return false, nil
		}
		return err == nil, err
	})
	switch {
	case err == nil:
	case isA[*types.InvalidImageFormatException](err), isA[*types.ImageTooLargeException](err), isA[*types.InvalidS3ObjectException](err),
		isA[*types.InternalServerError](err):
		fault, _ := errors.AsType[smithy.APIError](err)
		a.Error = fault.ErrorMessage()
		return a, nil
	case isA[*types.ResourceNotReadyException](err):
		return a, fmt.Errorf("model %s/%s is not running; start it with `ownsight model start %[1]s/%[2]s`", v.Project, v.Name)
	default:
		return a, err
	}
	for _, l := range out.CustomLabels {
		a.Labels = append(a.Labels, Label{aws.ToString(l.Name), aws.ToFloat32(l.Confidence), boxOf(l.Geometry)})
	}
	return a, nil
}

// noRoom reports whether a server has refused a call because it is, or its account is, asking too much at the moment.
func noRoom(err error) bool {
	return isA[*types.ProvisionedThroughputExceededException](err) || isA[*types.ThrottlingException](err)
}

// unrepeated has the SDK leave calls that a server has no room for to ask, which waits for as long as it takes: the SDK waits
// for seconds, and gives up after a few times.
func unrepeated(o *rekognition.Options) { o.Retryer = unhurried{o.Retryer} }

type unhurried struct{ aws.Retryer }

func (u unhurried) IsErrorRetryable(err error) bool {
	return !noRoom(err) && u.Retryer.IsErrorRetryable(err)
}

func boxOf(g *types.Geometry) *Box {
	if g == nil || g.BoundingBox == nil {
		return nil
	}
	b := g.BoundingBox
	return &Box{aws.ToFloat32(b.Left), aws.ToFloat32(b.Top), aws.ToFloat32(b.Width), aws.ToFloat32(b.Height)}
}

func imageOf(picture string) (*types.Image, error) {
	if at, ok := strings.CutPrefix(picture, "s3://"); ok {
		bucket, key, _ := strings.Cut(at, "/")
		return &types.Image{S3Object: &types.S3Object{Bucket: &bucket, Name: &key}}, nil
	}
	file, err := readPicture(picture, maxSent, "make it smaller, or put it into S3 and name it s3://BUCKET/KEY")
	return &types.Image{Bytes: file}, err
}

// readPicture reads a file of at most so many bytes. remedy is what to do with a larger one.
func readPicture(path string, most int64, remedy string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, errors.Unwrap(err)
	case info.IsDir():
		return nil, errors.New("is a folder; add --recursive to look at what is in it")
	case info.Size() == 0:
		return nil, errors.New("is empty")
	case info.Size() > most:
		return nil, fmt.Errorf("has %d bytes, at most %d are taken; %s", info.Size(), most, remedy)
	}
	return os.ReadFile(path)
}

// Unreadable is the error of a picture that cannot be read where others may be.
type Unreadable struct{ error }

// Picture reads a picture to be looked at here, of at most 15 MB: a file, or an object as s3://BUCKET/KEY. A server that is away is
// waited for. Errors: Unreadable, or trouble with the server.
func (c *Client) Picture(ctx context.Context, picture string) (file []byte, err error) {
	const smaller = "make it smaller"
	at, there := strings.CutPrefix(picture, "s3://")
	if !there {
		if file, err = readPicture(picture, maxPicture, smaller); err != nil {
			err = Unreadable{err}
		}
		return file, err
	}
	bucket, key, _ := strings.Cut(at, "/")
	err = c.watch(ctx, func() (bool, error) {
		o, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return false, err
		}
		defer o.Body.Close()
		file, err = io.ReadAll(io.LimitReader(o.Body, maxPicture+1))
		return err == nil, err
	})
	fault, told := errors.AsType[smithy.APIError](err)
	switch {
	case err == nil && len(file) > maxPicture:
		return nil, Unreadable{fmt.Errorf("has more than %d bytes, which are taken at most; %s", maxPicture, smaller)}
	case told && !unanswered(err):
		return nil, Unreadable{fmt.Errorf("%s: %s", fault.ErrorCode(), fault.ErrorMessage())}
	}
	return file, err
}

// PicturesIn gives the files and objects among paths, and the pictures in the folders among them and below: in those of this
// machine, and below s3://BUCKET/PREFIX/.
func (c *Client) PicturesIn(ctx context.Context, paths []string, follow func(Progress)) (list []string, err error) {
	for _, name := range paths {
		if at, ok := strings.CutPrefix(name, "s3://"); ok && (strings.HasSuffix(at, "/") || !strings.Contains(at, "/")) {
			bucket, prefix, _ := strings.Cut(at, "/")
			if list, err = c.listPictures(ctx, list, bucket, prefix, follow); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			list = append(list, name) // what is wrong with it is said when its turn comes
			continue
		}
		root, err := filepath.EvalSymlinks(name)
		if err != nil {
			return nil, err
		}
		found, _, err := source.Walk(root)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// listPictures adds the objects below a prefix that are called as pictures are.
func (c *Client) listPictures(ctx context.Context, list []string, bucket, prefix string, follow func(Progress)) ([]string, error) {
	pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			switch strings.ToLower(path.Ext(key)) {
			case ".jpg", ".jpeg", ".png":
				list = append(list, "s3://"+bucket+"/"+key)
			}
		}
		follow(Progress{What: "listing pictures", Detail: fmt.Sprint(len(list))})
	}
	return list, nil
}
