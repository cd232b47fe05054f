package ownsight

import "time"

// Version is one trained model of a project.
type Version struct {
	ID          int64 // row number in the store
	ProjectID   int64
	ProjectARN  ProjectARN
	ARN         VersionARN
	Created     time.Time // millisecond precision; equals the number in the ARN
	Status      VersionStatus
	Message     string
	Output      Location
	Description string
	KMSKey      string     // as given in the request; empty for none
	Requester   Principal  // who asked for it, with whose rights S3 is read and written
	Source      VersionARN // what it is a copy of; zero for a version that was trained
	MinUnits    int64      // 0 until it is started for the first time
	MaxUnits    int64      // 0 when no maximum was asked for
	Ended       time.Time
	Billable    time.Duration
	Inputs      TrainingInputs
	Result      *TrainingResult // nil until training has completed
}

// Location is a place in S3: a bucket and a prefix or key. Version names one version of an object; empty is the newest.
type Location struct {
	Bucket  string `json:"bucket"`
	Key     string `json:"key"`
	Version string `json:"version,omitempty"`
}

// TrainingInputs says what a version was trained on: the project's datasets, or manifests given in the request.
type TrainingInputs struct {
	Datasets   bool       `json:"datasets,omitempty"`   // the project's own datasets
	Training   []Location `json:"training,omitempty"`   // manifests, when not the project's datasets
	Testing    []Location `json:"testing,omitempty"`    //
	AutoCreate bool       `json:"autoCreate,omitempty"` // a fifth of the training entries is set aside for testing
}

// TrainingResult is what a finished training left. Files that a failed one leaves are recorded likewise, with F1 absent.
type TrainingResult struct {
	F1        *float64 `json:"f1,omitempty"` // 0..1; macro average over labels, on the test entries
	BaseModel string   `json:"baseModel,omitempty"`
	Files     []File   `json:"files,omitempty"` // in the archive and in the output location
}
