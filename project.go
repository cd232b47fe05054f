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

// ProjectPolicy says who else may copy the versions of a project.
type ProjectPolicy struct {
	Name     string
	Document string // JSON, as given
	Revision string // 32 hexadecimal digits; new with every change
	Created  time.Time
	Updated  time.Time
}
