package source

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestYOLO(t *testing.T) {
	text := "0 0.25 0.5 0.1 0.2\n\n1 0.975 0.5 0.1 0.2\r\n1 0.1 0.1 0.3 0.1 0.2 0.5\n"
	boxes := " 200x100 cat@40,40,20,20 dog@185,40,15,20 dog@20,10,40,40"
	for name, names := range map[string]string{
		"classes.txt":        "cat\ndog\n",
		"labels/classes.txt": "cat\ndog",
		"data.yaml":          "train: ../train/images\nnc: 2\nnames: [cat, dog]\n",
		"coco.yml":           "path: /x\nnames:\n  0: cat\n  1: dog\n",
	} {
		t.Run(name, func(t *testing.T) {
			files := pictures("images/1.jpg", "images/2.jpg", "images/3.png")
			files[name], files["labels/1.txt"], files["labels/2.txt"] = names, text, ""
			s := reading(t, folder(t, files), Auto)
			require.Equal(t, YOLO, s.Layout)
			require.Equal(t, []string{"images/1.jpg" + boxes, "images/2.jpg 200x100"}, told(s.Training), "an empty file says that nothing is there")
			require.Equal(t, "1 pictures in images have no text file in labels; label them, or add empty files\n", saying(s.Problems))
		})
	}
	files := pictures("images/train/1.jpg", "images/val/1.jpg", "valid/images/2.jpg", "test/images/2.jpg")
	for _, name := range []string{"labels/train/1.txt", "labels/val/1.txt", "valid/labels/2.txt", "test/labels/2.txt"} {
		files[name] = text
	}
	files["data.yaml"] = "names: [cat, dog]"
	s := reading(t, folder(t, files), Auto)
	require.Equal(t, []string{"images/train/1.jpg" + boxes, "images/val/1.jpg" + boxes, "valid/images/2.jpg" + boxes}, told(s.Training), "there is a test set, so that all else trains")
	require.Equal(t, []string{"test/images/2.jpg" + boxes}, told(s.Testing))
}

func TestYOLOThatIsWrong(t *testing.T) {
	files := pictures("images/1.jpg", "images/2.jpg")
	files["labels/1.txt"] = "2 0.5 0.5 0.1 0.1\ncat 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1\n0 50 50 10 10\n0 0.5 0.5 NaN 0.1\n0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1 0.9\n"
	files["labels/2.txt"] = "0 0.5 0.5 0.1 0.1"
	files["images/2.jpg"] = "no picture"
	files["labels/gone.txt"] = "0 0.5 0.5 0.1 0.1"
	_, err := Read(folder(t, files), Auto)
	require.ErrorContains(t, err, "have no names; list them in classes.txt")
	files["data.yaml"] = "names: 7"
	_, err = Read(folder(t, files), Auto)
	require.ErrorContains(t, err, "data.yaml: it is no YAML with names")
	delete(files, "data.yaml")
	files["classes.txt"] = "cat\n"
	s := reading(t, folder(t, files), Auto)
	require.Equal(t, []string{"images/1.jpg 200x100 cat@90,45,20,10"}, told(s.Training))
	for _, problem := range []string{
		"labels/1.txt:1: label 2 has no name", `labels/1.txt:2: "cat" is no number of a label`, "labels/1.txt:3: there are 3 numbers after the label",
		`labels/1.txt:4: "50" is no share of the picture`, `labels/1.txt:5: "NaN" is no share`, "labels/1.txt:7: there are 5 numbers",
		"labels/2.txt: images/2.jpg: invalid picture", "labels/gone.txt: there is no picture of this name in images",
	} {
		require.Contains(t, saying(s.Problems), problem)
	}
	require.Len(t, s.Problems, 8)
}
