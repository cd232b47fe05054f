package manifest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// Parts that lines are made of; %s is what a case varies.
const (
	about      = `"human-annotated":"yes","creation-date":"2020-01-02T03:04:05"`
	imageType  = `"type":"groundtruth/image-classification"`
	boxType    = `"type":"groundtruth/object-detection"`
	ref        = `"source-ref":"s3://photos/1.png"`
	goodLabel  = `"sport":1,"sport-metadata":{"class-name":"football","confidence":1,` + imageType + `,` + about + `}`
	imageSize  = `"image_size":[{"width":640,"height":480,"depth":3}]`
	goodBox    = `{"class_id":0,"left":10,"top":10,"width":50,"height":50}`
	oneObject  = `"objects":[{"confidence":1}]`
	classMap   = `"class-map":{"0":"nut"}`
	boxesAbout = boxType + `,` + about
)

func boxLine(value, metadata string) string {
	return `{` + ref + `,"bb":{` + value + `},"bb-metadata":{` + metadata + `}}`
}

func annotated(annotations string) string { return imageSize + `,"annotations":[` + annotations + `]` }

func objects(n int) string {
	return `"objects":[` + strings.TrimSuffix(strings.Repeat(`{"confidence":1},`, n), ",") + `]`
}

// manyLabels is a line with n labels for the whole picture.
func manyLabels(n int) string {
	line := `{` + ref
	for i := range n {
		line += fmt.Sprintf(`,"l%d":%d,"l%d-metadata":{"class-name":"label %d","confidence":1,%s,%s}`, i, i, i, i, imageType, about)
	}
	return line + `}`
}

func imageLine(value, metadata string) string {
	return `{` + ref + `,"a":` + value + `,"a-metadata":{` + metadata + `}}`
}

// The lines that the service's guide shows, in our words.
func TestParseReadsImageLevelLabels(t *testing.T) {
	l := manifest.Parse([]byte(`{"source-ref":"s3://b-1/K/ü.png","sport0":0,"sport0-metadata":{"class-name":"football",` +
		`"confidence":0.8,"type":"groundtruth/image-classification","job-name":"j","human-annotated":"yes",` +
		`"creation-date":"2018-10-18T22:18:13.527256"}}`))
	require.Empty(t, l.Problems)
	require.Equal(t, "s3://b-1/K/ü.png", l.SourceRef)
	require.Equal(t, ownsight.Location{Bucket: "b-1", Key: "K/ü.png"}, l.Picture)
	require.Equal(t, []string{"football"}, l.Labels)
	require.True(t, l.Valid() && l.Labeled() && l.Usable(manifest.ImageLevel))
	require.False(t, l.HasErrors() || l.Ignored() || l.Dropped() || l.Usable(manifest.Localization))
	require.Equal(t, []ownsight.EntryLabel{{Name: "football"}}, l.Entry().Labels)
}

func TestParseReadsBoxes(t *testing.T) {
	l := manifest.Parse([]byte(`{"source-ref":"s3://bkt/K.png","bb":{"image_size":[{"width":640,"height":480,"depth":3}],` +
		`"annotations":[{"class_id":1,"top":251,"left":399,"width":155,"height":101},{"class_id":0,"top":0,"left":0,"width":640,"height":480},` +
		`{"class_id":1,"top":1.5,"left":2,"width":3,"height":4}]},` +
		`"bb-metadata":{"objects":[{"confidence":1},{"confidence":0.5},{"confidence":0}],"class-map":{"0":"Echo","1":"Echo Dot"},` +
		`"type":"groundtruth/object-detection","human-annotated":"yes","creation-date":"2013-11-18T02:53:27","job-name":"j"}}`))
	require.Empty(t, l.Problems)
	require.Equal(t, manifest.Size{Width: 640, Height: 480}, l.Size)
	require.Equal(t, []manifest.Box{
		{Label: "Echo Dot", Left: 399, Top: 251, Width: 155, Height: 101},
		{Label: "Echo", Left: 0, Top: 0, Width: 640, Height: 480},
		{Label: "Echo Dot", Left: 2, Top: 1.5, Width: 3, Height: 4},
	}, l.Boxes)
	require.Equal(t, []ownsight.EntryLabel{{Name: "Echo Dot", Boxes: 2}, {Name: "Echo", Boxes: 1}}, l.Entry().Labels)
	require.True(t, l.Usable(manifest.Localization))
	require.False(t, l.Usable(manifest.ImageLevel))
}

