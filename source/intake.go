package source

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	unfitLines = 20 // in a row, after which Auto looks for another format
	heldLines  = 20 // at most, while Auto looks for the format

	// stampLead is how far the times of lines may run ahead of the clock, at a
	// microsecond each; further ahead, the clock was set back and is followed.
	stampLead = int64(time.Minute / time.Microsecond)
)

// intake is the work of one Run: lines go in, readings come out. The
// goroutine of Run owns it.
type intake struct {
	lines   *Lines
	publish Publish
	splitter
	row     row
	parser  parser
	format  Format
	auto    bool
	unfit   int    // lines in a row that did not fit the parser
	held    []held // lines that no format is known for yet
	number  int    // of the line now
	stamped int64  // µs, of the line before
}

// held is a line that waits for the format to be known.
type held struct {
	number int
	at     int64 // µs
	text   []byte
}

func newIntake(l *Lines, publish Publish) *intake {
	in := &intake{lines: l, publish: publish, auto: l.cfg.Format == Auto}
	in.row.in = in
	in.row.known = make(map[string]*series)
	in.row.told = make(map[string]bool)
	if !in.auto {
		in.format, in.parser = l.cfg.Format, newParser(l.cfg.Format)
	}
	return in
}

func (in *intake) feed(b []byte) error {
	return in.split(b, in.line, in.tooLong)
}

// end takes the last line, which has no end of its own, and what still waits.
func (in *intake) end(err error) error {
	if len(in.pending) > 0 {
		if err := in.line(in.pending); err != nil {
			return err
		}
	}
	in.dropHeld("no format fits it, and no more lines came: name the format with --format")
	if err := in.flush(); err != nil {
		return err
	}
	return readError(in.number, err)
}

func (in *intake) tooLong(start []byte) {
	in.count()
	start = start[:min(len(start), binaryProbe)]
	reason := binary(start, true)
	if reason == "" {
		reason = fmt.Sprintf("the line is over %d KiB long: end lines with a newline", MaxLine>>10)
	}
	in.skip(in.number, reason, start[:min(len(start), shownBytes)])
}

func (in *intake) count() {
	in.number++
	in.lines.stats.lines.Add(1)
}

// line takes one line, without its newline.
func (in *intake) line(b []byte) error {
	in.count()
	b, why := clean(b, in.number == 1)
	switch {
	case why != "":
		in.skip(in.number, why, b)
		return nil
	case len(b) == 0 || b[0] == '#':
		return nil
	}
	at := in.stamp()
	if in.parser != nil {
		reason := in.parse(in.number, at, b)
		if reason == "" {
			in.unfit = 0
			in.dropHeld("it is not of the format " + string(in.format))
			return in.flushFull()
		}
		if in.unfit++; !in.auto || in.unfit <= unfitLines {
			in.skip(in.number, reason, b)
			return nil
		}
	}
	in.detect(held{number: in.number, at: at, text: bytes.Clone(b)})
	return in.flushFull()
}

// stamp is the time of arrival: that of the clock, and rising from line to line.
func (in *intake) stamp() int64 {
	now := time.Now().UnixMicro()
	if ahead := in.stamped - now; ahead >= 0 && ahead < stampLead {
		now = in.stamped + 1
	}
	in.stamped = now
	return now
}

// parse hands a line to the parser and gives the reason if it does not fit.
func (in *intake) parse(number int, at int64, line []byte) (unfit string) {
	in.row.begin(number, at, line)
	return in.parser.parse(line, &in.row)
}

// detect holds a line back until the lines held tell the format, and then
// takes them all.
func (in *intake) detect(line held) {
	in.held = append(in.held, line)
	format, found := detect(in.held)
	if !found {
		if len(in.held) == heldLines {
			in.skip(in.held[0].number, "no format fits it: name the format with --format", in.held[0].text)
			in.held = append(in.held[:0], in.held[1:]...)
		}
		return
	}
	in.parser, in.unfit = newParser(format), 0 // a new one even of the same format: another header
	if format != in.format {
		in.format = format
		if in.lines.cfg.OnFormat != nil {
			in.lines.cfg.OnFormat(format)
		}
	}
	for _, h := range in.held {
		// parse may change the text, which a skip is to show as it was.
		if reason := in.parse(h.number, h.at, bytes.Clone(h.text)); reason != "" {
			in.skip(h.number, reason, h.text)
		}
	}
	in.held = in.held[:0]
}

// dropHeld skips the lines that were held back in vain.
func (in *intake) dropHeld(reason string) {
	for _, h := range in.held {
		in.skip(h.number, reason, h.text)
	}
	in.held = in.held[:0]
}

func (in *intake) skip(line int, reason string, text []byte) {
	count := int(in.lines.stats.skipped.Add(1))
	if told(count) && in.lines.cfg.OnSkip != nil {
		in.lines.cfg.OnSkip(newSkip(line, reason, text, count))
	}
}

func (in *intake) flushFull() error {
	if len(in.row.out) < batchReadings {
		return nil
	}
	return in.flush()
}

// flush publishes what is gathered. What the other side refuses as a reading
// is a skip; every other error ends Run.
func (in *intake) flush() error {
	if len(in.row.out) == 0 {
		return nil
	}
	err := in.publish(in.row.out...)
	if err != nil && !errors.Is(err, plotbeam.ErrSeries) && !errors.Is(err, plotbeam.ErrNotFinite) {
		return fmt.Errorf("publish the readings up to line %d: %w", in.number, err)
	}
	if err != nil {
		in.skip(in.number, "a reading up to this line was refused: "+err.Error(), nil)
	}
	in.lines.stats.readings.Add(int64(len(in.row.out)))
	in.row.out = in.row.out[:0]
	return nil
}
