// Package source reads labelled pictures from a folder on this machine, as people and tools leave them there: a folder
// for each label, Pascal VOC, COCO, YOLO, Ground Truth manifests, and tables. Whatever the layout, what comes out is
// the same: pictures to train on and to test with, each with its labels or its boxes, and a list of what could not be
// used, where it stands and what to do about it.
//
// The files may come from anywhere. They are read within bounds, and what they name is looked up inside the folder
// only.
package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"ownsight/internal/dataset/manifest"
)

// Layout is a way to lay out labelled pictures in a folder.
type Layout string

// The layouts, in the order in which Auto looks for them.
const (
	Auto      Layout = "auto"
	Manifest  Layout = "manifest" // Ground Truth: *.manifest or *.jsonl
	VOC       Layout = "voc"      // Pascal VOC: Annotations/*.xml, JPEGImages/, perhaps ImageSets/Main/*.txt
	COCO      Layout = "coco"     // annotations/instances_*.json, or another *.json of images and annotations
	YOLO      Layout = "yolo"     // labels/*.txt, images/, and classes.txt or the names of a data.yaml
	Folders   Layout = "folders"  // LABEL/*.jpg, or train/LABEL/*.jpg and test/LABEL/*.jpg
	LabelsCSV Layout = "labels.csv"
	BoxesCSV  Layout = "boxes.csv"
)

// Layouts lists what a layout may be called.
func Layouts() []Layout {
	return []Layout{Auto, Manifest, VOC, COCO, YOLO, Folders, LabelsCSV, BoxesCSV}
}

// Set is what a folder holds.
type Set struct {
	Layout   Layout
	Training []Picture
	Testing  []Picture // empty: nobody has chosen, and the server sets a fifth of the training pictures aside
	Problems []Problem // what could not be used as it stands; at most maxProblems
	Untold   int       // how many problems there are besides
	Skipped  []string  // paths of what the layout has no place for, and that should perhaps have been used
}

// Picture is a labelled picture.
type Picture struct {
	Path      string         // on this machine; empty for one that lies in S3
	Name      string         // below the folder, with slashes; empty for one that lies in S3
	SourceRef string         // s3://BUCKET/KEY of one that lies in S3
	Labels    []string       // of the whole picture
	Boxes     []manifest.Box // inside the picture
	Size      manifest.Size  // in pixels, upright; zero where there are labels of the whole picture only
}

// Line is the picture's line of a manifest that names it as sourceRef.
func (p Picture) Line(sourceRef string, when time.Time) (string, error) {
	if p.Size == (manifest.Size{}) {
		return manifest.ImageLine(sourceRef, p.Labels, when)
	}
	return manifest.BoxLine(sourceRef, p.Size, p.Boxes, when)
}

// reader reads one layout. there reports whether a folder seems to have it.
type reader struct {
	layout Layout
	there  func(*tree) bool
	read   func(*tree, *collector) error
}

var readers = []reader{
	{Manifest, hasManifest, readManifests},
	{VOC, hasVOC, readVOC},
	{COCO, hasCOCO, readCOCO},
	{YOLO, hasYOLO, readYOLO},
	{Folders, hasFolders, nil}, // links out of the folder are its users' own: see readFolders
	{LabelsCSV, hasLabelsCSV, readLabelsCSV},
	{BoxesCSV, hasBoxesCSV, readBoxesCSV},
}

// Read reads the folder dir. With Auto, or no layout, it is found out; where the files of several are there, one is taken and
// the others are named among the problems. An error is a folder that cannot be read at all, or that gives no picture
// to train on.
func Read(dir string, layout Layout) (Set, error) {
	t, err := open(dir)
	if err != nil {
		return Set{}, err
	}
	defer t.root.Close()
	c := &collector{tree: t}
	if layout = cmp.Or(layout, Auto); layout == Auto {
		layout = c.choose()
	}
	i := slices.IndexFunc(readers, func(r reader) bool { return r.layout == layout })
	if i < 0 {
		return Set{}, fmt.Errorf("there is no layout %q; there are %s", layout, names(Layouts()))
	}
	c.set.Layout = layout
	if layout == Folders {
		err = readFolders(dir, &c.set)
		return c.set, err
	}
	if err := readers[i].read(t, c); err != nil {
		return c.set, err
	}
	if err := c.finish(); err != nil {
		return c.set, err
	}
	if len(c.set.Training) == 0 {
		return c.set, fmt.Errorf("%s has no labelled picture to train on (%s)%s", dir, layout, c.firstProblem())
	}
	return c.set, nil
}

// choose finds out the layout, and tells of others that seem to be there too.
func (c *collector) choose() Layout {
	var found []Layout
	for _, r := range readers {
		if r.there(c.tree) {
			found = append(found, r.layout)
		}
	}
	if len(found) == 0 {
		return Folders // which explains what a folder should look like
	}
	for _, other := range found[1:] {
		if other == Folders {
			continue // most layouts have folders of pictures
		}
		c.tell(Problem{Text: fmt.Sprintf("it is read as %s, but might be %s as well", found[0], other),
			Remedy: fmt.Sprintf("--layout %s reads it so", other)})
	}
	return found[0]
}

// firstProblem says why there is nothing, where that is known.
func (c *collector) firstProblem() string {
	i := slices.IndexFunc(c.set.Problems, func(p Problem) bool { return p.File != "" })
	if i < 0 {
		return ""
	}
	return ": " + c.set.Problems[i].String()
}

func names(layouts []Layout) string {
	list := make([]string, 0, len(layouts))
	for _, l := range layouts {
		list = append(list, string(l))
	}
	return strings.Join(list, ", ")
}

// labelsOf lists the labels of pictures, each once, sorted.
func labelsOf(pictures []Picture) []string {
	seen := map[string]bool{}
	var labels []string
	add := func(label string) {
		if !seen[label] {
			seen[label] = true
			labels = append(labels, label)
		}
	}
	for _, p := range pictures {
		for _, label := range p.Labels {
			add(label)
		}
		for _, box := range p.Boxes {
			add(box.Label)
		}
	}
	slices.Sort(labels)
	return labels
}
