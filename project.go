package ownsight

import "time"

// Project gathers two datasets and any number of versions under a name that is unique in its account and region.
type Project struct {
	ID         int64 // row number in the store
	ARN        ProjectARN
	Created    time.Time // millisecond precision; equals the number in the ARN
	Status     ProjectStatus
	Feature    Feature
	AutoUpdate string // as requested: ENABLED, DISABLED or empty; only adapters use it
}

// Feature is what a project's models do.
type Feature string

// The features of the service model. Only custom labels are trained here.
const (
	CustomLabels      Feature = "CUSTOM_LABELS"
	ContentModeration Feature = "CONTENT_MODERATION"
)

// Quotas of one account in one region, those of the AWS service.
const (
	MaxProjects       = 100
	MaxVersions       = 100 // a project
	MaxInferenceUnits = 5   // a model
)
