package cluster

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
)

// keepProjects makes a project, tags it, and deletes it or not.
func (l *load) keepProjects(ctx context.Context, random *rand.Rand) {
	name := l.name("kept")
	tags := map[string]string{"made": "1"}
	out, err := l.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: &name, Tags: tags})
	if !l.done("CreateProject", err) {
		return
	}
	l.oweProject(name, out.ProjectArn, tags)
	for range 2 {
		key, value := fmt.Sprintf("key-%d", random.IntN(3)), l.name("value")
		_, err := l.TagResource(ctx, &rekognition.TagResourceInput{ResourceArn: out.ProjectArn, Tags: map[string]string{key: value}})
		if delete(tags, key); l.done("TagResource", err) {
			tags[key] = value // otherwise nobody knows
		}
		l.oweProject(name, out.ProjectArn, tags)
	}
	if random.IntN(2) == 0 {
		return
	}
	l.ledger.forget("project " + name) // for who is told nothing
	_, err = l.DeleteProject(ctx, &rekognition.DeleteProjectInput{ProjectArn: out.ProjectArn})
	if l.done("DeleteProject", err) {
		l.ledger.owe("project "+name, func(ctx context.Context) error { return l.countProjects(ctx, name, out.ProjectArn, 0) })
	}
}

// oweProject is that a project is there, with tags.
func (l *load) oweProject(name string, arn *string, tags map[string]string) {
	tags = maps.Clone(tags)
	l.ledger.owe("project "+name, func(ctx context.Context) error {
		if err := l.countProjects(ctx, name, arn, 1); err != nil {
			return err
		}
		there, err := l.ListTagsForResource(ctx, &rekognition.ListTagsForResourceInput{ResourceArn: arn})
		if err != nil {
			return err
		}
		for key, value := range tags {
			if err := differs("its tag "+key, value, there.Tags[key]); err != nil {
				return err
			}
		}
		return nil
	})
}

// countProjects looks for a project by its ARN: a call that nobody waited for any more may have been carried out later, and have
// made another one of the same name after this one was deleted.
func (l *load) countProjects(ctx context.Context, name string, arn *string, want int) error {
	found, err := l.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{ProjectNames: []string{name}})
	if err != nil {
		return err
	}
	got := 0
	for _, p := range found.ProjectDescriptions {
		if *p.ProjectArn == *arn {
			got++
		}
	}
	return differs("the number of projects "+*arn, want, got)
}

// How long a history gets before another object takes its place: the search for an order takes long where many calls have
// no known end.
const (
	mostCalls = 80
	mostLost  = 6
)

// dispute lets three clients make calls on one object at the same time, once each, and writes down what they are told.
func (l *load) dispute(h *history, act func(client int, random *rand.Rand), random *rand.Rand) {
	l.mu.Lock()
	l.histories = append(l.histories, h)
	l.mu.Unlock()
	var all sync.WaitGroup
	for client := range 3 {
		random := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		all.Go(func() {
			for {
				if calls, lost := h.length(); calls >= mostCalls || lost >= mostLost || l.ended.Load() {
					return
				}
				act(client, random)
				time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
			}
		})
	}
	all.Wait()
}

// disputeProjects has three clients create, describe and delete a project of one name.
func (l *load) disputeProjects(ctx context.Context, random *rand.Rand) {
	name := l.name("disputed")
	h := &history{name: "project " + name, model: projectModel}
	var known sync.Map // the project that a client has heard of last
	l.dispute(h, func(client int, random *rand.Rand) {
		began := time.Now()
		switch random.IntN(4) {
		case 0:
			out, err := l.once.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: &name})
			told := outcome{}
			if err == nil {
				told.arn = *out.ProjectArn
				known.Store(client, told.arn)
			}
			h.record(l.origin, call{what: "create"}, began, told, err)
		case 1:
			arn, ok := known.Load(client)
			if !ok {
				return
			}
			_, err := l.once.DeleteProject(ctx, &rekognition.DeleteProjectInput{ProjectArn: aws.String(arn.(string))})
			h.record(l.origin, call{what: "delete", arn: arn.(string)}, began, outcome{}, err)
		default:
			out, err := l.once.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{ProjectNames: []string{name}})
			told := outcome{}
			if err == nil && len(out.ProjectDescriptions) > 0 {
				told = outcome{state: string(out.ProjectDescriptions[0].Status), arn: *out.ProjectDescriptions[0].ProjectArn}
				known.Store(client, told.arn)
			}
			h.record(l.origin, call{what: "describe"}, began, told, err)
		}
	}, random)
}
