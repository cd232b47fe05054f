package source

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"

	"ownsight/internal/dataset/manifest"
)

const annotationsFolder = "annotations" // in whatever case

// hasVOC reports whether there are XML files in a folder Annotations, or beside pictures of the same name.
func hasVOC(t *tree) bool { return len(vocFiles(t)) > 0 }

func vocFiles(t *tree) []string {
	if list := t.below(annotationsFolder, ".xml"); len(list) > 0 {
		return list
	}
	return slices.DeleteFunc(t.below("", ".xml"), func(name string) bool { return len(t.stems[stem(name)]) == 0 })
}

// readVOC reads an XML file a picture. Which picture is for what is said by ImageSets/Main/*.txt, else by the folders.
func readVOC(t *tree, c *collector) error {
	sets := c.imageSets()
	unlisted := 0
	for _, name := range vocFiles(t) {
		s := splitOf(name, false)
		if sets != nil {
			var listed bool
			if s, listed = sets[path.Base(stem(name))]; !listed {
				unlisted++
				continue
			}
		}
		b, err := t.bytes(name, maxAnnotation)
		var v vocAnnotation
		if err == nil {
			v, err = parseVOC(b)
		}
		if err != nil {
			c.tell(Problem{File: name, Text: err.Error(), Remedy: "export it again as Pascal VOC"})
			continue
		}
		p, ok := c.vocPicture(name, v)
		if !ok {
			continue
		}
		if err := c.add(entry{Picture: p, split: s, said: Problem{File: name}, boxed: true}); err != nil {
			return err
		}
	}
	if unlisted > 0 {
		c.tell(Problem{File: "ImageSets", Text: fmt.Sprintf("%d annotated pictures are in none of its lists", unlisted),
			Remedy: "list them in train.txt or test.txt, or remove ImageSets"})
	}
	return nil
}

// vocAnnotation is an XML file of Pascal VOC. Numbers are read later, so that a bad one spoils its box only.
type vocAnnotation struct {
	XMLName  xml.Name `xml:"annotation"`
	Filename string   `xml:"filename"`
	Width    string   `xml:"size>width"`
	Height   string   `xml:"size>height"`
	Objects  []struct {
		Name string `xml:"name"`
		Box  struct {
			Left   string `xml:"xmin"`
			Top    string `xml:"ymin"`
			Right  string `xml:"xmax"`
			Bottom string `xml:"ymax"`
		} `xml:"bndbox"`
	} `xml:"object"`
}

// parseVOC reads an XML file.
func parseVOC(b []byte) (v vocAnnotation, err error) {
	if err := xml.NewDecoder(bytes.NewReader(b)).Decode(&v); err != nil {
		return v, fmt.Errorf("it is no annotation of Pascal VOC: %w", err)
	}
	return v, nil
}

// boxes gives the boxes of an annotation, and the numbers from 1 of those that are none. The corners of VOC are the
// first and the last pixel, counted from 1.
func (v vocAnnotation) boxes() (list []manifest.Box, bad []int) {
	for i, o := range v.Objects {
		var n [4]float64
		ok := true
		for k, text := range [4]string{o.Box.Left, o.Box.Top, o.Box.Right, o.Box.Bottom} {
			var is bool
			n[k], is = number(text)
			ok = ok && is
		}
		if !ok {
			bad = append(bad, i+1)
			continue
		}
		left, top := max(n[0]-1, 0), max(n[1]-1, 0) // tools that count from 0 lose a pixel at most
		box := manifest.Box{Label: strings.TrimSpace(o.Name), Left: left, Top: top, Width: n[2] - left, Height: n[3] - top}
		list = append(list, box)
	}
	return list, bad
}

// vocPicture finds the picture of an annotation; false, and it is told, where there is none.
func (c *collector) vocPicture(file string, v vocAnnotation) (Picture, bool) {
	p := Picture{}
	name, err := local(strings.TrimSpace(v.Filename))
	if strings.TrimSpace(v.Filename) == "" {
		name, err = path.Base(stem(file)), nil
	}
	if err == nil {
		p.Name, err = c.vocFile(file, name)
	}
	if err != nil {
		c.tell(Problem{File: file, Text: fmt.Sprintf("picture %q: %v", v.Filename, err),
			Remedy: "put it into JPEGImages, as .jpg or .png"})
		return p, false
	}
	width, okWidth := number(v.Width)
	height, okHeight := number(v.Height)
	if okWidth && okHeight && width > 0 && height > 0 { // else the picture itself knows
		p.Size = manifest.Size{Width: int(width), Height: int(height)}
	}
	var bad []int
	p.Boxes, bad = v.boxes()
	for _, n := range bad {
		c.tell(Problem{File: file, Text: fmt.Sprintf("object %d has no bndbox with xmin, ymin, xmax and ymax", n),
			Remedy: "draw its box"})
	}
	return p, true
}

// vocFile looks for a picture in the folders beside Annotations, beside the XML file itself, and there by the XML
// file's name.
func (c *collector) vocFile(file, name string) (string, error) {
	folders := []string{path.Dir(file)}
	for _, sibling := range []string{"JPEGImages", "images"} {
		if swapped := swapFolder(file, annotationsFolder, sibling); swapped != "" {
			folders = append(folders, path.Dir(swapped))
		}
	}
	for _, folder := range folders {
		if at := path.Join(folder, name); isPicture(at) && c.tree.has(at) {
			return at, nil
		}
	}
	for _, folder := range folders {
		for _, at := range [2]string{path.Join(folder, stem(name)), path.Join(folder, path.Base(stem(file)))} {
			if found := c.tree.stems[at]; len(found) > 0 {
				return found[0], nil
			}
		}
	}
	return "", errNotThere
}

// imageSets reads the lists of pictures by split; nil where there are none. Lists of one label (cat_train.txt) are no
// splits.
func (c *collector) imageSets() map[string]split {
	var sets map[string]split
	for _, name := range c.tree.below("imagesets", ".txt") {
		s, ok := splitNamed(path.Base(stem(name)))
		if !ok {
			continue
		}
		b, err := c.tree.bytes(name, maxList)
		if err != nil {
			c.tell(Problem{File: name, Text: err.Error(), Remedy: "make it a list of names, one a line"})
			continue
		}
		if sets == nil {
			sets = map[string]split{}
		}
		for line := range strings.Lines(string(b)) {
			id, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if id != "" {
				sets[id] = max(sets[id], s)
			}
		}
	}
	return sets
}
