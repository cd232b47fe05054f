package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"ownsight/internal/training/report"
)

// MaxBytes bounds a page. Thumbnails that would not fit are left out, the least important first.
const MaxBytes = 5 << 20

// mostLabels is how many labels a page can tell of, four times as many as a model may have.
const mostLabels = 1000

var (
	//go:embed page.gohtml
	pageText string
	//go:embed style.css
	styleText string
	//go:embed script.js
	scriptText string
)

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"count":    report.Count,
	"duration": report.Duration,
	"figure":   figure,
	"name":     name,
	"note":     note,
	"percent":  percent,
	"style":    func() template.CSS { return template.CSS(styleText) },
	"script":   func() template.JS { return template.JS(scriptText) },
}).Parse(pageText))

// Write writes the page. It is an error when there are more than 1000 labels, when the page is too big even without
// thumbnails, or when the counts of the confusion matrix do not fit its labels.
func Write(w io.Writer, p Page) error {
	if len(p.Labels) > mostLabels {
		return fmt.Errorf("report: a page on %d labels, at most %d are allowed", len(p.Labels), mostLabels)
	}
	v, err := newView(p)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		return fmt.Errorf("report: writing the page: %w", err)
	}
	if b.Len() > MaxBytes {
		return fmt.Errorf("report: the page would have %d bytes, at most %d are allowed", b.Len(), MaxBytes)
	}
	if v.embed(MaxBytes - b.Len()) {
		b.Reset()
		if err := pageTemplate.Execute(&b, v); err != nil {
			return fmt.Errorf("report: writing the page: %w", err)
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("report: writing the page: %w", err)
	}
	return nil
}
