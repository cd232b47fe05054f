package main

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"io"
	"os"

	"golang.org/x/image/draw"
)

//go:embed page.html
var source string

// thumbnail is the width of a picture on the page, in pixels; twice what is shown, for fine screens.
const thumbnail = 360

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"picture": dataURI,
	"percent": func(share float64) string { return fmt.Sprintf("%.1f", 100*share) },
	"css":     func(f float64) template.CSS { return template.CSS(fmt.Sprintf("%.2f%%", f)) },
	"shade": func(n, of int) template.CSS {
		return template.CSS(fmt.Sprintf("%.2f", 0.12+0.75*float64(n)/float64(max(of, 1))))
	},
}).Parse(source))

func (r *results) write(w io.Writer) error { return page.Execute(w, r) }

// dataURI gives a small copy of a picture as an address that holds the picture itself.
func dataURI(path string) (template.URL, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	whole, err := jpeg.Decode(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	size := whole.Bounds().Size()
	small := image.NewRGBA(image.Rect(0, 0, thumbnail, thumbnail*size.Y/size.X))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, whole.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: 78}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}
