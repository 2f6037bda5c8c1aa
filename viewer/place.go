package viewer

import (
	"slices"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

// pastEpochs is how many logs of a device are remembered that are over, so
// that what is still under way from them is not taken for news.
const pastEpochs = 8

// place knows which frames have come, whatever path they came over.
type place struct {
	at      *plotbeam.Position // of the newest; nil before the first From
	missing stream.Spans       // before it; they may come yet
	past    []plotbeam.Epoch
}

// from takes the place where a path begins. It is a break if the device has
// begun a new log.
func (p *place) from(start plotbeam.Position) (isBreak bool) {
	switch {
	case p.at == nil:
		p.at = &start
	case start.Epoch == p.at.Epoch, slices.Contains(p.past, start.Epoch):
	default:
		p.past = append(p.past, p.at.Epoch)
		p.past = p.past[max(0, len(p.past)-pastEpochs):]
		p.at, p.missing = &start, nil
		return true
	}
	return false
}

// take notes that a frame has come, and says whether it is new, and older than
// others that have.
func (p *place) take(at plotbeam.Position) (news, late bool) {
	if p.at == nil || at.Epoch != p.at.Epoch {
		return false, false
	}
	if at.Seq > p.at.Seq {
		p.missing = p.missing.With(plotbeam.Span{First: p.at.Seq + 1, Last: at.Seq - 1})
		p.at = &at
		return true, false
	}
	before := p.missing.Count()
	p.missing = p.missing.Without(plotbeam.Span{First: at.Seq, Last: at.Seq})
	return p.missing.Count() != before, true
}

// gap notes frames that will not come, and says how many of them had not.
func (p *place) gap(epoch plotbeam.Epoch, span plotbeam.Span) (lost uint64) {
	if p.at == nil || epoch != p.at.Epoch {
		return 0
	}
	if span.Last > p.at.Seq {
		p.missing = p.missing.With(plotbeam.Span{First: p.at.Seq + 1, Last: span.Last})
		p.at = &plotbeam.Position{Epoch: epoch, Seq: span.Last}
	}
	before := p.missing.Count()
	p.missing = p.missing.Without(span)
	return before - p.missing.Count()
}
