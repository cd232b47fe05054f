package report

import (
	"fmt"
	"strings"
)

// Files are the names, or the keys, of what a training writes to its output location.
type Files struct {
	Summary            string // figures on the test pictures
	ManifestSummary    string // what was wrong with the manifests as a whole
	TrainingOutput     string // the snapshot of what was trained on
	TestingOutput      string // the snapshot of what was tested with, and what the model said of it
	TrainingValidation string // the training manifest with what was wrong with its lines
	TestingValidation  string
}

// Names gives the file names for a version of a project.
func Names(project, version string) Files {
	name := func(kind string) string { return fmt.Sprintf("%s-%s-%s.json", kind, project, version) }
	return Files{
		Summary:            name("EvaluationResultSummary"),
		ManifestSummary:    name("ManifestSummary"),
		TrainingOutput:     name("TrainingGroundTruth"),
		TestingOutput:      name("TestingGroundTruth"),
		TrainingValidation: name("TrainingManifestWithValidation"),
		TestingValidation:  name("TestingManifestWithValidation"),
	}
}

// Under gives the keys of the files below a prefix, joined by one slash; an empty prefix is the bucket itself.
func (f Files) Under(prefix string) Files {
	prefix = strings.TrimRight(prefix, "/")
	if prefix == "" {
		return f
	}
	for _, name := range []*string{&f.Summary, &f.ManifestSummary, &f.TrainingOutput, &f.TestingOutput, &f.TrainingValidation, &f.TestingValidation} {
		*name = prefix + "/" + *name
	}
	return f
}
