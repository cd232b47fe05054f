package report

import (
	"crypto/sha256"
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
	Model              string // the ONNX file
	ModelCard          string // what it answers, from what and how well
}

// maxName is the longest name, in bytes, that a file system holds; the embedded S3 server keeps its objects in one.
const maxName = 255

// Names gives the file names for a version of a project. Names that would be too long end in a digest instead; programs
// take the keys from DescribeProjectVersions in any case.
func Names(project, version string) Files {
	name := func(kind, ending string) string {
		full := fmt.Sprintf("%s-%s-%s", kind, project, version)
		if len(full)+len(ending) <= maxName {
			return full + ending
		}
		digest := fmt.Sprintf("-%.8x", sha256.Sum256([]byte(full)))
		return full[:maxName-len(digest)-len(ending)] + digest + ending
	}
	return Files{
		Summary:            name("EvaluationResultSummary", ".json"),
		ManifestSummary:    name("ManifestSummary", ".json"),
		TrainingOutput:     name("TrainingGroundTruth", ".json"),
		TestingOutput:      name("TestingGroundTruth", ".json"),
		TrainingValidation: name("TrainingManifestWithValidation", ".json"),
		TestingValidation:  name("TestingManifestWithValidation", ".json"),
		Model:              name("Model", ".onnx"),
		ModelCard:          name("Model", ".json"),
	}
}

// Under gives the keys of the files below a prefix, joined by one slash; an empty prefix is the bucket itself.
func (f Files) Under(prefix string) Files {
	prefix = strings.TrimRight(prefix, "/")
	if prefix == "" {
		return f
	}
	for _, name := range []*string{&f.Summary, &f.ManifestSummary, &f.TrainingOutput, &f.TestingOutput, &f.TrainingValidation, &f.TestingValidation, &f.Model, &f.ModelCard} {
		*name = prefix + "/" + *name
	}
	return f
}
