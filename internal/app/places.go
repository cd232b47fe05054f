package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ownsight/internal/access"
	"ownsight/internal/catalog"
	"ownsight/internal/config"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
)

// OpenPlaces says where each region keeps its images: in the S3 server that the configuration gives it, or in the usual one.
// Nothing is asked of any of them yet.
func OpenPlaces(c config.Config, usual *objects.Store, keys *access.Service) (*catalog.Places, error) {
	own := map[string]catalog.Place{}
	for region, at := range c.Places {
		elsewhere, err := objects.NewStore(objects.Config{Endpoint: at.Endpoint, Region: at.Region, PathStyle: true, Keys: keysElsewhere(at), Archive: at.Bucket, Rights: keys})
		if err != nil {
			return nil, fmt.Errorf("places.%s: %w", region, err)
		}
		own[region] = catalog.Place{Objects: elsewhere, Name: at.Endpoint, Bucket: at.Bucket}
	}
	return catalog.NewPlaces(c.ImageRegions(), catalog.Place{Objects: usual, Name: cmp.Or(c.S3.Endpoint, "the embedded S3 server"), Bucket: c.S3.Bucket}, own), nil
}

// ChangeImages calls a function with the images in a configuration's state, whether a server runs on it or not. It has no
// S3 server: what the change leaves behind is cleaned up by the server.
func ChangeImages(ctx context.Context, c config.Config, change func(*catalog.Service) (string, error)) (done string, err error) {
	state, err := OpenStore(ctx, c)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	queue, err := jobs.New(state, jobs.Options{Node: "command", Logger: slog.Default(), Queues: map[string]int{catalog.Queue: 1, catalog.Upkeep: 1}})
	if err != nil {
		return "", err
	}
	return change(catalog.New(catalog.Config{Store: state, Jobs: queue, Places: catalog.NewPlaces(c.ImageRegions(), catalog.Place{}, nil),
		Limits: c.Limits, Now: time.Now, Log: slog.Default()}))
}
