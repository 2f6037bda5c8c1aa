package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

const (
	// MaxLine is the most bytes of a line; a longer one is skipped without being kept.
	MaxLine = 64 << 10

	chunkBytes  = 64 << 10
	chunkCount  = 3   // one is filled, one waits, one is read
	emptyReads  = 100 // in a row, before a reader is given up
	binaryProbe = 512 // bytes of an overlong line that are looked at to say what it is
	shownBytes  = 40  // of an overlong line
)

// LinesConfig says what a [Lines] reads.
type LinesConfig struct {
	// Input is the text, such as os.Stdin or a serial port.
	Input io.Reader
	// Format is its form; empty means Auto.
	Format Format
	// OnFormat is told which format Auto found, and again if it finds another
	// one later. Run calls it; nil is fine.
	OnFormat func(Format)
	// OnSkip is told the first 10 skips and then those whose Count is a power
	// of two; Stats counts them all. Run calls it; nil is fine.
	OnSkip func(Skip)
}

// Lines publishes the readings in lines of text.
//
// A line is at most 64 KiB of UTF-8; CRLF, a byte order mark, terminal
// colours and a last line without its end are fine. Empty lines and those that begin with # are
// passed over, and so are headers. Whatever else gives no reading is a [Skip]:
// a line that is not of the format, or one value of a line whose other values
// go through (NaN, an infinity, 1e400, a series over the limit of
// [plotbeam.MaxSeries], a name or unit against the rules).
//
// The point is the decimal point. A decimal comma is taken where a comma can
// be nothing else: in numbers on lines that semicolons or tabs divide
// (3,14;2,71), and in CSV that they divide. Elsewhere a comma divides.
//
// A line whose text names a time is of that time: RFC 3339 (without a zone it
// is local time), or unix seconds, ms, µs or ns of the years 2001 to 2286,
// which their size tells apart; a smaller number is a value like others. Every
// other line is of the moment it arrived, in whole microseconds, and at least
// one after the line before: lines that come faster than one a microsecond run
// ahead of the clock by as much.
type Lines struct {
	cfg   LinesConfig
	stats struct{ lines, readings, skipped atomic.Int64 }
}

// Stats counts what a [Lines] has read so far.
type Stats struct {
	Lines    int // lines, empty ones included
	Readings int // readings that were published
	Skipped  int // skips, told or not: lines, and single values of lines
}

// NewLines checks cfg and fills in its defaults.
func NewLines(cfg LinesConfig) (*Lines, error) {
	if cfg.Input == nil {
		return nil, errors.New("read lines: there is no input")
	}
	if cfg.Format == "" {
		cfg.Format = Auto
	}
	if _, err := ParseFormat(string(cfg.Format)); err != nil {
		return nil, err
	}
	return &Lines{cfg: cfg}, nil
}

// Stats may be called at any time.
func (l *Lines) Stats() Stats {
	return Stats{
		Lines:    int(l.stats.lines.Load()),
		Readings: int(l.stats.readings.Load()),
		Skipped:  int(l.stats.skipped.Load()),
	}
}

// Skipped is the exact number of skips so far.
func (l *Lines) Skipped() int { return l.Stats().Skipped }

// Run publishes until the input ends or ctx is done, and then returns nil; its
// error is that of reading or of publish. Readings are published as soon as no
// more input waits, or about 1,000 are gathered. Call it once.
//
// A Read that blocks cannot be interrupted: when ctx ends, Run returns at
// once, and the goroutine that reads stays until its Read returns, which for
// os.Stdin may be the end of the process. Close the input to end it earlier.
func (l *Lines) Run(ctx context.Context, publish Publish) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	full := make(chan chunk)              // nobody closes it; the last chunk bears an error
	free := make(chan []byte, chunkCount) // never closed; holds every buffer that is not in use
	for range chunkCount {
		free <- make([]byte, chunkBytes)
	}
	go readChunks(ctx, l.cfg.Input, full, free) // ends with ctx or the input; nobody waits, see above
	in := newIntake(l, publish)
	for {
		c, ok, err := next(ctx, full, in.flush)
		if !ok || err != nil {
			return err
		}
		if err := in.feed(c.bytes[:c.n]); err != nil {
			return err
		}
		free <- c.bytes
		if c.err != nil {
			return in.end(c.err)
		}
	}
}

// next gives the chunk that waits; where none does it flushes and then waits.
func next(ctx context.Context, full <-chan chunk, flush func() error) (c chunk, ok bool, err error) {
	if ctx.Err() != nil {
		return chunk{}, false, nil
	}
	select {
	case c = <-full:
		return c, true, nil
	default:
	}
	if err := flush(); err != nil {
		return chunk{}, false, err
	}
	select {
	case c = <-full:
		return c, true, nil
	case <-ctx.Done():
		return chunk{}, false, nil
	}
}

// chunk is what one Read gave.
type chunk struct {
	bytes []byte
	n     int
	err   error
}

func readChunks(ctx context.Context, input io.Reader, full chan<- chunk, free <-chan []byte) {
	for empty := 0; ; {
		var c chunk
		select {
		case c.bytes = <-free:
		case <-ctx.Done():
			return
		}
		for c.n == 0 && c.err == nil {
			if c.n, c.err = input.Read(c.bytes); c.n > 0 {
				empty = 0
			} else if empty++; empty == emptyReads && c.err == nil {
				c.err = io.ErrNoProgress
			}
		}
		select {
		case full <- c:
		case <-ctx.Done():
			return
		}
		if c.err != nil {
			return
		}
	}
}

// splitter cuts chunks into lines and keeps what a chunk has of a line whose
// end is yet to come.
type splitter struct {
	pending  []byte
	overlong bool // the rest of the line is passed over
}

// split calls line for each line that ends in b, and tooLong once for each
// that has grown over [MaxLine], as soon as it has.
func (s *splitter) split(b []byte, line func([]byte) error, tooLong func(start []byte)) error {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		part := b
		if end >= 0 {
			part = b[:end]
		}
		switch {
		case s.overlong:
		case len(s.pending)+len(part) > MaxLine:
			s.overlong = true
			tooLong(append(s.pending, part[:min(len(part), binaryProbe)]...))
			s.pending = s.pending[:0]
		case end < 0:
			s.pending = append(s.pending, part...)
		default:
			if len(s.pending) > 0 {
				s.pending = append(s.pending, part...)
				part = s.pending
			}
			if err := line(part); err != nil {
				return err
			}
			s.pending = s.pending[:0]
		}
		if end < 0 {
			break
		}
		s.overlong = false
		b = b[end+1:]
	}
	return nil
}

// readError words how the input ended.
func readError(line int, err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read after line %d: %w", line, err)
}
