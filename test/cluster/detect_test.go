package cluster

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	imagetypes "github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
)

// wait is how long a model did not answer through the other nodes after one was lost.
type wait struct {
	fault string
	took  time.Duration
}

// ask asks a running model once, and reports whether the answer is what it was at first.
func (l *load) ask(ctx context.Context, m model, picture int) (right bool, err error) {
	out, err := l.once.DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{ProjectVersionArn: m.version,
		Image: &types.Image{Bytes: l.pictures[picture].File}, MinConfidence: aws.Float32(0)})
	if err != nil {
		return false, err
	}
	if got := words(out.CustomLabels); got != m.answers[picture] {
		l.mistake("%s answered %s and not %s", *m.version, got, m.answers[picture])
		return false, nil
	}
	return true, nil
}

// detect asks one of the running models, once: what fails is counted by the balancer, or here if it is the service's word.
func (l *load) detect(ctx context.Context, random *rand.Rand) {
	_, err := l.ask(ctx, l.running[random.IntN(len(l.running))], random.IntN(len(l.pictures)))
	l.done("DetectCustomLabels, once", err)
}

// awaitAnswers measures how long each running model does not answer through the nodes that are left.
func (l *load) awaitAnswers(fault, lost string) {
	began := time.Now()
	var all sync.WaitGroup
	for _, m := range l.running {
		all.Go(func() {
			l.awaitAnswer(without(context.Background(), lost), m)
			l.mu.Lock()
			defer l.mu.Unlock()
			l.waits = append(l.waits, wait{fault, time.Since(began)})
		})
	}
	all.Wait()
}

// askedAgain is after which time one more request is sent. The one before is not called off: a node that is asked by many
// may be slow, which is no fault of it.
const askedAgain = 2 * time.Second

// awaitAnswer asks a model until one request is answered right.
func (l *load) awaitAnswer(ctx context.Context, m model) {
	right, ended := make(chan struct{}), make(chan struct{}, 1)
	tell := sync.OnceFunc(func() { close(right) })
	giveUp := time.After(settleWithin)
	for {
		go func() {
			if ok, err := l.ask(ctx, m, 0); ok && err == nil {
				tell()
				return
			}
			rest(ctx, 20*time.Millisecond)
			select {
			case ended <- struct{}{}:
			default:
			}
		}()
		select {
		case <-right:
			return
		case <-giveUp:
			return
		case <-ended:
		case <-time.After(askedAgain):
		}
	}
}

// copyImages copies the image to the other region again and again, and deletes some of the copies.
func (l *load) copyImages(ctx context.Context, random *rand.Rand) {
	name := l.name("image")
	_, err := l.home.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: aws.String("gold"), DestinationImageName: &name, DestinationRegion: aws.String(away)})
	if !l.done("CopyImage", err) {
		return
	}
	l.ledger.owe("image "+name, func(ctx context.Context) error {
		return differs("its state", "AVAILABLE", l.imageState(ctx, l.away, name))
	})
	l.happens(ctx, "image "+name, func(ctx context.Context) bool {
		state := l.imageState(ctx, l.away, name)
		return state == "AVAILABLE" || state == "FAILED"
	})
	if random.IntN(2) == 0 {
		return
	}
	l.ledger.forget("image " + name)
	_, err = l.away.DeleteImage(ctx, &appstream.DeleteImageInput{Name: &name})
	if l.done("DeleteImage", err) {
		l.ledger.owe("image "+name, func(ctx context.Context) error { return differs("its state", "gone", l.imageState(ctx, l.away, name)) })
	}
}

// imageState is that of an image, "gone", or empty when nobody knows.
func (l *load) imageState(ctx context.Context, in *appstream.Client, name string) string {
	out, err := in.DescribeImages(ctx, &appstream.DescribeImagesInput{Names: []string{name}})
	var none *imagetypes.ResourceNotFoundException
	switch {
	case errors.As(err, &none):
		return "gone"
	case err != nil || len(out.Images) != 1:
		return ""
	}
	return string(out.Images[0].State)
}
