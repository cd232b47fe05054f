package page

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What the data hold at most of lists that may be long.
const (
	MostTests     = 20_000
	MostAnswers   = 100 // of one test picture
	mostMistaken  = 1000
	mostSuspected = 5000
)

// Test is a test picture and what was answered: what lies behind the figures. Labels are indices into the page's.
type Test struct {
	Picture string   `json:"picture"` // its s3 URI
	Truth   []int    `json:"truth"`   // of the whole picture, or of its boxes, each once
	Answers []Said   `json:"answers"` // the best first; what is neither true nor anywhere near an answer is left out
	Boxes   []Placed `json:"boxes,omitempty"`
	Cells   [][2]int `json:"cells,omitempty"` // of the confusion matrix, that it counts in: true label, answered label
}

// Said is a label, or a box with a label, that was answered.
type Said struct {
	Label int     `json:"label"`
	Score float64 `json:"score"`
	Box   *Place  `json:"box,omitempty"`
	Finds *int    `json:"finds,omitempty"` // the true box of its label that it finds, an index into Boxes
}

// Placed is a true box.
type Placed struct {
	Label int   `json:"label"`
	Box   Place `json:"box"`
}

// Place is left, top, width and height of a box, as shares of the picture's sides.
type Place [4]float64

// boxKinds spells them.
var boxKinds = map[BoxKind]string{TruthFound: "truth-found", TruthMissed: "truth-missed", AnswerRight: "answer-right", AnswerWrong: "answer-wrong"}

// digits is how exact the data are: as exact as the model's own figures.
const digits = 1e6

// forms are those of what JSON has no form for: numbers that are none are null, times are in seconds.
var forms = json.JoinMarshalers(
	json.MarshalToFunc(func(to *jsontext.Encoder, f float64) error {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return to.WriteToken(jsontext.Null)
		}
		return to.WriteToken(jsontext.Float(math.Round(f*digits) / digits))
	}),
	json.MarshalToFunc(func(to *jsontext.Encoder, d time.Duration) error { return to.WriteToken(jsontext.Float(d.Seconds())) }),
	json.MarshalToFunc(func(to *jsontext.Encoder, k BoxKind) error { return to.WriteToken(jsontext.String(boxKinds[k])) }),
)

// WriteData writes the page for programs: everything but the thumbnails, as one JSON object.
func WriteData(w io.Writer, p Page) error {
	p.Mistakes = p.Mistakes[:min(mostMistaken, len(p.Mistakes))]
	p.WrongLabels = p.WrongLabels[:min(mostSuspected, len(p.WrongLabels))]
	p.Tests = p.Tests[:min(MostTests, len(p.Tests))]
	if err := json.MarshalWrite(w, p, json.WithMarshalers(forms)); err != nil {
		return fmt.Errorf("report: writing the data: %w", err)
	}
	return nil
}
