package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// written writes a page and parses it: everything opened is closed in order, and nothing was refused by the escaper.
func written(t *testing.T, p Page) (string, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, p))
	text := b.String()
	require.False(t, strings.Contains(text, "ZgotmplZ"), "the template puts something where it may not be")
	void := map[string]bool{"meta": true, "img": true, "input": true}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tag, _ := z.TagName()
		switch {
		case kind == html.StartTagToken && !void[string(tag)]:
			open = append(open, string(tag))
		case kind == html.EndTagToken:
			require.NotEmpty(t, open, "</%s> without a beginning", tag)
			require.Equal(t, open[len(open)-1], string(tag))
			open = open[:len(open)-1]
		}
	}
	require.Empty(t, open)
	root, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	return text, root
}

// all gives the elements that match.
func all(root *html.Node, match func(*html.Node) bool) (list []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			list = append(list, n)
		}
	}
	return list
}

func tagged(root *html.Node, tag, class string) []*html.Node {
	return all(root, func(n *html.Node) bool {
		return n.Data == tag && (class == "" || strings.Contains(" "+attribute(n, "class")+" ", " "+class+" "))
	})
}

func byID(t *testing.T, root *html.Node, id string) *html.Node {
	t.Helper()
	list := all(root, func(n *html.Node) bool { return attribute(n, "id") == id })
	require.Len(t, list, 1, id)
	return list[0]
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// said is the text of a node, with single spaces.
func said(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func cells(row *html.Node) (list []string) {
	for n := range row.ChildNodes() {
		if n.Type == html.ElementNode {
			list = append(list, said(n))
		}
	}
	return list
}
