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
	Model       Model        `json:"model"`
	Task        Task         `json:"task"`
	Figures     Figures      `json:"figures"`
	Foretold    *Foretold    `json:"foretold,omitempty"` // nil where nothing could be held out
	Labels      []Label      `json:"labels,omitempty"`   // in the order of the model
	Confusion   *Confusion   `json:"confusion,omitempty"`
	Reliability []Bin        `json:"reliability,omitempty"` // lowest scores first; of boxes those with scores from 0.05 on
	Search      Search       `json:"search"`
	Losses      []Series     `json:"losses,omitempty"`
	Mistakes    []Mistake    `json:"mistakes,omitempty"`    // on test pictures, the worst first; thumbnails are wanted of the first MostMistakes
	WrongLabels []WrongLabel `json:"wrongLabels,omitempty"` // in the training set, the most certain first; likewise of the first MostWrongLabels
	Scarce      []Scarce     `json:"scarce,omitempty"`
	Method      Method       `json:"method"`
	Tests       []Test       `json:"tests,omitempty"` // for WriteData alone: the first MostTests test pictures
}

// Model names what was trained.
type Model struct {
	Project string `json:"project"`
	Version string `json:"version"`
	ARN     string `json:"arn"`
	Program string `json:"program"` // name and version of what trained it
	Network string `json:"network"` // the pretrained network below it
}

// Figures are measured on the test pictures. Aggregates are macro means over labels.
type Figures struct {
	TestPictures int           `json:"testPictures"`
	F1           Figure        `json:"f1"`
	Precision    Figure        `json:"precision"`
	Recall       Figure        `json:"recall"`
	Further      []NamedFigure `json:"further,omitempty"` // such as accuracy or mean average precision
}

// Figure is a number, 0..1, and where it lies with 95 % confidence.
type Figure struct {
	Value    float64   `json:"value"`
	Interval *Interval `json:"interval,omitempty"` // nil where it is not known
}

// Interval has both its ends in 0..1.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// NamedFigure is any other number.
type NamedFigure struct {
	Name string `json:"name"`
	Figure
	Note string `json:"note"` // a sentence that explains it; may be empty
}

// Foretold is what pictures that were held out inside the training set led to expect.
type Foretold struct {
	Folds    int     `json:"folds"`
	Pictures int     `json:"pictures"` // held out once each
	F1       float64 `json:"f1"`
	Modest   bool    `json:"modest"` // the models that were judged by them were trained for less time than the final one, so it may do better
}

// Label is how one label did at its threshold.
type Label struct {
	Name             string       `json:"name"`
	TrainingPictures int          `json:"trainingPictures"`
	TestPictures     int          `json:"testPictures"`
	TestBoxes        int          `json:"testBoxes"`     // 0 for tasks without boxes
	TruePositives    int          `json:"truePositives"` // of pictures, or of boxes where there are any
	FalsePositives   int          `json:"falsePositives"`
	FalseNegatives   int          `json:"falseNegatives"`
	Precision        Figure       `json:"precision"`
	Recall           Figure       `json:"recall"`
	F1               float64      `json:"f1"`
	AveragePrecision float64      `json:"averagePrecision"`
	Threshold        float64      `json:"threshold"` // assumed: from this score on the label is answered unless a caller asks otherwise
	Curve            []CurvePoint `json:"curve,omitempty"`
	Sweep            *Sweep       `json:"sweep,omitempty"` // for the slider; nil for none
}

