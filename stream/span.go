package stream

import (
	"slices"

	"github.com/plotbeam/plotbeam"
)

// maxSpans bounds a list of spans: over that, the oldest two become one.
const maxSpans = 256

// Spans is a list of spans in order, without overlaps. With and Without change
// it in place, as append does.
type Spans []plotbeam.Span

// Count is how many frames the spans hold.
func (spans Spans) Count() uint64 {
	n := uint64(0)
	for _, one := range spans {
		n += one.Count()
	}
	return n
}

// Has reports whether a sequence number lies in one of the spans.
func (spans Spans) Has(seq uint64) bool {
	for _, s := range spans {
		if s.First <= seq && seq <= s.Last {
			return true
		}
	}
	return false
}

// With adds a span; one that ends before it begins adds nothing.
func (spans Spans) With(add plotbeam.Span) Spans {
	if add.First > add.Last {
		return spans
	}
	first := 0
	for first < len(spans) && spans[first].Last+1 < add.First {
		first++
	}
	last := first
	for last < len(spans) && spans[last].First <= add.Last+1 {
		add.First = min(add.First, spans[last].First)
		add.Last = max(add.Last, spans[last].Last)
		last++
	}
	spans = slices.Replace(spans, first, last, add)
	if len(spans) > maxSpans {
		spans[1].First = spans[0].First
		spans = spans[1:]
	}
	return spans
}

// Without takes a span out; one that ends before it begins takes nothing.
func (spans Spans) Without(out plotbeam.Span) Spans {
	if out.First > out.Last {
		return spans
	}
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		if s.Last < out.First || s.First > out.Last {
			continue
		}
		var left []plotbeam.Span
		if s.First < out.First {
			left = append(left, plotbeam.Span{First: s.First, Last: out.First - 1})
		}
		if s.Last > out.Last {
			left = append(left, plotbeam.Span{First: out.Last + 1, Last: s.Last})
		}
		spans = slices.Replace(spans, i, i+1, left...)
		i += len(left) - 1
	}
	return spans
}
