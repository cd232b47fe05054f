package page

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// hostile are names that users, or those who send them pictures, might come up with.
var hostile = []string{
	`</script><script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`</style><link rel=stylesheet href=//evil.example>`,
	`{{.Method}} javascript:alert(1)`,
	"</title></svg><!-- \x00 \xff \u202egnp.exe",
	`]]> &lt;b&gt; <base href=//evil.example>`,
}

// poisoned puts a name wherever there is room for one.
func poisoned(p Page, s string) Page {
	p.Model = Model{s, s, s, s, s}
	p.Figures.Further = []NamedFigure{{Name: s, Note: s}}
	for i := range p.Labels {
		p.Labels[i].Name = s
	}
	for i := range p.Confusion.Labels {
		p.Confusion.Labels[i] = s
	}
	p.Search.Why, p.Search.Measures = s, []string{s, s}
	for i := range p.Search.Candidates {
		p.Search.Candidates[i].Name = s
	}
	for i := range p.Losses {
		p.Losses[i].Name = s
	}
	for i := range p.Mistakes {
		m := &p.Mistakes[i]
		m.Picture.Name, m.Truth = s, []string{s}
		m.Wrong, m.Missed = []Answer{{s, 0.5}}, []Answer{{s, 0.5}}
		for b := range m.Boxes {
			m.Boxes[b].Label = s
		}
	}
	for i := range p.WrongLabels {
		p.WrongLabels[i].Picture.Name, p.WrongLabels[i].Given, p.WrongLabels[i].Suggested = s, s, s
	}
	for i := range p.Scarce {
		p.Scarce[i].Label = s
	}
	p.Method.Steps, p.Method.Digests, p.Method.Further = []Step{{Name: s}}, []Fact{{s, s}}, []Fact{{s, s}}
	return p
}

func TestNamesCannotLeaveTheirPlace(t *testing.T) {
	for _, from := range []func(*testing.T) Page{sample, found} {
		_, plain := written(t, poisoned(from(t), "plain"))
		want := shape(plain)
		for _, s := range hostile {
			text, root := written(t, poisoned(from(t), s))
			require.Equal(t, want, shape(root), "%q changes what the page is made of", s)
			require.Contains(t, said(tagged(root, "h1", "")[0]), strings.Join(strings.Fields(name(s)), " "))
			require.False(t, strings.ContainsAny(text, "\x00\u202e"), "%q", s)
			require.True(t, utf8.ValidString(text), "%q", s)
		}
	}
}

// shape lists the elements and the names of their attributes.
func shape(root *html.Node) (list []string) {
	for _, n := range all(root, func(*html.Node) bool { return true }) {
		element := n.Data
		for _, a := range n.Attr {
			element += " " + a.Key
		}
		list = append(list, element)
	}
	return list
}

func TestThePageNeedsNothingElse(t *testing.T) {
	for _, p := range []Page{sample(t), found(t)} {
		text, root := written(t, p)
		policy := all(root, func(n *html.Node) bool { return attribute(n, "http-equiv") == "Content-Security-Policy" })
		require.Len(t, policy, 1)
		require.Contains(t, attribute(policy[0], "content"), "default-src 'none'")
		require.Len(t, tagged(root, "script", ""), 1)
		require.Len(t, tagged(root, "style", ""), 1)
		require.NotEmpty(t, tagged(root, "img", ""))
		for _, n := range all(root, func(*html.Node) bool { return true }) {
			for _, a := range n.Attr {
				switch {
				case a.Key == "src":
					require.True(t, strings.HasPrefix(a.Val, dataScheme), a.Val)
				case a.Key == "href":
					require.True(t, strings.HasPrefix(a.Val, "#"), a.Val)
				case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcset", a.Key == "action":
					t.Errorf("<%s> has %s", n.Data, a.Key)
				}
			}
		}
		for _, foreign := range []string{"url(", "@import", "http://", "https://"} {
			require.False(t, strings.Contains(text, foreign), foreign)
		}
	}
}

