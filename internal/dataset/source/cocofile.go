package source

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ownsight/internal/dataset/manifest"
)

// cocoFile is what a file says.
type cocoFile struct {
	images      []cocoImage
	annotations []cocoAnnotation
	categories  map[int]string // names by the number of their id
	bad         []Problem      // elements that cannot be read; at most maxProblems
	crowds      int            // annotations of many objects at once, which are left out
	ids         map[string]int // numbers of the ids as they are written, each kind for itself
}

type cocoImage struct {
	id   int // number of its id
	file string
	size manifest.Size
}

type cocoAnnotation struct {
	image, category int // numbers of their ids
	box             [4]float64
}

// parseCOCO reads a file, element by element.
func parseCOCO(r io.Reader) (*cocoFile, error) {
	f := &cocoFile{categories: map[int]string{}, ids: map[string]int{}}
	read := map[string]func(jsontext.Value) error{"images": f.image, "annotations": f.annotation, "categories": f.category}
	err := eachMember(r, func(key string, d *jsontext.Decoder) error {
		take := read[key]
		if take == nil || d.PeekKind() != jsontext.KindBeginArray {
			return d.SkipValue()
		}
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		for n := 1; d.PeekKind() != jsontext.KindEndArray; n++ {
			v, err := d.ReadValue()
			if err != nil {
				return err
			}
			if err := take(v); errors.Is(err, errTooMany) {
				return err
			} else if err != nil && len(f.bad) < maxProblems {
				f.bad = append(f.bad, Problem{Text: fmt.Sprintf("element %d of %s: %v", n, key, err), Remedy: "correct it"})
			}
		}
		_, err := d.ReadToken()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("it is no JSON of COCO: %w", err)
	}
	return f, nil
}

// eachMember calls take for the members of a JSON object, with the decoder before the value.
func eachMember(r io.Reader, take func(key string, d *jsontext.Decoder) error) error {
	d := jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true))
	if t, err := d.ReadToken(); err != nil {
		return err
	} else if t.Kind() != jsontext.KindBeginObject {
		return errors.New("it is no object")
	}
	for d.PeekKind() != jsontext.KindEndObject {
		key, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := take(key.String(), d); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

var errIncomplete = errors.New("a member is missing")

// number gives the number of an id, which may be written as a number or as a string.
func (f *cocoFile) number(kind string, id jsontext.Value) int {
	key := kind + string(id)
	n, ok := f.ids[key]
	if !ok {
		n = len(f.ids)
		f.ids[key] = n
	}
	return n
}

func (f *cocoFile) image(v jsontext.Value) error {
	var m struct {
		ID     jsontext.Value `json:"id"`
		File   string         `json:"file_name"`
		Width  float64        `json:"width"`
		Height float64        `json:"height"`
	}
	if err := unmarshal(v, &m); err != nil {
		return err
	}
	if m.ID == nil || m.File == "" {
		return errIncomplete
	}
	if len(f.images) == maxPictures {
		return errTooMany
	}
	i := cocoImage{id: f.number("image", m.ID), file: m.File}
	if m.Width >= 1 && m.Height >= 1 && m.Width <= 1e6 && m.Height <= 1e6 { // else the picture itself knows
		i.size = manifest.Size{Width: int(m.Width), Height: int(m.Height)}
	}
	f.images = append(f.images, i)
	return nil
}

func (f *cocoFile) annotation(v jsontext.Value) error {
	var m struct {
		Image    jsontext.Value `json:"image_id"`
		Category jsontext.Value `json:"category_id"`
		Box      []float64      `json:"bbox"`
		Crowd    jsontext.Value `json:"iscrowd"`
	}
	if err := unmarshal(v, &m); err != nil {
		return err
	}
	if crowd := string(m.Crowd); crowd == "1" || crowd == "true" {
		f.crowds++
		return nil
	}
	if m.Image == nil || m.Category == nil || len(m.Box) != 4 {
		return errIncomplete
	}
	for _, n := range m.Box {
		if !(n >= -1e9 && n <= 1e9) {
			return fmt.Errorf("a box at %v", n)
		}
	}
	if len(f.annotations) == maxBoxes {
		return errTooMany
	}
	a := cocoAnnotation{f.number("image", m.Image), f.number("category", m.Category), [4]float64(m.Box)}
	f.annotations = append(f.annotations, a)
	return nil
}

func (f *cocoFile) category(v jsontext.Value) error {
	var m struct {
		ID   jsontext.Value `json:"id"`
		Name string         `json:"name"`
	}
	if err := unmarshal(v, &m); err != nil {
		return err
	}
	if m.ID == nil || m.Name == "" {
		return errIncomplete
	}
	f.categories[f.number("category", m.ID)] = strings.TrimSpace(m.Name)
	return nil
}

// unmarshal reads an element, and says of a wrong one only what is wrong.
func unmarshal(v jsontext.Value, m any) error {
	err := json.Unmarshal(v, m, jsontext.AllowDuplicateNames(true))
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("%s is no %v", strings.TrimPrefix(string(wrong.JSONPointer), "/"), wrong.GoType)
	}
	return err
}
