package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const cocoText = `{"info":{"year":2024,"images":7},"categories":[{"id":1,"name":"cat","supercategory":"animal"},{"id":"d","name":"dog"}],
"annotations":[{"id":1,"image_id":7,"category_id":1,"bbox":[10,20.5,30,40],"area":1200,"segmentation":[[1,2,3]],"iscrowd":0},
{"id":2,"image_id":7,"category_id":"d","bbox":[190,50,20,20]},{"image_id":8,"category_id":1,"bbox":[0,0,100,100],"iscrowd":1}],
"images":[{"id":7,"file_name":"1.jpg","width":200,"height":100,"license":1},{"id":8,"file_name":"2.jpg"}]}`

func TestCOCO(t *testing.T) {
	first, second := "1.jpg 200x100 cat@10,20.5,30,40 dog@190,50,10,20", "2.jpg 200x100"
	for name, files := range map[string]map[string]string{
		"images/":                with(pictures("images/1.jpg", "images/2.jpg"), "annotations/instances_default.json", cocoText),
		"":                       with(pictures("1.jpg", "2.jpg"), "labels.json", cocoText),
		"train2017/":             with(pictures("train2017/1.jpg", "train2017/2.jpg"), "annotations/instances_train2017.json", cocoText),
		"images/train2017/":      with(pictures("images/train2017/1.jpg", "images/train2017/2.jpg"), "annotations/instances_train2017.json", cocoText),
		"train/":                 with(pictures("train/1.jpg", "train/2.jpg"), "train/_annotations.coco.json", cocoText),
		"a/images/":              with(pictures("a/images/1.jpg", "a/images/2.jpg"), "a/annotations/x.json", cocoText),
		"images/train2017/deep/": with(pictures("images/train2017/deep/1.jpg", "images/train2017/deep/2.jpg"), "annotations/instances_train2017.json", strings.ReplaceAll(cocoText, `"file_name":"`, `"file_name":"deep\\`)),
	} {
		t.Run(name, func(t *testing.T) {
			files["annotations/captions_train2017.json"] = `{"images":[{"id":1}],"annotations":[{"caption":"a cat"}]}`
			if !strings.Contains(strings.Join(keys(files), " "), "instances_") {
				delete(files, "annotations/captions_train2017.json")
			}
			files["settings.json"] = `{"images":"none"}`
			s := reading(t, folder(t, files), Auto)
			require.Equal(t, COCO, s.Layout)
			require.Equal(t, []string{name + first, name + second}, told(s.Training))
			require.Len(t, s.Problems, 1)
			require.Contains(t, s.Problems[0].Text, "1 annotations are crowds")
		})
	}
	files := pictures("train2017/1.jpg", "train2017/2.jpg", "val2017/1.jpg", "val2017/2.jpg")
	files["annotations/instances_train2017.json"], files["annotations/instances_val2017.json"] = cocoText, cocoText
	s := reading(t, folder(t, files), Auto)
	require.Len(t, s.Training, 2)
	require.Equal(t, []string{"val2017/" + first, "val2017/" + second}, told(s.Testing))
}

func keys(files map[string]string) (list []string) {
	for name := range files {
		list = append(list, name)
	}
	return list
}

func TestCOCOThatIsWrong(t *testing.T) {
	files := pictures("1.jpg", "2.jpg")
	files["a.json"] = `{"images":[{"id":1,"file_name":"1.jpg"},{"id":2},{"id":3,"file_name":"../1.jpg"},{"id":4,"file_name":"gone.jpg"},{"id":5,"file_name":7}],
"categories":[{"id":1,"name":"cat"},{"name":"dog"}],
"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3]},{"image_id":1,"category_id":2,"bbox":[1,2,3,4]},{"image_id":1,"category_id":1,"bbox":[1,2,3e300,4]},
{"image_id":1,"category_id":1,"bbox":[150,50,200,10]},{"image_id":1,"category_id":1,"bbox":[150,50,0.5,10]},{"image_id":1,"category_id":1,"bbox":[0,0,9,9]}]}`
	files["b.json"] = `{"images":[{"id":1,"file_name":"2.jpg"}`
	s := reading(t, folder(t, files), COCO)
	require.Equal(t, []string{"1.jpg 200x100 cat@0,0,9,9"}, told(s.Training))
	for _, problem := range []string{
		"a.json: element 2 of images: a member is missing",
		"a.json: element 5 of images: file_name is no string",
		"a.json: element 2 of categories: a member is missing",
		"a.json: element 1 of annotations: a member is missing",
		"a.json: element 3 of annotations: a box at 3e+300",
		"a.json: 1 annotations name a category that is not there",
		`a.json: picture "../1.jpg" lies outside of the folder; name pictures in the folder and below`,
		`a.json: picture "gone.jpg" is not there`,
		"a.json: 1.jpg, box 1: The bounding box has off frame values.; draw the box inside the picture",
		"a.json: 1.jpg, box 2: The height and width of the bounding box is too small.",
		"b.json: it is no JSON of COCO: ",
	} {
		require.Contains(t, saying(s.Problems), problem)
	}
	require.Len(t, s.Problems, 11)
}
