package viewer

import (
	"fmt"

	"github.com/plotbeam/plotbeam"
)

// tracker knows where in the stream the viewer is, whatever path it reads.
type tracker struct {
	at      *plotbeam.Position // of the last frame handled; nil before the first From
	known   plotbeam.Schema
	version uint16
	scratch []plotbeam.Column
}

// from takes the place where a device begins to read, and says how many frames
// are lost between the place that was asked for and this one; known is false
// if that cannot be known.
func (t *tracker) from(start plotbeam.Position) (lost uint64, known bool) {
	before := t.at
	t.at = &start
	switch {
	case before == nil:
		return 0, true
	case before.Epoch != start.Epoch:
		t.version = 0
		return 0, false
	case start.Seq > before.Seq:
		return start.Seq - before.Seq, true
	}
	t.at = before
	return 0, true
}

// place says how many frames are missing before f, or that it came before.
func (t *tracker) place(f plotbeam.Frame) (lost uint64, repeat bool) {
	p := f.Position
	if t.at == nil || p.Epoch != t.at.Epoch {
		t.at = &p // a device that sends frames without a From
		return 0, false
	}
	if p.Seq <= t.at.Seq {
		return 0, f.Kind != plotbeam.KindSchema
	}
	lost = p.Seq - t.at.Seq - 1
	t.at = &p
	return lost, false
}

func (t *tracker) schema(f plotbeam.Frame) error {
	s, err := f.DecodeSchema()
	if err != nil {
		return err
	}
	t.known, t.version = s, f.Schema
	return nil
}

func (t *tracker) columns(f plotbeam.Frame) ([]plotbeam.Column, error) {
	if f.Schema != t.version {
		return nil, fmt.Errorf("%w: schema %d holds, %d was announced", plotbeam.ErrFrame, f.Schema, t.version)
	}
	columns, err := f.DecodeColumns(t.scratch[:0])
	if err != nil {
		return nil, err
	}
	t.scratch = columns
	for i := range columns {
		if int(columns[i].Series) >= len(t.known.Series) {
			return nil, fmt.Errorf("%w: series %d is not in the schema", plotbeam.ErrFrame, columns[i].Series)
		}
	}
	return columns, nil
}
