package page

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// How many characters are shown of names, and of sentences.
const (
	longest  = 100
	sentence = 400
)

// name makes what users named harmless to look at, and short enough.
func name(s string) string { return clip(printable(s), longest) }

// note does the same for a sentence.
func note(s string) string { return clip(printable(s), sentence) }

// printable takes out control characters, and what turns the direction of writing beyond its own end. Escaping is the
// template's.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// clip shortens a text to so many characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// hair is what sums of rounded numbers may be off.
const hair = 1e-9

// figure shows two digits, and a third where two would make a number look like none or all; a dash for no number.
func figure(f float64) string {
	switch {
	case math.IsNaN(f):
		return "–"
	case f >= 0.995 && f < 1-hair:
		return fmt.Sprintf("%.3f", min(f, 0.999))
	case f > hair && f < 0.005:
		return fmt.Sprintf("%.3f", max(f, 0.001))
	default:
		return fmt.Sprintf("%.2f", f)
	}
}

// percent shows a share, likewise never rounded to none or all.
func percent(share float64) string {
	switch {
	case share > hair && share < 0.01:
		return fmt.Sprintf("%.1f %%", max(100*share, 0.1))
	case share > 0.99 && share < 1-hair:
		return fmt.Sprintf("%.1f %%", min(100*share, 99.9))
	default:
		return fmt.Sprintf("%.0f %%", 100*share)
	}
}
