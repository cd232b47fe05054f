package ownsight

import "slices"

// ProjectStatus is the state of a project.
type ProjectStatus string

// States of a project: CREATING -> CREATED -> DELETING -> gone.
const (
	ProjectCreating ProjectStatus = "CREATING"
	ProjectCreated  ProjectStatus = "CREATED"
	ProjectDeleting ProjectStatus = "DELETING"
)

// DatasetStatus is the state of a dataset.
type DatasetStatus string

// States of a dataset; see docs/states.md.
const (
	DatasetCreating     DatasetStatus = "CREATE_IN_PROGRESS"
	DatasetCreated      DatasetStatus = "CREATE_COMPLETE"
	DatasetCreateFailed DatasetStatus = "CREATE_FAILED"
	DatasetUpdating     DatasetStatus = "UPDATE_IN_PROGRESS"
	DatasetUpdated      DatasetStatus = "UPDATE_COMPLETE"
	DatasetUpdateFailed DatasetStatus = "UPDATE_FAILED"
	DatasetDeleting     DatasetStatus = "DELETE_IN_PROGRESS"
)

// VersionStatus is the state of a model version.
type VersionStatus string

// States of a version; see docs/states.md.
const (
	VersionTraining       VersionStatus = "TRAINING_IN_PROGRESS"
	VersionTrained        VersionStatus = "TRAINING_COMPLETED"
	VersionTrainingFailed VersionStatus = "TRAINING_FAILED"
	VersionStarting       VersionStatus = "STARTING"
	VersionRunning        VersionStatus = "RUNNING"
	VersionFailed         VersionStatus = "FAILED"
	VersionStopping       VersionStatus = "STOPPING"
	VersionStopped        VersionStatus = "STOPPED"
	VersionDeleting       VersionStatus = "DELETING"
	VersionCopying        VersionStatus = "COPYING_IN_PROGRESS"
	VersionCopied         VersionStatus = "COPYING_COMPLETED"
	VersionCopyFailed     VersionStatus = "COPYING_FAILED"
)

// The moves that each lifecycle allows. A state that is absent is final; what leaves DELETING is a row that is gone.
var (
	projectMoves = map[ProjectStatus][]ProjectStatus{
		ProjectCreating: {ProjectCreated, ProjectDeleting},
		ProjectCreated:  {ProjectDeleting},
	}
	datasetMoves = map[DatasetStatus][]DatasetStatus{
		DatasetCreating:     {DatasetCreated, DatasetCreateFailed},
		DatasetCreated:      {DatasetUpdating, DatasetDeleting},
		DatasetCreateFailed: {DatasetDeleting},
		DatasetUpdating:     {DatasetUpdated, DatasetUpdateFailed},
		DatasetUpdated:      {DatasetUpdating, DatasetDeleting},
		DatasetUpdateFailed: {DatasetUpdating, DatasetDeleting},
	}
	versionMoves = map[VersionStatus][]VersionStatus{
		VersionTraining:       {VersionTrained, VersionTrainingFailed},
		VersionTrained:        {VersionStarting, VersionDeleting},
		VersionTrainingFailed: {VersionDeleting},
		VersionStarting:       {VersionRunning, VersionFailed},
		VersionRunning:        {VersionStopping, VersionFailed},
		VersionFailed:         {VersionStarting, VersionDeleting},
		VersionStopping:       {VersionStopped},
		VersionStopped:        {VersionStarting, VersionDeleting},
		VersionCopying:        {VersionCopied, VersionCopyFailed},
		VersionCopied:         {VersionStarting, VersionDeleting},
		VersionCopyFailed:     {VersionDeleting},
	}
)

// CanMove reports whether a project may go from s to next.
func (s ProjectStatus) CanMove(next ProjectStatus) bool {
	return slices.Contains(projectMoves[s], next)
}

// CanMove reports whether a dataset may go from s to next.
func (s DatasetStatus) CanMove(next DatasetStatus) bool {
	return slices.Contains(datasetMoves[s], next)
}

// CanMove reports whether a version may go from s to next.
func (s VersionStatus) CanMove(next VersionStatus) bool {
	return slices.Contains(versionMoves[s], next)
}

// Settled reports whether nothing is in progress on the dataset and its entries can be read.
func (s DatasetStatus) Settled() bool {
	return s != DatasetCreating && s != DatasetUpdating && s != DatasetDeleting
}
