package source

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"ownsight/internal/dataset/manifest"
)

const labelsFolder = "labels"

// hasYOLO reports whether there are text files in a folder labels for pictures in a folder images.
func hasYOLO(t *tree) bool {
	return slices.ContainsFunc(t.below(labelsFolder, ".txt"), func(name string) bool { return yoloPicture(t, name) != "" })
}

// yoloPicture finds the picture of a text file: labels/train/1.txt is about images/train/1.jpg, or it lies beside it.
func yoloPicture(t *tree, name string) string {
	for _, at := range []string{stem(swapFolder(name, labelsFolder, "images")), stem(name)} {
		if found := t.stems[at]; len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// readYOLO reads a text file a picture: lines of a label's number, and of the centre and the sides of a box as shares
// of the picture's sides. Which picture is for what is said by the folders.
func readYOLO(t *tree, c *collector) error {
	labels, err := yoloNames(t)
	if err != nil {
		return err
	}
	for _, name := range t.below(labelsFolder, ".txt") {
		if path.Base(name) == classesFile {
			continue
		}
		file := yoloPicture(t, name)
		if file == "" {
			c.tell(Problem{File: name, Text: "there is no picture of this name in images",
				Remedy: "put it there, as .jpg or .png, or remove the text file"})
			continue
		}
		b, err := t.bytes(name, maxAnnotation)
		if err != nil {
			c.tell(Problem{File: name, Text: err.Error(), Remedy: "write a line a box: LABEL X Y WIDTH HEIGHT"})
			continue
		}
		boxes, bad := parseYOLO(string(b), labels)
		for _, problem := range bad {
			problem.File = name
			c.tell(problem)
		}
		err = c.add(entry{Picture: Picture{Name: file, Boxes: boxes}, split: splitOf(name, false),
			said: Problem{File: name}, boxed: true, shares: true})
		if err != nil {
			return err
		}
	}
	if loose := c.unlabelled(); loose > 0 {
		c.tell(Problem{Text: fmt.Sprintf("%d pictures in images have no text file in labels", loose),
			Remedy: "label them, or add empty files"})
	}
	return nil
}

// unlabelled counts the pictures in a folder images that nothing was said of.
func (c *collector) unlabelled() (n int) {
	for _, name := range c.tree.files {
		if !isPicture(name) || swapFolder(name, "images", labelsFolder) == "" {
			continue
		}
		if _, ok := c.byName[name+"\x00"]; !ok {
			n++
		}
	}
	return n
}

// parseYOLO reads the lines of a text file into shares of the picture's sides. A line of a polygon, as tools for
// segmentation write it, is the box around it.
func parseYOLO(text string, labels map[int]string) (boxes []manifest.Box, bad []Problem) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		box, err := yoloBox(fields, labels)
		if err != nil {
			bad = append(bad, Problem{Line: number, Text: err.Error(),
				Remedy: "write LABEL X Y WIDTH HEIGHT, the last four between 0 and 1"})
			continue
		}
		boxes = append(boxes, box)
	}
	return boxes, bad
}

// yoloBox reads the fields of a line.
func yoloBox(fields []string, labels map[int]string) (b manifest.Box, err error) {
	id, err := strconv.Atoi(fields[0])
	if err != nil {
		return b, fmt.Errorf("%q is no number of a label", fields[0])
	}
	var ok bool
	if b.Label, ok = labels[id]; !ok {
		return b, fmt.Errorf("label %d has no name", id)
	}
	n := make([]float64, 0, len(fields)-1)
	for _, field := range fields[1:] {
		f, ok := number(field)
		if !ok || f < -1 || f > 2 { // tools let boxes reach over the edge a little
			return b, fmt.Errorf("%q is no share of the picture", field)
		}
		n = append(n, f)
	}
	switch {
	case len(n) == 4:
		b.Left, b.Top, b.Width, b.Height = n[0]-n[2]/2, n[1]-n[3]/2, n[2], n[3]
	case len(n) >= 6 && len(n)%2 == 0:
		left, top, right, bottom := n[0], n[1], n[0], n[1]
		for i := 2; i < len(n); i += 2 {
			left, right = min(left, n[i]), max(right, n[i])
			top, bottom = min(top, n[i+1]), max(bottom, n[i+1])
		}
		b.Left, b.Top, b.Width, b.Height = left, top, right-left, bottom-top
	default:
		return b, fmt.Errorf("there are %d numbers after the label, and a box has 4", len(n))
	}
	return b, nil
}
