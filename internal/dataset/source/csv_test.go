package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLabelsCSV(t *testing.T) {
	files := pictures("images/1.jpg", "images/2.jpg", "images/a,b.png")
	files["labels.csv"] = "\ufefffile,split,label\nimages/1.jpg,train,cat|wet\n\"images/a,b.png\",test,dog\nimages/2.jpg,train,\nimages/1.jpg,train,dim|cat\n"
	s := reading(t, folder(t, files), Auto)
	require.Equal(t, LabelsCSV, s.Layout)
	require.Equal(t, []string{"images/1.jpg cat wet dim", "images/2.jpg"}, told(s.Training))
	require.Equal(t, []string{"images/a,b.png dog"}, told(s.Testing))
	require.Empty(t, s.Problems)

	files = pictures("1.jpg", "2.jpg", "3.jpg")
	files["notes.txt"] = ""
	files["labels.csv"] = "Label , file\na,1.jpg\na,gone.jpg\na,../1.jpg\na,notes.txt\na,\nb,2.jpg\n" + strings.Repeat("x", 300) + ",3.jpg\na,\"3.jpg\nb,1.jpg\n"
	s = reading(t, folder(t, files), LabelsCSV)
	require.Equal(t, []string{"1.jpg a", "2.jpg b"}, told(s.Training))
	for _, problem := range []string{
		`labels.csv:3: picture "gone.jpg" is not there; put it into the folder`, `labels.csv:4: picture "../1.jpg" lies outside of the folder`,
		`labels.csv:5: "notes.txt" is no JPEG or PNG picture by its name`, "labels.csv:6: no picture is named",
		"labels.csv:8: 3.jpg: The label name is empty or longer than 255 characters.", "labels.csv:10: extraneous or missing",
	} {
		require.Contains(t, saying(s.Problems), problem)
	}

	for table, complaint := range map[string]string{"": "has no header", "file,split\n1.jpg,train\n": `has no column "label"`,
		"file,label,split\n1.jpg,a,holdout\n":                                         "has no labelled picture to train on (labels.csv): labels.csv:2: split is \"holdout\"; write train or test",
		"file,label,split\n1.jpg,a,train\n1.jpg,b,test\n2.jpg,b,test\n3.jpg,a,test\n": ""} {
		files["labels.csv"] = table
		s, err := Read(folder(t, files), LabelsCSV)
		if complaint == "" {
			require.NoError(t, err)
			require.Contains(t, saying(s.Problems), "labels.csv:3: 1.jpg has another split here than in line 2")
			continue
		}
		require.ErrorContains(t, err, complaint)
	}
}

func TestBoxesCSV(t *testing.T) {
	header := "file,split,label,left,top,width,height,image_width,image_height\n"
	files := pictures("images/1.jpg", "images/2.jpg", "images/3.jpg", "images/4.jpg")
	files["boxes.csv"] = header + "images/1.jpg,train,cat,1,2,30,40,200,100\nimages/2.jpg,test,cat,1,2,30,40,200,100\n" +
		"images/1.jpg,train,dog,100.5,50,99.5,50,200,100\nimages/3.jpg,train,,,,,,200,100\n" +
		"images/1.jpg,train,dog,1,2,wide,4,200,100\nimages/1.jpg,train,dog,1,2,30,40,400,200\nimages/4.jpg,train,cat,1,2,30,40,100,200\n"
	s := reading(t, folder(t, files), Auto)
	require.Equal(t, BoxesCSV, s.Layout)
	require.Equal(t, []string{"images/1.jpg 200x100 cat@1,2,30,40 dog@100.5,50,99.5,50", "images/3.jpg 200x100"}, told(s.Training))
	require.Equal(t, []string{"images/2.jpg 200x100 cat@1,2,30,40"}, told(s.Testing))
	for _, problem := range []string{`boxes.csv:6: width is "wide"; write a number of pixels`, "boxes.csv:7: images/1.jpg has another size here than in line 2",
		"boxes.csv:8: images/4.jpg has 200 x 100 pixels, and its boxes were drawn on 100 x 200"} {
		require.Contains(t, saying(s.Problems), problem)
	}

	many := header + strings.Repeat("images/1.jpg,train,cat,1,2,30,40,200,100\n", 51) + "images/2.jpg,train,cat,1,2,30,40,200,100\n"
	files["boxes.csv"] = many
	s = reading(t, folder(t, files), Auto)
	require.Equal(t, []string{"images/2.jpg 200x100 cat@1,2,30,40"}, told(s.Training))
	require.Contains(t, saying(s.Problems), "images/1.jpg: There are more bounding boxes than the allowed maximum.; leave at most 50 boxes")
}
