package source

import (
	"math/bits"

	"github.com/plotbeam/plotbeam"
)

// tellFirst skips are told one by one, and then those whose count is a power
// of two, so that an input that is wrong throughout fills no screen.
const tellFirst = 10

// Skip is a line, or one value of a line, that gave no reading.
type Skip struct {
	Line   int    // from 1
	Reason string // in plain words
	Text   string // the line's beginning, quoted and cut by plotbeam.Quote
	Count  int    // of skips so far, this one included; those between the told ones are only counted
}

// told reports whether skip number count is handed to OnSkip.
func told(count int) bool {
	return count <= tellFirst || bits.OnesCount(uint(count)) == 1
}

func newSkip(line int, reason string, text []byte, count int) Skip {
	return Skip{Line: line, Reason: reason, Text: plotbeam.Quote(string(text)), Count: count}
}