// CurvePoint is a point of a precision-recall curve, in the order of falling thresholds.
type CurvePoint struct {
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

// Sweep counts answers at thresholds 0, 0.01 ... 1.
type Sweep struct {
	TruePositives  [101]int `json:"truePositives"`
	FalsePositives [101]int `json:"falsePositives"`
}

// Confusion counts answers by true label.
type Confusion struct {
	Labels []string `json:"labels,omitempty"`
	// Counts are [true label][answered label]. With Nothing there is one more row, of what was answered where nothing is,
	// and one more column, of what nothing was answered for.
	Counts  [][]int `json:"counts,omitempty"`
	Nothing bool    `json:"nothing"`
}

// Bin is one bar of a reliability diagram.
type Bin struct {
	Low     float64 `json:"low"` // its scores
	High    float64 `json:"high"`
	Answers int     `json:"answers"`
	Score   float64 `json:"score"` // mean
	Right   float64 `json:"right"` // share of answers
}

// Search is what was tried and what was taken.
type Search struct {
	Measures   []string    `json:"measures,omitempty"` // columns, such as "Log loss"
	DecidedBy  int         `json:"decidedBy"`          // index into Measures, or -1 where it was not one of them alone
	Candidates []Candidate `json:"candidates,omitempty"`
	Why        string      `json:"why"` // a sentence; may be empty
}

// Candidate is one way to train, judged on held-out training pictures.
type Candidate struct {
	Name     string        `json:"name"`
	Pictures int           `json:"pictures"`         // held out to judge it; 0 for unknown
	Values   []float64     `json:"values,omitempty"` // one a measure; NaN for what was not measured
	Took     time.Duration `json:"took"`             // 0 for what was not measured
	Chosen   bool          `json:"chosen"`
}

// Series is a line of the plot of training curves.
type Series struct {
	Name   string  `json:"name"`
	Points []Point `json:"points,omitempty"` // by rising step
}

// Point is a loss at a step of training.
type Point struct {
	Step int     `json:"step"`
	Loss float64 `json:"loss"`
}

// How many pictures are shown small at most. Of wrong labels beyond them, the names are listed.
const (
	MostMistakes    = 24
	MostWrongLabels = 16
)

// Picture is shown small: up to 350 pixels wide.
type Picture struct {
	Name string `json:"name"`
	JPEG []byte `json:"-"` // nil for none; what is no JPEG is not shown
}

// Mistake is a test picture with wrong answers.
type Mistake struct {
	Picture Picture  `json:"picture"`
	Truth   []string `json:"truth,omitempty"`  // labels
	Wrong   []Answer `json:"wrong,omitempty"`  // answered and not true
	Missed  []Answer `json:"missed,omitempty"` // true and not answered
	Boxes   []Box    `json:"boxes,omitempty"`
}

// Answer is a label with its score, 0..1.
type Answer struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// Box is drawn over a picture.
type Box struct {
	Kind   BoxKind `json:"kind"`
	Label  string  `json:"label"`
	Score  float64 `json:"score"` // of answers
	Left   float64 `json:"left"`  // shares of the picture's sides
	Top    float64 `json:"top"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
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
	Picture    Picture `json:"picture"`
	Given      string  `json:"given"`     // empty where a label or a box seems to be missing
	Suggested  string  `json:"suggested"` // empty where the given one seems to be one too many
	Confidence float64 `json:"confidence"`
	Boxes      []Box   `json:"boxes,omitempty"`
}

// Scarce is a label with too little data.
type Scarce struct {
	Label            string   `json:"label"`
	TrainingPictures int      `json:"trainingPictures"`
	TestPictures     int      `json:"testPictures"`
	Recall           Interval `json:"recall"`
	FewToLearn       bool     `json:"fewToLearn"` // too few training pictures
	FewToTell        bool     `json:"fewToTell"`  // too few test pictures for its figures to mean much
}

// Method is how the figures came about.
type Method struct {
	TrainingPictures int           `json:"trainingPictures"`
	Seed             uint64        `json:"seed"`
	Ended            time.Time     `json:"ended"` // zero for unknown
	Took             time.Duration `json:"took"`
	Steps            []Step        `json:"steps,omitempty"`
	Digests          []Fact        `json:"digests,omitempty"` // name and hexadecimal SHA-256, of data, model and network
	Further          []Fact        `json:"further,omitempty"` // anything else to write down, such as versions
}

// Step is a part of the training and how long it took.
type Step struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took"`
}

// Fact is a line to write down.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
