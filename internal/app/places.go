package app

import (
	"fmt"

	"ownsight/internal/access"
	"ownsight/internal/catalog"
	"ownsight/internal/config"
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
		own[region] = catalog.Place{Objects: elsewhere, Bucket: at.Bucket}
	}
	return catalog.NewPlaces(c.Regions, catalog.Place{Objects: usual, Bucket: c.S3.Bucket}, own), nil
}
