package ownsight

// Limits are the quotas of each account, in each region where that makes a difference. Those that the AWS service has
// for the sake of its own capacity are 0 by default, which means no limit: idle models cost nothing here, and what runs
// at a time is bounded by the machine.
//
// https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/limits.html
type Limits struct {
	Projects       int64   `yaml:"projects"`
	Versions       int64   `yaml:"versions"`        // a project
	Policies       int64   `yaml:"policies"`        // a project
	Tags           int64   `yaml:"tags"`            // a resource
	Entries        int64   `yaml:"entries"`         // a dataset; lines of a manifest
	Labels         int64   `yaml:"labels"`          // a dataset
	InferenceUnits int64   `yaml:"inference-units"` // a model
	RunningModels  int64   `yaml:"running-models"`  // models that are starting, running or stopping
	Trainings      int64   `yaml:"trainings"`       // at a time; more are refused rather than queued
	Copies         int64   `yaml:"copies"`          // at a time, into a region
	Images         int64   `yaml:"images"`          // AppStream images in a region
	ImageShares    int64   `yaml:"image-shares"`    // accounts that an image is shared with
	ImageCopies    int64   `yaml:"image-copies"`    // at a time, into a region
	ImageUpdates   int64   `yaml:"image-updates"`   // imports and exports at a time, each, in a region
	DetectRate     float64 `yaml:"detect-rate"`     // DetectCustomLabels a second
	ControlRate    float64 `yaml:"control-rate"`    // of every other operation a second, each for itself
	TagRate        float64 `yaml:"tag-rate"`        // of every tagging operation a second, each for itself
}

// DefaultLimits are those of the AWS service where they protect data, and none where they ration its machines.
func DefaultLimits() Limits {
	return Limits{Projects: 100, Versions: 100, Policies: 5, Tags: 50, Entries: 250_000, Labels: 250, InferenceUnits: 5,
		Images: 10, ImageShares: 100, ImageCopies: 2, ImageUpdates: 5}
}
