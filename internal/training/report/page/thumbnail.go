package page

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image/jpeg"
)

// thumbnail is a picture as it stands in the page.
type thumbnail struct {
	Name          string
	Width, Height int               // pixels; 0 for what is no JPEG
	Source        template.HTMLAttr // empty for what is not shown
	jpeg          []byte
}

const (
	hugest     = 256 << 10 // bytes of a thumbnail: one must not take the room of all others
	dataScheme = "data:image/jpeg;base64,"
	overhead   = 128 + 8*longest // bytes of an img element besides its data, at most
)

func newThumbnail(p Picture) *thumbnail {
	t := &thumbnail{Name: name(p.Name)}
	if len(p.JPEG) > hugest {
		return t
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG)); err == nil {
		t.Width, t.Height, t.jpeg = c.Width, c.Height, p.JPEG
	}
	return t
}

// show embeds the picture if there is room for it, and tells how much room it took.
func (t *thumbnail) show(room int) int {
	size := len(dataScheme) + base64.StdEncoding.EncodedLen(len(t.jpeg)) + overhead
	if t.jpeg == nil || size > room {
		return 0
	}
	// A whole attribute: as a value, each plus sign of the text would be escaped and take five bytes.
	t.Source = template.HTMLAttr(`src="` + dataScheme + base64.StdEncoding.EncodeToString(t.jpeg) + `"`)
	return size
}

// embed shows as many thumbnails as there is room for, of mistakes and of wrong labels in turns, and tells whether there
// are any.
func (v *view) embed(room int) bool {
	before := room
	for i := range max(len(v.Mistakes), len(v.WrongLabels)) {
		if i < len(v.Mistakes) {
			room -= v.Mistakes[i].Picture.show(room)
		}
		if i < len(v.WrongLabels) {
			room -= v.WrongLabels[i].Picture.show(room)
		}
	}
	return room < before
}