func TestPeopleWithoutEyesOrMouseCanReadIt(t *testing.T) {
	_, root := written(t, found(t))
	require.Equal(t, "en", attribute(tagged(root, "html", "")[0], "lang"))
	for _, img := range tagged(root, "img", "") {
		require.NotEmpty(t, attribute(img, "alt"))
	}
	for _, svg := range tagged(root, "svg", "") {
		told := attribute(svg, "aria-label") != "" || said(svg.Parent) != ""
		require.True(t, told || attribute(svg, "aria-hidden") == "true", "a drawing without words")
	}
	for _, th := range tagged(root, "th", "") {
		require.NotEmpty(t, attribute(th, "scope"))
	}
	for _, scroll := range tagged(root, "div", "scroll") {
		require.Equal(t, "0", attribute(scroll, "tabindex"), "the keyboard can scroll it")
		require.NotEmpty(t, attribute(scroll, "aria-label"))
	}
}

// most is the biggest report that a training can lead to: 250 labels with long names, each taken for each other, and
// more big thumbnails than there is room for.
func most(t *testing.T) Page {
	t.Helper()
	p := sample(t)
	label := p.Labels[0]
	for at := range 101 {
		label.Sweep.TruePositives[at], label.Sweep.FalsePositives[at] = 54321, 54321
	}
	label.Curve = nil
	for i := range 5000 {
		label.Curve = append(label.Curve, CurvePoint{float64(i) / 5000, 1 - float64(i)/6000})
	}
	p.Labels, p.Confusion, p.Scarce = nil, &Confusion{}, nil
	for k := range 250 {
		label.Name = fmt.Sprint(k, strings.Repeat(`<"&'>`, 60))
		p.Labels = append(p.Labels, label)
		p.Confusion.Labels = append(p.Confusion.Labels, label.Name)
		row := make([]int, 250)
		for a := range row {
			row[a] = 1 + (k+a)%7
		}
		p.Confusion.Counts = append(p.Confusion.Counts, row)
		p.Scarce = append(p.Scarce, Scarce{Label: label.Name, FewToLearn: true, FewToTell: true})
	}
	big := drawn(t, 300, 300, true)
	p.Mistakes, p.WrongLabels = nil, nil
	for i := range 300 {
		name := fmt.Sprintf("s3://b/%d.jpg", i)
		p.Mistakes = append(p.Mistakes, Mistake{Picture: Picture{name, big}, Truth: []string{label.Name}})
		p.WrongLabels = append(p.WrongLabels, WrongLabel{Picture: Picture{name, big}, Given: label.Name})
	}
	return p
}

func TestThePageStaysSmall(t *testing.T) {
	p := most(t)
	text, root := written(t, p)
	t.Logf("%d bytes, %d thumbnails of %d bytes", len(text), len(tagged(root, "img", "")), len(p.Mistakes[0].Picture.JPEG))
	require.LessOrEqual(t, len(text), MaxBytes)
	require.Greater(t, len(text), MaxBytes-len(p.Mistakes[0].Picture.JPEG)*2, "room is used")
	for section, want := range map[string]int{"mistakes": MostMistakes, "wrong": MostWrongLabels} {
		cards := tagged(byID(t, root, section), "li", "card")
		require.Len(t, cards, want)
		shown := true
		for _, card := range cards { // the worst have pictures, the others do without
			has := len(tagged(card, "img", "")) == 1
			require.True(t, shown || !has)
			shown = has
		}
		require.NotEmpty(t, tagged(cards[0], "img", ""), section)
	}
	require.Contains(t, said(byID(t, root, "mistakes")), "And 276 more that are not shown.")
	require.Contains(t, said(byID(t, root, "wrong")), "And 84 more that are not named.")
	require.Len(t, tagged(byID(t, root, "wrong"), "tr", ""), 1+mostNamed)
	require.Len(t, tagged(byID(t, root, "confusion"), "rect", "cell"), mostTitled)
	require.Len(t, tagged(byID(t, root, "curves"), "figure", ""), 250)

	p.Labels = make([]Label, mostLabels+1)
	require.Error(t, Write(new(bytes.Buffer), p))
}

func TestThumbnailsThatAreNone(t *testing.T) {
	p := sample(t)
	huge := append(drawn(t, 8, 8, false), make([]byte, hugest)...)
	for i, content := range [][]byte{nil, []byte("<svg onload=alert(1)>"), huge} {
		p.Mistakes[0].Picture.JPEG = content
		p.WrongLabels = nil
		_, root := written(t, p)
		require.Empty(t, tagged(root, "img", ""), i)
		require.Contains(t, said(byID(t, root, "mistakes")), "no thumbnail")
	}
}
