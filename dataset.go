package ownsight

import "time"

// DatasetType says what a project uses a dataset for.
type DatasetType string

// A project has at most one dataset of each type.
const (
	Train DatasetType = "TRAIN"
	Test  DatasetType = "TEST"
)

// Dataset is a list of entries that belongs to a project.
type Dataset struct {
	ID        int64 // row number in the store
	ProjectID int64
	ARN       DatasetARN
	Created   time.Time
	Updated   time.Time
	Status    DatasetStatus
	Message   string
	Outcome   Outcome // Success while something is in progress
	Stats     DatasetStats
}

// Outcome says who is to blame for how the last change of a dataset ended.
type Outcome string

// The outcomes that DescribeDataset names.
const (
	Success      Outcome = "SUCCESS"
	ServiceError Outcome = "SERVICE_ERROR"
	ClientError  Outcome = "CLIENT_ERROR"
)

// DatasetStats counts a dataset's entries and labels.
type DatasetStats struct {
	Labeled int64 // entries with at least one label
	Total   int64 // entries
	Labels  int64 // distinct labels
	Errors  int64 // entries with at least one error
}

// Entry is one line of a dataset: a picture and what is known of it.
type Entry struct {
	Seq       int64  // order within the dataset, from 1
	SourceRef string // s3://BUCKET/KEY, unique within the dataset
	Line      string // the JSON line as listed, cl-metadata and cl-errors included
	Labeled   bool
	HasErrors bool
	Labels    []EntryLabel
}

// EntryLabel is one label of an entry, with the number of its boxes; 0 for a label of the whole picture.
type EntryLabel struct {
	Name  string
	Boxes int64
}

// LabelStats counts where a label occurs in a dataset.
type LabelStats struct {
	Name    string
	Entries int64
	Boxes   int64
}

// EntryFilter selects entries; the zero value selects all, several members must all hold.
type EntryFilter struct {
	AnyLabel          []string // entries that carry one of these; at most 10
	Labeled           *bool
	SourceRefContains string
	HasErrors         *bool
}
