// Package page writes what a training found as one HTML file for people: how good the model is and how sure that is, on
// which pictures it is wrong, which training labels are likely wrong, what was tried, and how all of it was measured.
// The file needs nothing besides itself, no network and no script; a small script adds sorting and a slider. The
// package computes no figures, they are handed in as plain data; the same data gives the same bytes.
package page

import "time"

// Task is what a model tells of a picture.
type Task string

// The tasks, spelled as in a model's card.
const (
	SingleLabel Task = "single-label"
	MultiLabel  Task = "multi-label"
	Boxes       Task = "boxes"
)

// Page is everything that a report can tell. Parts that are left empty are left out, without a gap.
type Page struct {
	Model       Model
	Task        Task
	Figures     Figures
	Foretold    *Foretold // nil where nothing could be held out
	Labels      []Label   // in the order of the model
	Confusion   *Confusion
	Reliability []Bin // lowest scores first; of boxes those with scores from 0.05 on
	Search      Search
	Losses      []Series
	Mistakes    []Mistake    // on test pictures, the worst first; thumbnails are wanted of the first MostMistakes
	WrongLabels []WrongLabel // in the training set, the most certain first; likewise of the first MostWrongLabels
	Scarce      []Scarce
	Method      Method
}

// Model names what was trained.
type Model struct {
	Project string
	Version string
	ARN     string
	Program string // name and version of what trained it
	Network string // the pretrained network below it
}

// Figures are measured on the test pictures. Aggregates are macro means over labels.
type Figures struct {
	TestPictures int
	F1           Figure
	Precision    Figure
	Recall       Figure
	Further      []NamedFigure // such as accuracy or mean average precision
}

// Figure is a number, 0..1, and where it lies with 95 % confidence.
type Figure struct {
	Value    float64
	Interval *Interval // nil where it is not known
}

// Interval has both its ends in 0..1.
type Interval struct{ Low, High float64 }

// NamedFigure is any other number.
type NamedFigure struct {
	Name string
	Figure
	Note string // a sentence that explains it; may be empty
}

// Foretold is what pictures that were held out inside the training set led to expect.
type Foretold struct {
	Folds    int
	Pictures int // held out once each
	F1       float64
	Modest   bool // the models that were judged by them were trained for less time than the final one, so it may do better
}

// Label is how one label did at its threshold.
type Label struct {
	Name             string
	TrainingPictures int
	TestPictures     int
	TestBoxes        int // 0 for tasks without boxes
	TruePositives    int // of pictures, or of boxes where there are any
	FalsePositives   int
	FalseNegatives   int
	Precision        Figure
	Recall           Figure
	F1               float64
	AveragePrecision float64
	Threshold        float64 // assumed: from this score on the label is answered unless a caller asks otherwise
	Curve            []CurvePoint
	Sweep            *Sweep // for the slider; nil for none
}

// CurvePoint is a point of a precision-recall curve, in the order of falling thresholds.
type CurvePoint struct{ Recall, Precision float64 }

// Sweep counts answers at thresholds 0, 0.01 ... 1.
type Sweep struct{ TruePositives, FalsePositives [101]int }

// Confusion counts answers by true label.
type Confusion struct {
	Labels []string
	// Counts are [true label][answered label]. With Nothing there is one more row, of what was answered where nothing is,
	// and one more column, of what nothing was answered for.
	Counts  [][]int
	Nothing bool
}

// Bin is one bar of a reliability diagram.
type Bin struct {
	Low, High float64 // its scores
	Answers   int
	Score     float64 // mean
	Right     float64 // share of answers
}

// Search is what was tried and what was taken.
type Search struct {
	Measures   []string // columns, such as "Log loss"
	DecidedBy  int      // index into Measures, or -1 where it was not one of them alone
	Candidates []Candidate
	Why        string // a sentence; may be empty
}

// Candidate is one way to train, judged on held-out training pictures.
type Candidate struct {
	Name     string
	Pictures int           // held out to judge it; 0 for unknown
	Values   []float64     // one a measure; NaN for what was not measured
	Took     time.Duration // 0 for what was not measured
	Chosen   bool
}

// Series is a line of the plot of training curves.
type Series struct {
	Name   string
	Points []Point // by rising step
}

// Point is a loss at a step of training.
type Point struct {
	Step int
	Loss float64
}

// How many pictures are shown small at most. Of wrong labels beyond them, the names are listed.
const (
	MostMistakes    = 24
	MostWrongLabels = 16
)

// Picture is shown small: up to 350 pixels wide.
type Picture struct {
	Name string
	JPEG []byte // nil for none; what is no JPEG is not shown
}

// Mistake is a test picture with wrong answers.
type Mistake struct {
	Picture Picture
	Truth   []string // labels
	Wrong   []Answer // answered and not true
	Missed  []Answer // true and not answered
	Boxes   []Box
}

// Answer is a label with its score, 0..1.
type Answer struct {
	Label string
	Score float64
}

// Box is drawn over a picture.
type Box struct {
	Kind                     BoxKind
	Label                    string
	Score                    float64 // of answers
	Left, Top, Width, Height float64 // shares of the picture's sides
}

// BoxKind says what a box is.
type BoxKind int

// The kinds of boxes.
const (
	TruthFound  BoxKind = iota // true, and found
	TruthMissed                // true, and missed
	AnswerRight                // found, and true
	AnswerWrong                // found where there is no such thing
)

// WrongLabel is a training picture whose label, or one of whose boxes, is likely wrong.
type WrongLabel struct {
	Picture    Picture
	Given      string // empty where a label or a box seems to be missing
	Suggested  string // empty where the given one seems to be one too many
	Confidence float64
	Boxes      []Box
}

// Scarce is a label with too little data.
type Scarce struct {
	Label            string
	TrainingPictures int
	TestPictures     int
	Recall           Interval
	FewToLearn       bool // too few training pictures
	FewToTell        bool // too few test pictures for its figures to mean much
}

// Method is how the figures came about.
type Method struct {
	TrainingPictures int
	Seed             uint64
	Ended            time.Time // zero for unknown
	Took             time.Duration
	Steps            []Step
	Digests          []Fact // name and hexadecimal SHA-256, of data, model and network
	Further          []Fact // anything else to write down, such as versions
}

// Step is a part of the training and how long it took.
type Step struct {
	Name string
	Took time.Duration
}

// Fact is a line to write down.
type Fact struct{ Name, Value string }
