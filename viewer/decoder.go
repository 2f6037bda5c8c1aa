package viewer

import (
	"fmt"

	"github.com/plotbeam/plotbeam"
)

// mostUndeclared is how many frames are kept whose schema has not come yet.
const mostUndeclared = 1000

// decoder reads frames by the schema that holds for them. One goroutine uses it.
type decoder struct {
	known      plotbeam.Schema
	version    uint16 // of epoch
	epoch      plotbeam.Epoch
	scratch    []plotbeam.Column
	undeclared []arrival // frames that came before their schema
}

// schema takes a schema; within a log an older one changes nothing, for
// schemas only grow. It gives the frames that have waited for one.
func (d *decoder) schema(f plotbeam.Frame) (waited []arrival, err error) {
	if f.Position.Epoch == d.epoch && f.Schema <= d.version {
		return nil, nil
	}
	s, err := f.DecodeSchema()
	if err != nil {
		return nil, err
	}
	d.known, d.version, d.epoch = s, f.Schema, f.Position.Epoch
	waited, d.undeclared = d.undeclared, nil
	return waited, nil
}

// declared reports whether the schema that holds for a frame has come. If not,
// the frame is kept until it has.
func (d *decoder) declared(a arrival) bool {
	if a.frame.Position.Epoch == d.epoch && a.frame.Schema <= d.version || len(d.undeclared) >= mostUndeclared {
		return true // or cannot be kept, and columns says so
	}
	d.undeclared = append(d.undeclared, a)
	return false
}

func (d *decoder) columns(f plotbeam.Frame) ([]plotbeam.Column, error) {
	if f.Schema > d.version || f.Position.Epoch != d.epoch {
		return nil, fmt.Errorf("%w: schema %d holds, %d was announced", plotbeam.ErrFrame, f.Schema, d.version)
	}
	columns, err := f.DecodeColumns(d.scratch[:0])
	if err != nil {
		return nil, err
	}
	d.scratch = columns
	for i := range columns {
		if int(columns[i].Series) >= len(d.known.Series) {
			return nil, fmt.Errorf("%w: series %d is not in the schema", plotbeam.ErrFrame, columns[i].Series)
		}
	}
	return columns, nil
}
