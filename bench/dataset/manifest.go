package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// limit is how much one UpdateDatasetEntries takes.
const limit = 5 << 20

const labels = 50

// picture names picture n of a factory with two lines; the names tell nothing of their order.
func picture(n int) string {
	return fmt.Sprintf("s3://bench-datasets/inspection/line-%d/2026-11-%02d/%016x.jpg", n%2, 1+n%28, uint64(n)*0x9e3779b97f4a7c15)
}

// labelLine is a line of a picture with one label of fifty, and on line 0 with another one for the whole line; one line
// in a hundred has an error, one in four is not labelled.
func labelLine(n int) string {
	const made = `"human-annotated":"yes","creation-date":"2026-11-14T22:13:20.123456","type":"groundtruth/image-classification"}`
	var b strings.Builder
	fmt.Fprintf(&b, `{"source-ref":%q`, picture(n))
	if n%4 != 3 {
		fmt.Fprintf(&b, `,"defect":%d,"defect-metadata":{"class-name":"defect-%d","confidence":0.93,"job-name":"labeling-job/defects-of-november",`+made, n%labels, n%labels)
	}
	if n%2 == 0 {
		fmt.Fprintf(&b, `,"side":0,"side-metadata":{"class-name":"upper-side","confidence":1,"job-name":"labeling-job/sides",`+made)
	}
	if n%100 == 0 {
		b.WriteString(`,"shift":"late","shift-metadata":{}`)
	}
	return b.String() + "}"
}

// boxLine is a line of a picture with one to three boxes.
func boxLine(n int) string {
	var boxes, objects []string
	for i := range 1 + n%3 {
		boxes = append(boxes, fmt.Sprintf(`{"class_id":%d,"left":%d,"top":%d,"width":%d,"height":%d}`, (n+i)%4, 11+n%500, 20+100*i, 120+n%60, 80))
		objects = append(objects, `{"confidence":0.97}`)
	}
	return fmt.Sprintf(`{"source-ref":%q,"defects":{"image_size":[{"width":1280,"height":960,"depth":3}],"annotations":[%s]},`+
		`"defects-metadata":{"objects":[%s],"class-map":{"0":"scratch","1":"dent","2":"stain","3":"hole"},"type":"groundtruth/object-detection",`+
		`"human-annotated":"yes","creation-date":"2026-11-14T22:13:20.123456","job-name":"labeling-job/defects-of-november"}}`,
		picture(n), strings.Join(boxes, ","), strings.Join(objects, ","))
}

func writeManifest(path string, line func(n int) string, lines int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	for n := range lines {
		fmt.Fprintln(out, line(n))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// largestUpdate gives as many lines as one call takes, of pictures from all over the dataset, labelled anew.
func largestUpdate() (lines []byte, n int) {
	for ; ; n++ {
		line := strings.ReplaceAll(labelLine(n*23%full), `"class-name":"defect-`, `"class-name":"flaw-`) + "\n"
		if len(lines)+len(line) > limit {
			return lines, n
		}
		lines = append(lines, line...)
	}
}
