// Package manifest knows one format: JSON Lines that name a picture and its labels, as SageMaker Ground Truth writes
// them and Rekognition Custom Labels reads them. It streams a file with its bounds (Reader), judges one line and finds
// everything that is wrong with it (Parse), judges a whole file (Tally, Judge), and writes lines in each form that
// the service shows: as listed, as validated by a training, and afresh.
//
// The format and its limits: https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/md-create-manifest-file.html;
// the codes of what can be wrong: https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/tm-debugging.html.
package manifest

// Limits of a manifest and its lines. How many lines and labels a manifest may have is up to the operator; see
// ownsight.Limits.
const (
	MaxBytes         = 1 << 30
	MaxLineChars     = 100_000 // Unicode characters, without the line end
	MaxPictureLabels = 50      // of the whole picture
	MaxBoxes         = 50      // of a picture

	maxLabelChars = 255
	minSide       = 64 // pixels of a picture
	maxSide       = 4096
	maxAspect     = 20   // longer side to shorter side
	trainingSide  = 1280 // pictures are scaled down so that no side is longer before boxes are judged

	maxInvalidPercent = 20 // of a manifest's lines
	minOverlapPercent = 50 // of the training labels must occur in the test manifest
)

// UseCase is what kind of model lines can train.
type UseCase string

// The use cases that a manifest summary names.
const (
	ImageLevel    UseCase = "IMAGE_LEVEL_LABELS"  // labels of whole pictures
	Localization  UseCase = "OBJECT_LOCALIZATION" // labelled boxes
	NotDetermined UseCase = "NOT_DETERMINED"      // nothing is labelled
)
