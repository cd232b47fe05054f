package ownsight

import (
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Output is one of the files that a training leaves: its name in the archive, and the beginning and the end of its name
// in the version's output location.
type Output string

// The outputs. The last four are ours: the model is its user's to take, and to judge.
const (
	EvaluationSummary  Output = "EvaluationResultSummary.json"        // figures on the test pictures
	ManifestSummary    Output = "ManifestSummary.json"                // what was wrong with the manifests as a whole
	TrainingSnapshot   Output = "TrainingGroundTruth.json"            // what was trained on
	TestingSnapshot    Output = "TestingGroundTruth.json"             // what was tested with, and what the model said of it
	TrainingValidation Output = "TrainingManifestWithValidation.json" // the manifest with what was wrong with its lines
	TestingValidation  Output = "TestingManifestWithValidation.json"
	ModelFile          Output = "Model.onnx"            // from picture to scores
	ModelCard          Output = "Model.json"            // what it answers, from what and how well
	EvaluationReport   Output = "EvaluationReport.html" // for people: a page to look at in a browser
	EvaluationData     Output = "EvaluationReport.json" // the same for programs, with every test picture: what the console shows
)

// ContentType is what S3 says of an output.
func (o Output) ContentType() string {
	switch path.Ext(string(o)) {
	case ".json":
		return "application/json"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}

// File is an output that is there.
type File struct {
	Output Output `json:"output"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // in hexadecimal digits
}

// maxOutputName is the longest name, in bytes, that a file system holds; the embedded S3 server keeps its objects in one.
const maxOutputName = 255

// OutputAt is where a version's output lies: PREFIX/KIND-PROJECT-VERSION.ENDING. A name that would be too long ends in a
// digest instead; programs take the keys from DescribeProjectVersions in any case.
func (v *Version) OutputAt(o Output) Location {
	ending := path.Ext(string(o))
	name := fmt.Sprintf("%s-%s-%s", strings.TrimSuffix(string(o), ending), v.ARN.Project, v.ARN.Name)
	if len(name)+len(ending) > maxOutputName {
		digest := fmt.Sprintf("-%.8x", sha256.Sum256([]byte(name)))
		name = name[:maxOutputName-len(digest)-len(ending)] + digest
	}
	if prefix := strings.TrimRight(v.Output.Key, "/"); prefix != "" {
		name = prefix + "/" + name
	}
	return Location{Bucket: v.Output.Bucket, Key: name + ending}
}

// Has reports whether the training left an output.
func (r *TrainingResult) Has(o Output) bool {
	return slices.ContainsFunc(r.Files, func(f File) bool { return f.Output == o })
}
