package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jobName says in the metadata of the lines that are written here who wrote them.
const jobName = "ownsight"

// TimeForm is how Ground Truth writes a moment: UTC without saying so, to the microsecond.
const TimeForm = "2006-01-02T15:04:05.000000"

// Provenance ends the metadata of a label attribute: what kind it is, who made it and when.
type Provenance struct {
	Type    string `json:"type"`
	Job     string `json:"job-name"`
	Human   string `json:"human-annotated"` // yes or no
	Created string `json:"creation-date"`   // in TimeForm
}

// LabelMetadata describes the attribute that holds a label of a whole picture.
type LabelMetadata struct {
	Label      string  `json:"class-name"`
	Confidence float64 `json:"confidence"` // 0..1
	Provenance
}

// BoxesValue is the value of the attribute that holds the boxes of a picture.
type BoxesValue struct {
	ImageSize   []ImageSize  `json:"image_size"` // exactly one
	Annotations []Annotation `json:"annotations"`
}

// ImageSize is a picture's size in pixels; Depth is its number of channels.
type ImageSize struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	Depth  int `json:"depth"`
}

// Annotation is a box in pixels with the number of its label in the class map.
type Annotation struct {
	ClassID int     `json:"class_id"`
	Left    float64 `json:"left"`
	Top     float64 `json:"top"`
	Width   float64 `json:"width"`
	Height  float64 `json:"height"`
}

// BoxesMetadata describes the attribute that holds boxes. Objects has one element a box, each with a confidence.
type BoxesMetadata[O any] struct {
	Objects  []O               `json:"objects"`
	ClassMap map[string]string `json:"class-map"`
	Provenance
}

// Member is a name and a value of a line; the value is anything that marshals to JSON.
type Member struct {
	Name  string
	Value any
}

// FormatLine writes the members of a line in their order, compact and without a line end.
func FormatLine(members ...Member) (string, error) {
	var out strings.Builder
	e := jsontext.NewEncoder(&out, json.Deterministic(true))
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return "", fmt.Errorf("writing a manifest line: %w", err)
	}
	for _, m := range members {
		if err := e.WriteToken(jsontext.String(m.Name)); err != nil {
			return "", fmt.Errorf("writing %s of a manifest line: %w", m.Name, err)
		}
		if err := json.MarshalEncode(e, m.Value); err != nil {
			return "", fmt.Errorf("writing %s of a manifest line: %w", m.Name, err)
		}
	}
	if err := e.WriteToken(jsontext.EndObject); err != nil {
		return "", fmt.Errorf("writing a manifest line: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// ImageLine writes the line of a picture with labels for the whole of it, one attribute each, as Ground Truth does for
// one label. Without labels it is the line of a picture that is yet to be labelled. There is no line end. A name that
// is not UTF-8 is an error.
func ImageLine(sourceRef string, labels []string, when time.Time) (string, error) {
	line := []Member{{sourceRefKey, sourceRef}}
	for i, label := range labels {
		name := "label-" + strconv.Itoa(i)
		line = append(line, Member{name, i}, Member{name + metadataSuffix, LabelMetadata{
			Label: label, Confidence: 1, Provenance: byHand(TypeClassification, when)}})
	}
	return FormatLine(line...)
}

// BoxLine writes the line of a picture with labelled boxes, as Ground Truth does. Class ids count the labels of the
// line in the order of their first box. There is no line end. A name that is not UTF-8 is an error.
func BoxLine(sourceRef string, size Size, boxes []Box, when time.Time) (string, error) {
	type object struct {
		Confidence float64 `json:"confidence"`
	}
	metadata := BoxesMetadata[object]{Objects: []object{}, Provenance: byHand(TypeDetection, when)}
	for range boxes {
		metadata.Objects = append(metadata.Objects, object{Confidence: 1})
	}
	var value BoxesValue
	value, metadata.ClassMap = FormatBoxes(size, boxes)
	return FormatLine(Member{sourceRefKey, sourceRef}, Member{"boxes", value}, Member{"boxes" + metadataSuffix, metadata})
}

// FormatBoxes gives the value of an attribute that holds boxes, and its class map.
func FormatBoxes(size Size, boxes []Box) (BoxesValue, map[string]string) {
	value := BoxesValue{ImageSize: []ImageSize{{Width: size.Width, Height: size.Height, Depth: 3}}, Annotations: []Annotation{}}
	classes, labels := map[string]string{}, []string(nil)
	for _, b := range boxes {
		id := slices.Index(labels, b.Label)
		if id < 0 {
			id = len(labels)
			labels = append(labels, b.Label)
			classes[strconv.Itoa(id)] = b.Label
		}
		value.Annotations = append(value.Annotations,
			Annotation{ClassID: id, Left: b.Left, Top: b.Top, Width: b.Width, Height: b.Height})
	}
	return value, classes
}

func byHand(kind string, when time.Time) Provenance {
	return Provenance{Type: kind, Job: jobName, Human: "yes", Created: when.UTC().Format(TimeForm)}
}
