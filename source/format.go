package source

import (
	"fmt"
	"strings"

	"github.com/plotbeam/plotbeam"
)

// Format is a form of text that holds readings.
type Format string

const (
	Auto     Format = "auto"     // found out from the first lines
	Numbers  Format = "numbers"  // 1.5 or 1.5 2.5 3.5
	CSV      Format = "csv"      // time,temp (Cel) and then 2026-11-24T10:00:00Z,21.5
	Table    Format = "table"    // columns under a header, as vmstat, iostat and sar print
	Pairs    Format = "pairs"    // temp:21.5,hum:40 or ttl=64 time=0.045 ms
	Teleplot Format = "teleplot" // >temp:21.5§°C
	JSON     Format = "json"     // {"temp":21.5,"motor":{"rpm":900}}
)

// Formats lists every [Format].
func Formats() []Format {
	return []Format{Auto, Numbers, CSV, Table, Pairs, Teleplot, JSON}
}

// ParseFormat checks the name of a format; its error lists those there are.
func ParseFormat(s string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if s == string(f) {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", fmt.Errorf("format %s: choose one of %s", plotbeam.Quote(s), strings.Join(names, ", "))
}

// parser reads the lines of one format. It may change the line's bytes.
type parser interface {
	// parse puts the line's readings into the row, and gives the reason where
	// the line is not of this format. It has then put nothing.
	parse(line []byte, r *row) (unfit string)
}

func newParser(f Format) parser {
	switch f {
	case Numbers:
		return &numbersParser{}
	case CSV:
		return &csvParser{}
	case Table:
		return &tableParser{}
	case Pairs:
		return &pairsParser{}
	case Teleplot:
		return &teleplotParser{}
	case JSON:
		return &jsonParser{}
	}
	return nil
}
