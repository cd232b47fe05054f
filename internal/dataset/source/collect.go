package source

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"ownsight/internal/dataset/manifest"
	"ownsight/internal/vision/picture"
)

// collector gathers what a layout's files say, and makes a set of it.
type collector struct {
	tree    *tree
	set     Set
	entries []entry
	byName  map[string]int // index into entries of a picture's name or source-ref
	boxes   int            // so far, of all pictures
}

// entry is a picture as its labels came.
type entry struct {
	Picture
	split  split
	said   Problem // where; without a text
	boxed  bool    // it is labelled by boxes, even if by none
	shares bool    // of the picture's sides, instead of pixels, are what the boxes' sides are given in
}

// errTooMany ends the reading of a folder that is no set of labelled pictures any more.
var errTooMany = fmt.Errorf("more than %d pictures or %d boxes; give a smaller folder", maxPictures, maxBoxes)

// find gives the entry of a picture, which is the given one where there is none yet.
func (c *collector) find(given entry) (e *entry, isNew bool, err error) {
	if c.byName == nil {
		c.byName = map[string]int{}
	}
	key := given.Name + "\x00" + given.SourceRef
	if i, ok := c.byName[key]; ok {
		return &c.entries[i], false, nil
	}
	if len(c.entries) == maxPictures {
		return nil, false, errTooMany
	}
	if given.Name != "" {
		given.Path = c.tree.path(given.Name)
	}
	c.byName[key] = len(c.entries)
	c.entries = append(c.entries, given)
	return &c.entries[len(c.entries)-1], true, nil
}

// add takes a picture that is described whole in one place. One that was described before keeps what it has, unless it
// is now to be tested with: what is tested with is never trained on.
func (c *collector) add(given entry) error {
	if c.boxes += len(given.Boxes); c.boxes > maxBoxes {
		return errTooMany
	}
	e, isNew, err := c.find(given)
	if err != nil || isNew {
		return err
	}
	problem := given.said
	problem.Text = fmt.Sprintf("%s is in %s already", e.title(), e.said.at())
	switch {
	case given.split == e.split:
		problem.Remedy = "describe each picture once; the first description counts"
	case given.split > e.split:
		problem.Remedy = "a picture is trained on or tested with, not both; it is taken as this file says"
		given.Path = e.Path
		*e = given
	default:
		problem.Remedy = "a picture is trained on or tested with, not both; it is taken as that one says"
	}
	c.tell(problem)
	return nil
}

// title names a picture to people.
func (p Picture) title() string {
	if p.Name == "" {
		return p.SourceRef
	}
	return p.Name
}

// at says where something stands.
func (p Problem) at() string {
	p.Text, p.Remedy = "", ""
	text := p.String()
	return text[:max(len(text)-len(": "), 0)]
}

// finish sorts out the pictures that can be used, and which are to be tested with.
func (c *collector) finish() error {
	tested := slices.ContainsFunc(c.entries, func(e entry) bool { return e.split == toTest })
	here, there := 0, 0
	for i := range c.entries {
		e := &c.entries[i]
		if e.boxed && e.Name != "" && !c.measure(e) || !c.judge(e) {
			continue
		}
		if e.Name != "" {
			here++
		} else {
			there++
		}
		if e.split == toTest || e.split == toValidate && !tested {
			c.set.Testing = append(c.set.Testing, e.Picture)
		} else {
			c.set.Training = append(c.set.Training, e.Picture)
		}
	}
	if here > 0 && there > 0 {
		return errors.New("some pictures lie in the folder and some in S3, and a dataset has one bucket; " +
			"bring all of them to one place")
	}
	return nil
}

// measure looks up the size of a picture, which boxes refer to, and fits its boxes. What a file says of the size must
// agree: boxes of a picture that was scaled or turned since would lie elsewhere.
func (c *collector) measure(e *entry) bool {
	b, err := c.tree.bytes(e.Name, maxPicture)
	if err == nil && len(b) == 0 {
		err = errors.New("is empty")
	}
	var h picture.Header
	if err == nil {
		h, err = picture.Inspect(b)
	}
	problem := e.said
	if err != nil {
		problem.Text, problem.Remedy = fmt.Sprintf("%s: %v", e.Name, err), "give a JPEG or PNG picture that can be read"
		c.tell(problem)
		return false
	}
	size := manifest.Size(h.Size)
	if e.Size != (manifest.Size{}) && e.Size != size {
		problem.Text = fmt.Sprintf("%s has %d x %d pixels, and its boxes were drawn on %d x %d",
			e.Name, size.Width, size.Height, e.Size.Width, e.Size.Height)
		problem.Remedy = "give the picture that they were drawn on"
		if h.Orientation != 1 && e.Size == manifest.Size(h.Stored) {
			problem.Remedy = "draw them on the upright picture: its EXIF orientation turns it"
		}
		c.tell(problem)
		return false
	}
	e.Size = size
	for i := range e.Boxes {
		if e.shares {
			e.Boxes[i] = inPixels(e.Boxes[i], size)
		}
		e.Boxes[i] = clipped(e.Boxes[i], size)
	}
	return true
}

// inPixels turns shares of a picture's sides into pixels.
func inPixels(b manifest.Box, size manifest.Size) manifest.Box {
	width, height := float64(size.Width), float64(size.Height)
	b.Left, b.Top, b.Width, b.Height = b.Left*width, b.Top*height, b.Width*width, b.Height*height
	return b
}

// clipped cuts off what of a box lies outside of the picture, as tools let it; a box of which that is more than half is
// left to be found wrong.
func clipped(b manifest.Box, size manifest.Size) manifest.Box {
	left, top := max(b.Left, 0), max(b.Top, 0)
	right, bottom := min(b.Left+b.Width, float64(size.Width)), min(b.Top+b.Height, float64(size.Height))
	if !((right-left)*(bottom-top)*2 >= b.Width*b.Height) || right < left || bottom < top {
		return b
	}
	inside := manifest.Box{Label: b.Label, Left: left, Top: top, Width: right - left, Height: bottom - top}
	for inside.Left+inside.Width > float64(size.Width) { // by a rounding error
		inside.Width = math.Nextafter(inside.Width, 0)
	}
	for inside.Top+inside.Height > float64(size.Height) {
		inside.Height = math.Nextafter(inside.Height, 0)
	}
	return inside
}

// judge leaves of a picture what the service would use, by the service's own rules, and tells of the rest.
func (c *collector) judge(e *entry) bool {
	ref := e.SourceRef
	if ref == "" {
		ref = "s3://pictures/" + e.Name
	}
	problem := e.said
	line, err := e.Line(ref, time.Time{})
	if err != nil {
		problem.Text, problem.Remedy = fmt.Sprintf("%q: %v", e.title(), err), "use names in UTF-8, and numbers"
		c.tell(problem)
		return false
	}
	l := manifest.Parse([]byte(line))
	for _, p := range l.Problems {
		if !worthTelling(p) {
			continue
		}
		problem.Text, problem.Remedy = e.title()+": "+p.Message, remedies[p.Code]
		if p.Level == manifest.AnnotationLevel {
			problem.Text = fmt.Sprintf("%s, box %d: %s", e.title(), p.Annotation+1, p.Message)
		}
		c.tell(problem)
	}
	e.Labels, e.Boxes = l.Labels, l.Boxes
	return l.Valid()
}
