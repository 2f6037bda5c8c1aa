package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/source"
)

func newLines(t testing.TB, cfg source.LinesConfig) *source.Lines {
	t.Helper()
	l, err := source.NewLines(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func discard(...plotbeam.Reading) error { return nil }

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe() // nothing is written: Read blocks
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if err := newLines(t, source.LinesConfig{Input: r}).Run(ctx, discard); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("it took %v", took)
		}
		w.Close()
	})
	ctx, cancel := context.WithCancel(t.Context())
	lines := 0
	err := newLines(t, source.LinesConfig{Input: repeat("1\n")}).Run(ctx, func(...plotbeam.Reading) error {
		if lines++; lines == 3 {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRunErrors(t *testing.T) {
	broken := errors.New("unplugged")
	input := io.MultiReader(strings.NewReader("1\n2"), iotest.ErrReader(broken))
	got := &gather{t: t}
	err := newLines(t, source.LinesConfig{Input: input}).Run(t.Context(), got.publish)
	if !errors.Is(err, broken) || len(got.readings) != 2 {
		t.Errorf("%v after %d readings", err, len(got.readings))
	}
	refuse := func(err error) source.Publish { return func(...plotbeam.Reading) error { return err } }
	err = newLines(t, source.LinesConfig{Input: strings.NewReader("1\n")}).Run(t.Context(), refuse(broken))
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	l := newLines(t, source.LinesConfig{Input: strings.NewReader("1\n")})
	if err := l.Run(t.Context(), refuse(fmt.Errorf("%w: too many", plotbeam.ErrSeries))); err != nil || l.Skipped() != 1 {
		t.Error(err, l.Skipped())
	}
	if err := newLines(t, source.LinesConfig{Input: idle{}}).Run(t.Context(), discard); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
	if _, err := source.NewLines(source.LinesConfig{}); err == nil {
		t.Error("no input was taken")
	}
	if _, err := source.NewLines(source.LinesConfig{Input: idle{}, Format: "xml"}); err == nil {
		t.Error("format xml was taken")
	}
	for _, f := range source.Formats() {
		if got, err := source.ParseFormat(string(f)); got != f || err != nil {
			t.Error(f, err)
		}
	}
	if _, err := source.ParseFormat("xml"); err == nil || !strings.Contains(err.Error(), "auto, numbers, csv, table, pairs, teleplot, json") {
		t.Error(err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestSmallReads(t *testing.T) {
	const input = "temp (Cel);hum [%]\r\n21,5;40\r\n21,75;41\r\n"
	for _, r := range []io.Reader{
		iotest.OneByteReader(strings.NewReader(input)), iotest.DataErrReader(strings.NewReader(input)), iotest.HalfReader(strings.NewReader(input)),
	} {
		s := read(t, source.Auto, r)
		if s.rows() != "temp=21.5Cel hum=40%\ntemp=21.75Cel hum=41%" {
			t.Errorf("got %s, %s", s.rows(), s.reasons())
		}
	}
}

// FuzzLines reads any bytes in any format: what comes out are readings.
func FuzzLines(f *testing.F) {
	for _, c := range formatCases {
		for i := range source.Formats() {
			f.Add(uint8(i), []byte(c.input))
		}
	}
	f.Fuzz(func(t *testing.T, format uint8, input []byte) {
		s := &session{gather: gather{t: t}}
		formats := source.Formats()
		s.run(t, formats[int(format)%len(formats)], bytes.NewReader(input))
		names := make(map[string]bool)
		for _, r := range s.readings {
			names[r.Series] = true
		}
		if len(names) > plotbeam.MaxSeries {
			t.Errorf("%d series", len(names))
		}
		if lines := bytes.Count(input, []byte{'\n'}); s.stats.Lines < lines || s.stats.Lines > lines+1 {
			t.Errorf("%d lines counted, %d newlines", s.stats.Lines, lines)
		}
		for _, skip := range s.skips {
			if skip.Line < 1 || skip.Line > s.stats.Lines || skip.Reason == "" || skip.Count > s.stats.Skipped {
				t.Errorf("%+v", skip)
			}
		}
	})
}

// FuzzJSON holds our reading of JSON against the standard library's: whatever
// that takes, we take too.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1,-2.5e3,true]},"\u00e9\n":null}`, `[{"n":"a","v":1},[2]]`, `"x"`, `{}`, ` 7 `, `{"a":"\ud800"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !json.Valid([]byte(line)) || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x7f") || strings.Count(line, "{")+strings.Count(line, "[") > 32 {
			t.Skip()
		}
		s := &session{gather: gather{t: t}}
		s.run(t, source.JSON, strings.NewReader(line))
		for _, skip := range s.skips {
			if strings.Contains(skip.Reason, "JSON") {
				t.Errorf("%q is JSON, but %s", line, skip.Reason)
			}
		}
	})
}

func BenchmarkLines(b *testing.B) {
	for _, c := range []struct {
		format source.Format
		line   string
	}{
		{source.Numbers, "1234\n"},
		{source.Numbers, "21.53 40.25 1013.25 0.001\n"},
		{source.CSV, "21.53,40.25,1013.25,0.001\n"},
		{source.Table, " 1  0      0 24243480   3580 339164    0    0     0     0   67   92  0  0 100  0  0\n"},
		{source.Pairs, "temp:21.53,hum:40.25\n"},
		{source.Teleplot, ">temp:21.53§°C\n"},
		{source.JSON, `{"temp":21.53,"motor":{"rpm":900}}` + "\n"},
	} {
		b.Run(fmt.Sprintf("%s/%d", c.format, len(c.line)), func(b *testing.B) {
			b.ReportAllocs()
			header := ""
			if c.format == source.Table {
				header = "r b swpd free buff cache si so bi bo in cs us sy id wa st\n"
			}
			input := io.LimitReader(repeat(c.line), int64(b.N*len(c.line)))
			l := newLines(b, source.LinesConfig{Input: io.MultiReader(strings.NewReader(header), input), Format: c.format})
			if err := l.Run(b.Context(), discard); err != nil {
				b.Fatal(err)
			}
			if l.Skipped() > 1 { // the last line may be cut
				b.Errorf("%+v", l.Stats())
			}
		})
	}
}
