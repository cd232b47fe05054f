// Command go tells the story of ../story.md with the AWS SDK for Go v2: go FOLDER.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

func main() {
	ctx, s := context.Background(), &story{folder: os.Args[1]}
	out := json.NewEncoder(os.Stdout)
	for _, step := range []struct {
		name string
		tell func(context.Context) any
	}{
		{"identity", s.identity},
		{"upload", s.upload},
		{"project", s.makeProject},
		{"datasets", s.datasets},
		{"entries", s.entries},
		{"distribute", s.distribute},
		{"training", s.training},
		{"start", s.start},
		{"detect", s.detect},
		{"policy", s.policy},
		{"copy", s.copy},
		{"tags", s.tags},
		{"deletion", s.deletion},
	} {
		began := time.Now()
		detail, err := attempt(ctx, step.tell)
		_ = out.Encode(map[string]any{"step": step.name, "ok": err == nil, "detail": detail, "ms": time.Since(began).Milliseconds()})
		if err != nil {
			os.Exit(1)
		}
	}
}

// broken ends a step: the story is a script, and nothing after a step that is not as told has a meaning.
type broken struct{ error }

// attempt gives a step's detail, or why it ended.
func attempt(ctx context.Context, tell func(context.Context) any) (detail any, err error) {
	defer func() {
		if r := recover(); r != nil {
			b, ok := r.(broken)
			if !ok {
				panic(r)
			}
			detail, err = b.Error(), b
		}
	}()
	return tell(ctx), nil
}

// must gives what a call that has to succeed gives.
func must[T any](v T, err error) T {
	if err != nil {
		panic(broken{err})
	}
	return v
}

// demand ends the step unless what was found is as told.
func demand(told bool, found ...any) {
	if !told {
		panic(broken{fmt.Errorf("not as told: %s", text(found))})
	}
}

// refused demands that a call failed with the typed exception E.
func refused[E interface {
	comparable
	smithy.APIError
}](_ any, err error) {
	var want E
	demand(errors.As(err, &want), fmt.Sprintf("wanted %T", want), fmt.Sprint(err))
	demand(want.ErrorMessage() != "", err.Error())
	var response *awshttp.ResponseError
	demand(errors.As(err, &response) && response.HTTPStatusCode() == http.StatusBadRequest && response.ServiceRequestID() != "", err.Error())
}

// until asks a few times a second.
func until(what string, done func() bool) {
	for began := time.Now(); !done(); time.Sleep(200 * time.Millisecond) {
		demand(time.Since(began) < patience, "not within "+patience.String()+": "+what)
	}
}

// pages gives what the pages of a paginator hold, page by page.
func pages[Page, Item, Option any](ctx context.Context, p interface {
	HasMorePages() bool
	NextPage(context.Context, ...Option) (Page, error)
}, items func(Page) []Item) (list [][]Item) {
	for p.HasMorePages() {
		list = append(list, items(must(p.NextPage(ctx))))
	}
	return list
}

func text(v any) string { return string(must(json.Marshal(v))) }

var version = "Go SDK " + aws.SDKVersion
