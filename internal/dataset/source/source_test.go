package source

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
)

// drawn makes pictures: files called so get 200 x 100 pixels unless they have a content.
func drawn(t testing.TB, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewGray(image.Rect(0, 0, 200, 100))
	if path.Ext(name) == ".png" {
		require.NoError(t, png.Encode(&b, m))
	} else {
		require.NoError(t, jpeg.Encode(&b, m, nil))
	}
	return b.Bytes()
}

// folder makes a folder of files; NAME->TARGET is a link.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name, target, isLink := strings.Cut(name, "->")
		at := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		b := []byte(content)
		switch {
		case isLink:
			require.NoError(t, os.Symlink(target, at))
			continue
		case isPicture(name) && content == "":
			b = drawn(t, name)
		}
		require.NoError(t, os.WriteFile(at, b, 0o644))
	}
	return dir
}

// pictures makes files of pictures only.
func pictures(names ...string) map[string]string {
	files := map[string]string{}
	for _, name := range names {
		files[name] = ""
	}
	return files
}

func with(files map[string]string, name, content string) map[string]string {
	files[name] = content
	return files
}

// told says what pictures are, a line each.
func told(pictures []Picture) (list []string) {
	for _, p := range pictures {
		text := p.title()
		for _, label := range p.Labels {
			text += " " + label
		}
		if p.Size != (manifest.Size{}) {
			text += fmt.Sprintf(" %dx%d", p.Size.Width, p.Size.Height)
		}
		for _, b := range p.Boxes {
			text += fmt.Sprintf(" %s@%g,%g,%g,%g", b.Label, b.Left, b.Top, b.Width, b.Height)
		}
		list = append(list, text)
	}
	return list
}

func saying(problems []Problem) string {
	var text strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&text, p)
	}
	return text.String()
}

// reading reads a folder that must hold something, and checks what must be so of all sets.
func reading(t *testing.T, dir string, layout Layout) Set {
	t.Helper()
	s, err := Read(dir, layout)
	require.NoError(t, err, saying(s.Problems))
	for _, p := range append(append([]Picture{}, s.Training...), s.Testing...) {
		ref := p.SourceRef
		if ref == "" {
			ref = "s3://pictures/" + p.Name
			_, err := os.Stat(p.Path)
			require.NoError(t, err)
		}
		text, err := p.Line(ref, time.Now())
		require.NoError(t, err)
		l := manifest.Parse([]byte(text))
		require.True(t, l.Valid(), "%s: %v", p.title(), l.Problems)
		require.False(t, l.HasErrors(), "%s: %v", p.title(), l.Problems)
		require.Equal(t, p.Boxes, l.Boxes)
	}
	for _, p := range s.Problems {
		require.NotEmpty(t, p.Text)
		require.NotEmpty(t, p.Remedy, p.Text)
	}
	return s
}

func TestTheLayoutIsFoundOut(t *testing.T) {
	files := pictures("train/a/1.jpg", "train/b/2.jpg")
	files["labels.csv"], files["boxes.csv"] = "file,label\ntrain/a/1.jpg,a\n", "file"
	s := reading(t, folder(t, files), Auto)
	require.Equal(t, Folders, s.Layout)
	require.Equal(t, "it is read as folders, but might be labels.csv as well; --layout labels.csv reads it so\n"+
		"it is read as folders, but might be boxes.csv as well; --layout boxes.csv reads it so\n", saying(s.Problems))
	_, err := Read(folder(t, files), "zip")
	require.ErrorContains(t, err, `there is no layout "zip"; there are auto, manifest, voc, coco, yolo, folders, labels.csv, boxes.csv`)
	for _, layout := range []Layout{VOC, COCO, YOLO, Manifest} {
		_, err := Read(folder(t, pictures("train/a/1.jpg", "train/b/2.jpg")), layout)
		require.Error(t, err, layout)
	}
}

func TestNothingOutsideOfTheFolderIsRead(t *testing.T) {
	far := folder(t, pictures("far.jpg"))
	files := pictures("images/1.jpg")
	files["images/far.jpg->"+filepath.Join(far, "far.jpg")] = ""
	files["images/up->"+far] = ""
	files["images/near.jpg->1.jpg"] = ""
	files["labels.csv"] = "file,label\nimages/1.jpg,a\nimages/near.jpg,b\nimages/far.jpg,b\nimages/up/far.jpg,c\n" + filepath.Join(far, "far.jpg") + ",d\n"
	s := reading(t, folder(t, files), LabelsCSV)
	require.Equal(t, []string{"images/1.jpg a", "images/near.jpg b"}, told(s.Training))
	require.Contains(t, saying(s.Problems), `labels.csv:4: picture "images/far.jpg": path escapes from parent; put it into the folder as a file of its own`)
	require.Contains(t, saying(s.Problems), `labels.csv:5: picture "images/up/far.jpg": path escapes from parent`)
	require.Contains(t, saying(s.Problems), `far.jpg" lies outside of the folder`)
	require.Len(t, s.Problems, 3)
}

func TestProblemsAreBounded(t *testing.T) {
	files := with(pictures("1.jpg"), "labels.csv", "file,label\n1.jpg,a\n"+strings.Repeat("gone.jpg,a\n", maxProblems+5))
	s := reading(t, folder(t, files), LabelsCSV)
	require.Len(t, s.Problems, maxProblems)
	require.Equal(t, 5, s.Untold)
}
