package awswire

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// path says where in a request a value is. It lives on the stack of the walk and is written out only for an error.
type path struct {
	above *path
	name  string // wire name of a member, key of a map entry, or
	index int    // one-based place in a list
}

func (p *path) member(name string) *path { return &path{above: p, name: name} }
func (p *path) item(i int) *path         { return &path{above: p, index: i + 1} }

// String writes a path as AWS does: members in lower camel case and list items as N.member, joined by dots.
func (p *path) String() string {
	var parts []string
	for ; p != nil; p = p.above {
		if p.index > 0 {
			parts = append(parts, strconv.Itoa(p.index)+".member")
		} else {
			parts = append(parts, lowerFirst(truncate(p.name)))
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
		if i > 0 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// maxEcho is how many characters of a client's value a message repeats.
const maxEcho = 256

func truncate(s string) string {
	if len(s) <= maxEcho {
		return s
	}
	n := 0
	for i := range s {
		if n == maxEcho {
			return s[:i] + "..."
		}
		n++
	}
	return s
}
