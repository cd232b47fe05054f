package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const vocOne = `<?xml version="1.0"?>
<annotation><folder>x</folder><filename>1.jpg</filename><path>/home/somebody/1.jpg</path>
<size><width>200</width><height>100</height><depth>3</depth></size>
<object><name>cat</name><difficult>0</difficult><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>50</xmax><ymax>60</ymax></bndbox>
  <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></part></object>
<object><bndbox><ymax>100.0</ymax><xmax>200</xmax><ymin>0</ymin><xmin>100</xmin></bndbox><name> dog </name></object>
</annotation>`

func vocNamed(name string) string { return strings.Replace(vocOne, "1.jpg", name, 1) }

func TestVOC(t *testing.T) {
	boxes := " 200x100 cat@10,20,40,40 dog@99,0,101,100"
	files := pictures("JPEGImages/1.jpg", "JPEGImages/2.png", "JPEGImages/3.jpg", "JPEGImages/4.jpg")
	files["Annotations/1.xml"] = vocOne
	files["Annotations/2.xml"] = vocNamed("unknown") // then the XML file's own name counts
	files["Annotations/3.xml"] = vocNamed("3.jpg")
	files["Annotations/4.xml"] = strings.Replace(vocNamed("4.jpg"), "<width>200", "<width>0", 1)
	s := reading(t, folder(t, files), Auto)
	require.Equal(t, VOC, s.Layout)
	require.Equal(t, []string{"JPEGImages/1.jpg" + boxes, "JPEGImages/2.png" + boxes, "JPEGImages/3.jpg" + boxes, "JPEGImages/4.jpg" + boxes}, told(s.Training))
	require.Empty(t, s.Testing)
	require.Empty(t, s.Problems)

	files["ImageSets/Main/train.txt"] = "1\r\n2\n"
	files["ImageSets/Main/val.txt"] = "3"
	files["ImageSets/Main/cat_train.txt"] = "1 -1"
	s = reading(t, folder(t, files), VOC)
	require.Equal(t, []string{"JPEGImages/1.jpg" + boxes, "JPEGImages/2.png" + boxes}, told(s.Training))
	require.Equal(t, []string{"JPEGImages/3.jpg" + boxes}, told(s.Testing), "for want of a test set")
	require.Contains(t, saying(s.Problems), "ImageSets: 1 annotated pictures are in none of its lists")
	files["ImageSets/Main/test.txt"] = "4 1\n2"
	s = reading(t, folder(t, files), VOC)
	require.Equal(t, []string{"JPEGImages/1.jpg" + boxes, "JPEGImages/3.jpg" + boxes}, told(s.Training))
	require.Equal(t, []string{"JPEGImages/2.png" + boxes, "JPEGImages/4.jpg" + boxes}, told(s.Testing), "nothing tested is trained on")

	beside := pictures("train/1.jpg", "test/1.jpg")
	beside["train/1.xml"], beside["test/1.xml"] = vocOne, vocOne
	s = reading(t, folder(t, beside), Auto)
	require.Equal(t, VOC, s.Layout)
	require.Equal(t, []string{"train/1.jpg" + boxes}, told(s.Training))
	require.Equal(t, []string{"test/1.jpg" + boxes}, told(s.Testing))
}

func TestVOCThatIsWrong(t *testing.T) {
	files := pictures("JPEGImages/1.jpg", "JPEGImages/2.jpg", "JPEGImages/5.jpg")
	files["Annotations/1.xml"] = strings.Replace(vocOne, "<xmin>11", "<xmin>eleven", 1)
	files["Annotations/2.xml"] = vocNamed("1.jpg")
	files["Annotations/3.xml"] = vocNamed("../../../etc/passwd.jpg")
	files["Annotations/4.xml"] = "<annotation><filename>"
	files["Annotations/5.xml"] = strings.Replace(vocNamed("5.jpg"), "<width>200", "<width>400", 1)
	files["Annotations/6.xml"] = "<html></html>"
	files["Annotations/7.xml"] = `<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;">]><annotation><filename>&y;</filename></annotation>`
	files["Annotations/8.xml"] = vocNamed("8.jpg")
	s := reading(t, folder(t, files), VOC)
	require.Equal(t, []string{"JPEGImages/1.jpg 200x100 dog@99,0,101,100"}, told(s.Training))
	for _, problem := range []string{
		`Annotations/1.xml: object 1 has no bndbox with xmin`,
		`Annotations/2.xml: JPEGImages/1.jpg is in Annotations/1.xml already; describe each picture once`,
		`Annotations/3.xml: picture "../../../etc/passwd.jpg": lies outside of the folder`,
		`Annotations/4.xml: it is no annotation of Pascal VOC: XML syntax error`,
		`Annotations/5.xml: JPEGImages/5.jpg has 200 x 100 pixels, and its boxes were drawn on 400 x 100`,
		`Annotations/6.xml: it is no annotation of Pascal VOC: expected element type <annotation>`,
		`Annotations/7.xml: it is no annotation of Pascal VOC: XML syntax error`,
		`Annotations/8.xml: picture "8.jpg": is not there`,
	} {
		require.Contains(t, saying(s.Problems), problem)
	}
	require.Len(t, s.Problems, 8)
}