func TestAttributesThatNameOneLabelCountOnce(t *testing.T) {
	other := strings.ReplaceAll(goodLabel, `"sport`, `"again`)
	l := manifest.Parse([]byte(`{` + ref + `,` + goodLabel + `,` + other + `}`))
	require.Empty(t, l.Problems)
	require.Equal(t, []string{"football"}, l.Labels)
}

func TestCreationDates(t *testing.T) {
	for _, date := range []string{"2013-11-18T02:53:27", "2018-10-18T22:18:13.527256", "2018-10-18T22:18:13.5Z",
		"2018-10-18T22:18:13+02:00", "2018-10-18 22:18:13", "2018-10-18 22:18:13.123Z", "2018-10-18"} {
		l := manifest.Parse([]byte(strings.Replace(`{`+ref+`,`+goodLabel+`}`, "2020-01-02T03:04:05", date, 1)))
		require.Empty(t, l.Problems, date)
	}
}

// found says which code is reported at which place: code@level[:attribute[:annotation]].
func found(l manifest.Line) []string {
	levels := []string{"L", "A", "M", "N"}
	list := []string{}
	for _, p := range l.Problems {
		at := levels[p.Level]
		if p.Attribute != "" {
			at += ":" + p.Attribute
		}
		if p.Level == manifest.AnnotationLevel {
			at += fmt.Sprint(":", p.Annotation)
		}
		list = append(list, strings.TrimPrefix(string(p.Code), "ERROR_")+"@"+at)
	}
	return list
}

