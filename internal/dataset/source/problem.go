package source

import (
	"strconv"

	"ownsight/internal/dataset/manifest"
)

// maxProblems bounds the list of problems: who has more does not read them.
const maxProblems = 1000

// Problem is something that could not be used as it stands.
type Problem struct {
	File   string `json:"file,omitempty"` // below the folder, with slashes; empty for the folder itself
	Line   int    `json:"line,omitempty"` // from 1; 0 for the whole file
	Text   string `json:"text"`           // what is wrong
	Remedy string `json:"remedy"`         // what to do about it
}

func (p Problem) String() string {
	text := p.File
	if p.Line > 0 {
		text += ":" + strconv.Itoa(p.Line)
	}
	if text != "" {
		text += ": "
	}
	text += p.Text
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	return text
}

// tell notes a problem.
func (c *collector) tell(p Problem) {
	if len(c.set.Problems) == maxProblems {
		c.set.Untold++
		return
	}
	c.set.Problems = append(c.set.Problems, p)
}

// remedies are what to do about a line that the service would not use. The others explain themselves.
var remedies = map[manifest.Code]string{
	manifest.InvalidBox:             "draw the box inside the picture",
	manifest.BoxTooSmall:            "draw a box of more than one pixel a side, in a picture of no more than 1280",
	manifest.TooManyBoxes:           "leave at most 50 boxes in a picture, or cut the picture into several",
	manifest.InvalidLabelNameLength: "give the label a name of 1 to 255 characters",
	manifest.InvalidImageDimension:  "use a picture of 64 to 4096 pixels a side, no more than 20 times as long as wide",
	manifest.InvalidSourceRef:       "give the picture a name of at most 1024 bytes of UTF-8",
	manifest.InvalidAttributeFormat: "leave at most 50 labels on a picture",
}

// worthTelling leaves out warnings, and that nothing is left of a line after what was told before.
func worthTelling(p manifest.Problem) bool {
	summary := p.Code == manifest.NoValidLabelAttributes || p.Code == manifest.NoValidAnnotations
	return p.Severity > manifest.Warning && !summary
}
