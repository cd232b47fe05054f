package manifest

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The types of label attributes that a model can be trained on.
const (
	TypeClassification = "groundtruth/image-classification"
	TypeDetection      = "groundtruth/object-detection"
)

// outcome is what a label attribute gave.
type outcome int

const (
	labelled  outcome = iota // a label, or at least one valid box
	empty                    // no boxes at all
	unusable                 // boxes, none of them valid
	malformed                // an error of the attribute or its metadata
	outcomes  int     = iota
)

// attribute is a member of a line together with its metadata.
type attribute struct {
	line            *Line
	name            string
	value, metadata jsontext.Value
}

// metadata is what both kinds of attributes are described by. A nil member is missing.
type metadata struct {
	ClassName  *string  `json:"class-name"`
	Confidence *float64 `json:"confidence"`
	Type       *string  `json:"type"`
	Human      *string  `json:"human-annotated"`
	Created    *string  `json:"creation-date"`
	Objects    []struct {
		Confidence *float64 `json:"confidence"`
	} `json:"objects"`
	ClassMap map[string]string `json:"class-map"`
}

// creationDates are the forms that a creation-date is seen in; a fraction of a second is read by each of them.
var creationDates = []string{"2006-01-02T15:04:05", time.RFC3339, time.DateTime, "2006-01-02 15:04:05Z07:00", time.DateOnly}

func (m *metadata) described() bool {
	if m.Type == nil || m.Created == nil || m.Human == nil || (*m.Human != "yes" && *m.Human != "no") {
		return false
	}
	return slices.ContainsFunc(creationDates, func(form string) bool {
		_, err := time.Parse(form, *m.Created)
		return err == nil
	})
}

// read adds what the attribute says to the line, and what is wrong with it.
func (a attribute) read() outcome {
	var m metadata
	if a.metadata.Kind() != jsontext.KindBeginObject || json.Unmarshal(a.metadata, &m) != nil || !m.described() {
		return a.fail(InvalidMetadataFormat, MetadataLevel)
	}
	switch *m.Type {
	case TypeClassification:
		return a.readLabel(&m)
	case TypeDetection:
		return a.readBoxes(&m)
	default:
		return a.fail(UnsupportedUseCase, MetadataLevel)
	}
}

func (a attribute) readLabel(m *metadata) outcome {
	if m.ClassName == nil || m.Confidence == nil {
		return a.fail(InvalidMetadataFormat, MetadataLevel)
	}
	if !validLabel(*m.ClassName) {
		return a.fail(InvalidLabelNameLength, MetadataLevel)
	}
	if _, err := strconv.ParseInt(string(a.value), 10, 64); err != nil {
		return a.fail(InvalidAttributeFormat, AttributeLevel)
	}
	switch {
	case slices.Contains(a.line.Labels, *m.ClassName):
	case len(a.line.Labels) == MaxPictureLabels: // the service has no code for it, as it has for boxes
		return a.fail(InvalidAttributeFormat, AttributeLevel)
	default:
		a.line.Labels = append(a.line.Labels, *m.ClassName)
	}
	return labelled
}

func validLabel(name string) bool {
	return name != "" && !strings.ContainsRune(name, 0) && utf8.RuneCountInString(name) <= maxLabelChars
}

// fail reports an error that makes the whole attribute invalid.
func (a attribute) fail(code Code, level Level) outcome {
	a.report(code, level, AttributeInvalid)
	return malformed
}

// report adds a problem at the attribute or its metadata; a part that is no object passes it up to the line.
func (a attribute) report(code Code, level Level, s Severity) {
	part := a.value
	if level == MetadataLevel {
		part = a.metadata
	}
	if part.Kind() != jsontext.KindBeginObject {
		level = LineLevel
	}
	a.line.Problems = append(a.line.Problems,
		Problem{Code: code, Message: code.message(a.name), Level: level, Attribute: a.name, Severity: s})
}
