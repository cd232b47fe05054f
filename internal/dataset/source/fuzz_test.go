package source

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ownsight/internal/dataset/manifest"
)

// places are the files that labels come in, each with what makes a folder of its layout complete.
var places = []struct {
	file   string
	layout Layout
	others map[string]string
}{
	{"Annotations/1.xml", VOC, nil},
	{"ImageSets/Main/train.txt", VOC, map[string]string{"Annotations/1.xml": vocOne}},
	{"annotations/instances_train.json", COCO, nil},
	{"labels/1.txt", YOLO, map[string]string{"classes.txt": "cat\ndog"}},
	{"data.yaml", YOLO, map[string]string{"labels/1.txt": "0 0.5 0.5 0.1 0.1"}},
	{"classes.txt", YOLO, map[string]string{"labels/1.txt": "0 0.5 0.5 0.1 0.1"}},
	{"train.manifest", Manifest, nil},
	{"labels.csv", LabelsCSV, nil},
	{"boxes.csv", BoxesCSV, nil},
}

// FuzzRead checks that no file breaks the reading of a folder, and that what is read is in the folder and stands up to the
// service's own rules.
func FuzzRead(f *testing.F) {
	for i, content := range []string{vocOne, "1\n2 1", cocoText, "0 0.5 0.5 0.1 0.1\n1 0.1 0.1 0.3 0.1 0.2 0.5\n", "names: {0: cat, 1: dog}",
		"cat\ndog\n", `{"source-ref":"images/1.jpg","a":1,"a-metadata":{"class-name":"cat","confidence":1,"type":"groundtruth/image-classification","human-annotated":"yes","creation-date":"2020-01-01"}}`,
		"file,split,label\nimages/1.jpg,train,a|b\n", "file,split,label,left,top,width,height,image_width,image_height\nimages/1.jpg,train,a,1,2,30,40,200,100\n"} {
		f.Add(uint8(i), []byte(content))
	}
	f.Add(uint8(0), []byte(vocNamed("../../1.jpg")))
	f.Add(uint8(2), []byte(strings.ReplaceAll(cocoText, "1.jpg", "../images/1.jpg")))
	f.Add(uint8(4), []byte("a: &a [x, x]\nb: &b [*a, *a]\nnames: [*b, *b]"))
	dir := f.TempDir()
	for i, place := range places {
		files := map[string]string{"images/1.jpg": ""}
		for name, content := range place.others {
			files[name] = content
		}
		for name, content := range files {
			at := filepath.Join(dir, string(rune('a'+i)), name)
			b := []byte(content)
			if isPicture(name) {
				b = drawn(f, name)
			}
			if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, b, 0o644)); err != nil {
				f.Fatal(err)
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, content []byte) {
		i := int(kind) % len(places)
		root := filepath.Join(dir, string(rune('a'+i)))
		at := filepath.Join(root, places[i].file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, content, 0o644)); err != nil {
			t.Fatal(err)
		}
		s, err := Read(root, places[i].layout)
		if err != nil {
			return
		}
		for _, p := range slices.Concat(s.Training, s.Testing) {
			check(t, root, p)
		}
	})
}

func check(t *testing.T, root string, p Picture) {
	ref := p.SourceRef
	if ref == "" {
		ref = "s3://pictures/" + p.Name
		if p.Path != filepath.Join(root, "images", "1.jpg") {
			t.Fatalf("%q is read, which is not in the folder", p.Path)
		}
	}
	for _, b := range p.Boxes {
		if math.IsNaN(b.Left + b.Top + b.Width + b.Height) {
			t.Fatalf("no box: %+v", b)
		}
	}
	line, err := p.Line(ref, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if l := manifest.Parse([]byte(line)); !l.Valid() || l.HasErrors() {
		t.Fatalf("%s: %v", line, l.Problems)
	}
}
