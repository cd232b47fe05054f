package source

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ownsight/internal/dataset/manifest"
)

// maxSniffed is how many JSON files are looked into to find out whether they are COCO's.
const maxSniffed = 100

func hasCOCO(t *tree) bool { return len(cocoFiles(t)) > 0 }

// cocoFiles finds the files at the top, in annotations, or in the folder of a split. Where there are files of
// instances, others are about the same pictures: their key points, their captions.
func cocoFiles(t *tree) (list []string) {
	looked := 0
	for _, name := range t.below("", ".json") {
		folder := path.Dir(name)
		_, isSplit := splitNamed(path.Base(folder))
		if folder != "." && !strings.EqualFold(path.Base(folder), annotationsFolder) && !isSplit {
			continue
		}
		if looked++; looked > maxSniffed {
			break
		}
		if sniffCOCO(t, name) {
			list = append(list, name)
		}
	}
	isInstances := func(name string) bool { return strings.HasPrefix(path.Base(name), "instances_") }
	if slices.ContainsFunc(list, isInstances) {
		list = slices.DeleteFunc(list, func(name string) bool { return !isInstances(name) })
	}
	return list
}

// sniffCOCO reports whether a file is an object with one of the arrays that COCO has.
func sniffCOCO(t *tree, name string) bool {
	r, err := t.reader(name, maxTable)
	if err != nil {
		return false
	}
	defer r.Close()
	found := errors.New("found")
	err = eachMember(r, func(key string, d *jsontext.Decoder) error {
		if (key == "images" || key == "annotations" || key == "categories") && d.PeekKind() == jsontext.KindBeginArray {
			return found
		}
		return d.SkipValue()
	})
	return errors.Is(err, found)
}

// readCOCO reads COCO's JSON. Which picture is for what is said by the file's name, else by its folder.
func readCOCO(t *tree, c *collector) error {
	for _, name := range cocoFiles(t) {
		r, err := t.reader(name, maxTable)
		if err != nil {
			c.tell(Problem{File: name, Text: err.Error(), Remedy: "split it"})
			continue
		}
		f, err := parseCOCO(r)
		r.Close()
		if err != nil {
			c.tell(Problem{File: name, Text: err.Error(), Remedy: "export it again as COCO"})
			continue
		}
		if err := c.takeCOCO(name, f); err != nil {
			return err
		}
	}
	return nil
}

// takeCOCO adds the pictures of a file.
func (c *collector) takeCOCO(name string, f *cocoFile) error {
	for _, p := range f.bad {
		p.File = name
		c.tell(p)
	}
	if f.crowds > 0 {
		c.tell(Problem{File: name, Text: fmt.Sprintf("%d annotations are crowds, and were left out", f.crowds),
			Remedy: "box each object for itself"})
	}
	boxes := map[int][]manifest.Box{} // by the number of the image's id
	orphans := 0
	for _, a := range f.annotations {
		label, ok := f.categories[a.category]
		if !ok {
			orphans++
			continue
		}
		box := manifest.Box{Label: label, Left: a.box[0], Top: a.box[1], Width: a.box[2], Height: a.box[3]}
		boxes[a.image] = append(boxes[a.image], box)
	}
	if orphans > 0 {
		c.tell(Problem{File: name, Text: fmt.Sprintf("%d annotations name a category that is not there", orphans),
			Remedy: "add it to categories"})
	}
	for _, i := range f.images {
		at, err := c.cocoPicture(name, i.file)
		if err != nil {
			text, remedy := c.missing(i.file, at, err)
			c.tell(Problem{File: name, Text: text, Remedy: remedy})
			continue
		}
		err = c.add(entry{Picture: Picture{Name: at, Boxes: boxes[i.id], Size: i.size}, split: splitOf(name, true),
			said: Problem{File: name}, boxed: true})
		if err != nil {
			return err
		}
	}
	return nil
}

// cocoPicture looks for a picture beside the file, in the folder itself, in images, and in folders of the split's name.
func (c *collector) cocoPicture(file, given string) (string, error) {
	name, err := local(given)
	if err != nil {
		return "", err
	}
	folders := []string{path.Dir(file), ".", "images"}
	if beside := swapFolder(file, annotationsFolder, "images"); beside != "" {
		folders = append(folders, path.Dir(beside))
	}
	for word := range words(file) {
		if _, ok := splitNamed(word); ok {
			folders = append(folders, word, path.Join("images", word))
		}
	}
	for _, folder := range folders {
		if at := path.Join(folder, name); isPicture(at) && c.tree.has(at) {
			return at, nil
		}
	}
	return name, errNotThere
}
