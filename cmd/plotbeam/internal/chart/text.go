package chart

import (
	"strings"
	"unicode"
)

// cut keeps what fits into so many cells.
func cut(s string, width int) string {
	used := 0
	for i, r := range s {
		if used += cellsOf(r); used > width {
			return s[:i]
		}
	}
	return s
}

// cells is the width of a text in a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

// cellsOf follows Unicode's East Asian Width (annex 11) as far as its large blocks go.
func cellsOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f900 && r <= 0x1f9ff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// pad fills a text up to so many cells.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-cells(s), 0))
}

var asciiWords = strings.NewReplacer(
	"·", "|", "…", "...", "┤", "+", "│", "|", "←", "<-", "→", "->", "↑", "up", "↓", "down",
	"°", "deg ", "²", "2", "³", "3", "µ", "u", "μ", "u", "Ω", "Ohm", "‰", "/1000", "–", "-", "−", "-",
)

// toASCII writes a text for terminals that know nothing else.
func toASCII(s string) string {
	s = asciiWords.Replace(s)
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, s)
}