func TestEveryCodeOfALine(t *testing.T) {
	boxes := func(annotations string, n int) string {
		return boxLine(annotated(annotations), objects(n)+`,`+classMap+`,`+boxesAbout)
	}
	cases := []struct {
		name, line string
		want       []string
	}{
		{"nothing", ``, []string{"INVALID_JSON_LINE@L"}},
		{"blanks", `  `, []string{"INVALID_JSON_LINE@L"}},
		{"no object", `["s3://photos/1.png"]`, []string{"INVALID_JSON_LINE@L"}},
		{"cut off", `{` + ref, []string{"INVALID_JSON_LINE@L"}},
		{"two objects", `{` + ref + `} {}`, []string{"INVALID_JSON_LINE@L"}},
		{"a name twice", `{` + ref + `,"a":1,"a":2}`, []string{"INVALID_JSON_LINE@L"}},
		{"a name twice within", `{` + ref + `,"a":{"b":1,"b":2}}`, []string{"INVALID_JSON_LINE@L"}},
		{"not UTF-8", "{" + ref + ",\"a\":\"\xff\"}", []string{"INVALID_JSON_LINE@L"}},
		{"no picture", `{` + goodLabel + `}`, []string{"MISSING_SOURCE_REF@L"}},
		{"picture is a number", `{"source-ref":5,` + goodLabel + `}`, []string{"INVALID_SOURCE_REF_FORMAT@L"}},
		{"picture by https", `{"source-ref":"https://b/k",` + goodLabel + `}`, []string{"INVALID_SOURCE_REF_FORMAT@L"}},
		{"picture without key", `{"source-ref":"s3://photos/",` + goodLabel + `}`, []string{"INVALID_SOURCE_REF_FORMAT@L"}},
		{"bucket too short", `{"source-ref":"s3://ab/k",` + goodLabel + `}`, []string{"INVALID_SOURCE_REF_FORMAT@L"}},
		{"bucket with a blank", `{"source-ref":"s3://my photos/k",` + goodLabel + `}`, []string{"INVALID_SOURCE_REF_FORMAT@L"}},
		{"key too long", `{"source-ref":"s3://photos/` + strings.Repeat("k", 1025) + `"}`,
			[]string{"INVALID_SOURCE_REF_FORMAT@L", "WARNING_UNANNOTATED_RECORD@L"}},

		{"only a picture", `{` + ref + `}`, []string{"WARNING_UNANNOTATED_RECORD@L"}},
		{"listed, only a picture", `{` + ref + `,"cl-metadata":{"is_labeled":false}}`, []string{"WARNING_UNANNOTATED_RECORD@L"}},
		{"metadata alone", `{` + ref + `,"a-metadata":{}}`, []string{"NO_LABEL_ATTRIBUTES@L"}},
		{"attribute alone", `{` + ref + `,"a":1}`, []string{"NO_LABEL_ATTRIBUTES@L"}},
		{"partner misspelt", `{` + ref + `,"a":1,"A-metadata":{}}`, []string{"NO_LABEL_ATTRIBUTES@L"}},
		{"partner is no object", `{` + ref + `,"a":1,"a-metadata":"x"}`,
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@L:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},

		{"label is text", imageLine(`"cat"`, `"class-name":"x","confidence":1,`+imageType+`,`+about),
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@L:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"label is an object", imageLine(`{}`, `"class-name":"x","confidence":1,`+imageType+`,`+about),
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@A:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no class name", imageLine(`1`, `"confidence":1,`+imageType+`,`+about),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"class name in a list", imageLine(`1`, `"class-name":["x"],"confidence":1,`+imageType+`,`+about),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no confidence", imageLine(`1`, `"class-name":"x",`+imageType+`,`+about),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no type", imageLine(`1`, `"class-name":"x","confidence":1,`+about),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no date", imageLine(`1`, `"class-name":"x","confidence":1,"human-annotated":"no",`+imageType),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"bad date", imageLine(`1`, `"class-name":"x","confidence":1,"human-annotated":"no","creation-date":"today",`+imageType),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"human perhaps", imageLine(`1`, `"class-name":"x","confidence":1,"human-annotated":"perhaps","creation-date":"2020-01-01",`+imageType),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"other type", imageLine(`1`, `"class-name":"x","confidence":1,"type":"groundtruth/semantic-segmentation",`+about),
			[]string{"UNSUPPORTED_USE_CASE_TYPE@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"empty label", imageLine(`1`, `"class-name":"","confidence":1,`+imageType+`,`+about),
			[]string{"INVALID_LABEL_NAME_LENGTH@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"longest label", imageLine(`1`, `"class-name":"`+strings.Repeat("ü", 255)+`","confidence":1,`+imageType+`,`+about), []string{}},
		{"label too long", imageLine(`1`, `"class-name":"`+strings.Repeat("ü", 256)+`","confidence":1,`+imageType+`,`+about),
			[]string{"INVALID_LABEL_NAME_LENGTH@M:a", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"one attribute of two", `{` + ref + `,` + goodLabel + `,"a":1,"a-metadata":{}}`,
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:a"}},

		{"fifty labels", manyLabels(50), []string{}},
		{"too many labels", manyLabels(51), []string{"INVALID_LABEL_ATTRIBUTE_FORMAT@L:l50"}},

		{"boxes are a number", `{` + ref + `,"bb":1,"bb-metadata":{` + oneObject + `,` + classMap + `,` + boxesAbout + `}}`,
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@L:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no image size", boxLine(`"annotations":[`+goodBox+`]`, oneObject+`,`+classMap+`,`+boxesAbout),
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@A:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no depth", boxLine(`"image_size":[{"width":640,"height":480}],"annotations":[`+goodBox+`]`, oneObject+`,`+classMap+`,`+boxesAbout),
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@A:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no annotations member", boxLine(imageSize, objects(0)+`,`+classMap+`,`+boxesAbout),
			[]string{"WARNING_NO_ATTRIBUTE_ANNOTATIONS@A:bb", "WARNING_NO_ANNOTATIONS@L"}},
		{"an object but no annotations member", boxLine(imageSize, oneObject+`,`+classMap+`,`+boxesAbout),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"annotations are no list", boxLine(imageSize+`,"annotations":{}`, objects(0)+`,`+classMap+`,`+boxesAbout),
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@A:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"box without width", boxes(`{"class_id":0,"left":1,"top":1,"height":9}`, 1),
			[]string{"INVALID_LABEL_ATTRIBUTE_FORMAT@A:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no objects", boxLine(annotated(goodBox), classMap+`,`+boxesAbout),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no class map", boxLine(annotated(goodBox), oneObject+`,`+boxesAbout),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"too many objects", boxes(goodBox, 2),
			[]string{"INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"too few objects", boxes(goodBox+`,`+goodBox, 1),
			[]string{"MISSING_BOUNDING_BOX_CONFIDENCE@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"object without confidence", boxLine(annotated(goodBox), `"objects":[{}],`+classMap+`,`+boxesAbout),
			[]string{"MISSING_BOUNDING_BOX_CONFIDENCE@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"boxed label too long", boxLine(annotated(goodBox), oneObject+`,"class-map":{"0":"`+strings.Repeat("x", 256)+`"},`+boxesAbout),
			[]string{"INVALID_LABEL_NAME_LENGTH@M:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"fifty boxes", boxes(strings.TrimSuffix(strings.Repeat(goodBox+`,`, 50), ","), 50), []string{}},
		{"too many boxes", boxes(strings.TrimSuffix(strings.Repeat(goodBox+`,`, 51), ","), 51),
			[]string{"TOO_MANY_BOUNDING_BOXES@A:bb", "NO_VALID_LABEL_ATTRIBUTES@L"}},
		{"no boxes", boxes(``, 0), []string{"WARNING_NO_ATTRIBUTE_ANNOTATIONS@A:bb", "WARNING_NO_ANNOTATIONS@L"}},
		{"unknown class", boxes(goodBox+`,{"class_id":7,"left":1,"top":1,"width":9,"height":9}`, 2), []string{"MISSING_CLASS_MAP_ID@N:bb:1"}},
		{"box off frame", boxes(`{"class_id":0,"left":600,"top":0,"width":41,"height":9},`+goodBox, 2), []string{"INVALID_BOUNDING_BOX@N:bb:0"}},
		{"box below frame", boxes(`{"class_id":0,"left":0,"top":472,"width":9,"height":9},`+goodBox, 2), []string{"INVALID_BOUNDING_BOX@N:bb:0"}},
		{"negative box", boxes(goodBox+`,`+goodBox+`,{"class_id":0,"left":-1,"top":0,"width":9,"height":9}`, 3), []string{"INVALID_BOUNDING_BOX@N:bb:2"}},
		{"box of one pixel", boxes(`{"class_id":0,"left":0,"top":0,"width":1,"height":1},`+goodBox, 2), []string{"BOUNDING_BOX_TOO_SMALL@N:bb:0"}},
		{"no box is valid", boxes(`{"class_id":0,"left":0,"top":0,"width":1,"height":1},{"class_id":9,"left":0,"top":0,"width":9,"height":9}`, 2),
			[]string{"BOUNDING_BOX_TOO_SMALL@N:bb:0", "MISSING_CLASS_MAP_ID@N:bb:1", "NO_VALID_ANNOTATIONS@A:bb", "NO_VALID_ANNOTATIONS@L"}},
		{"picture too small", strings.Replace(boxes(`{"class_id":0,"left":0,"top":0,"width":9,"height":9}`, 1), `"width":640`, `"width":63`, 1),
			[]string{"INVALID_IMAGE_DIMENSION@L"}},
		{"picture too large", strings.Replace(boxes(goodBox, 1), `"width":640`, `"width":4097`, 1), []string{"INVALID_IMAGE_DIMENSION@L"}},
		{"picture too long", strings.Replace(strings.Replace(boxes(goodBox, 1), `"width":640`, `"width":1281`, 1), `"height":480`, `"height":64`, 1),
			[]string{"INVALID_IMAGE_DIMENSION@L"}},
		{"boxes beside a label", `{` + goodLabel + `,` + boxes(``, 0)[1:], []string{"WARNING_NO_ATTRIBUTE_ANNOTATIONS@A:bb"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := manifest.Parse([]byte(c.line))
			require.Equal(t, c.want, found(l))
			for _, p := range l.Problems {
				require.NotEmpty(t, p.Message)
				require.NotContains(t, p.Message, "{}")
			}
			require.True(t, json.Valid([]byte(l.Listed())), l.Listed())
			require.True(t, json.Valid([]byte(l.Validated())), l.Validated())
		})
	}
}

// A box is judged after the picture is scaled so that its longer side has 1280 pixels.
func TestBoxesAreJudgedAsScaledForTraining(t *testing.T) {
	box := func(side int) manifest.Line {
		value := fmt.Sprintf(`"image_size":[{"width":2560,"height":480,"depth":3}],"annotations":[{"class_id":0,"left":0,"top":0,"width":%d,"height":%d}]`, side, side)
		return manifest.Parse([]byte(boxLine(value, oneObject+`,`+classMap+`,`+boxesAbout)))
	}
	require.Contains(t, found(box(2)), "BOUNDING_BOX_TOO_SMALL@N:bb:0")
	require.Empty(t, found(box(3)))
}

func TestMessagesNameTheAttribute(t *testing.T) {
	l := manifest.Parse([]byte(`{` + ref + `,"my \"a\"":"x","my \"a\"-metadata":{"class-name":"x","confidence":1,` + imageType + `,` + about + `}}`))
	require.Equal(t, `The format of the label attribute my "a" is invalid.`, l.Problems[0].Message)
	l = manifest.Parse([]byte(imageLine(`1`, `"type":"groundtruth/text","class-name":"x","confidence":1,`+about)))
	require.Equal(t, "The use case type of the a-metadata label attribute metadata is unsupported. Check the type field.", l.Problems[0].Message)
}

func TestLinesThatAnImportDrops(t *testing.T) {
	for line, dropped := range map[string]bool{
		``:                        true,
		`{` + goodLabel + `}`:     true,
		`{"source-ref":"s3://x"}`: true,
		`{` + ref + `}`:           false,
		`{` + ref + `,"a":1}`:     false,
	} {
		require.Equal(t, dropped, manifest.Parse([]byte(line)).Dropped(), line)
	}
}

func TestAnInvalidLineHasNoEntryLabels(t *testing.T) {
	l := manifest.Parse([]byte(`{` + ref + `,` + goodLabel + `}`))
	l.Fail(manifest.InvalidImage)
	require.False(t, l.Valid() || l.Usable(manifest.ImageLevel))
	e := l.Entry()
	require.Empty(t, e.Labels)
	require.True(t, e.HasErrors && e.Labeled)
}

// No database holds a NUL in a text.
func TestParseRefusesNUL(t *testing.T) {
	l := manifest.Parse([]byte(`{"source-ref":"s3://photos/a\u0000b.png",` + goodLabel + `}`))
	require.True(t, l.Dropped())
	l = manifest.Parse([]byte(imageLine("1", `"class-name":"a\u0000b","confidence":1,`+imageType+`,`+about)))
	require.True(t, l.HasErrors())
	require.Empty(t, l.Labels)
}
