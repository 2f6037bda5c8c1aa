package source_test

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/source"
)

// session is what came of one input.
type session struct {
	gather
	formats []source.Format
	skips   []source.Skip
	stats   source.Stats
}

// read runs Lines over an input. Time stands still meanwhile: lines arrive at midnight, 2000-01-01.
func read(t *testing.T, format source.Format, input io.Reader) *session {
	t.Helper()
	s := &session{gather: gather{t: t}}
	synctest.Test(t, func(t *testing.T) { s.run(t, format, input) })
	return s
}

func (s *session) run(t testing.TB, format source.Format, input io.Reader) {
	lines, err := source.NewLines(source.LinesConfig{
		Input: input, Format: format,
		OnFormat: func(f source.Format) { s.formats = append(s.formats, f) },
		OnSkip:   func(skip source.Skip) { s.skips = append(s.skips, skip) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := lines.Run(t.Context(), s.publish); err != nil {
		t.Fatal(err)
	}
	s.stats = lines.Stats()
	if s.stats.Readings != len(s.readings) || s.stats.Skipped != lines.Skipped() {
		t.Errorf("stats %+v, but %d readings", s.stats, len(s.readings))
	}
}

// rows writes the readings as text: those of one time on a line.
func (s *session) rows() string {
	var b strings.Builder
	for i, r := range s.readings {
		switch {
		case i == 0:
		case r.Time.Equal(s.readings[i-1].Time):
			b.WriteString(" ")
		default:
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s=%s%s", strings.ReplaceAll(r.Series, " ", "_"), strconv.FormatFloat(r.Value, 'g', -1, 64), r.Unit)
	}
	return b.String()
}

func (s *session) reasons() string {
	var b strings.Builder
	for _, skip := range s.skips {
		fmt.Fprintf(&b, "%d: %s\n", skip.Line, skip.Reason)
	}
	return b.String()
}

// micro is so many µs after the midnight at which a synctest bubble begins.
func micro(n int) time.Time {
	return time.Date(2000, 1, 1, 0, 0, 0, n*1000, time.UTC)
}

func TestLineLimits(t *testing.T) {
	huge := func() io.Reader {
		long := io.LimitReader(repeat("1234567 "), 50<<20)
		return io.MultiReader(strings.NewReader("1\n"), long, strings.NewReader("\n2\r\n3"))
	}
	s := read(t, source.Auto, huge())
	if s.rows() != "value=1\nvalue=2\nvalue=3" || len(s.skips) != 1 || s.skips[0].Line != 2 {
		t.Errorf("got %q, skips %v", s.rows(), s.skips)
	}
	if !strings.Contains(s.skips[0].Reason, "over 64 KiB") {
		t.Error(s.skips[0].Reason)
	}
	if s.stats.Lines != 4 {
		t.Errorf("stats %+v", s.stats)
	}
	for _, n := range []int{source.MaxLine, source.MaxLine + 1} {
		s := read(t, source.Numbers, strings.NewReader("7"+strings.Repeat(" ", n-1)+"\n8\n"))
		if got := len(s.readings); got != 2-(n-source.MaxLine) {
			t.Errorf("a line of %d bytes: %d readings", n, got)
		}
	}
}

// repeat reads a text again and again.
type repeat string

func (r repeat) Read(b []byte) (int, error) {
	n := len(b) / len(r)
	return copy(b, strings.Repeat(string(r), n)), nil
}

func TestLineCleaning(t *testing.T) {
	for _, c := range []struct{ name, input, rows, reasons string }{
		{"empty input", "", "", ""},
		{"bom, crlf, comments", "\ufeff# hello\r\n\r\n1\r\n   \n2", "value=1\nvalue=2", ""},
		{"colours", "\x1b[32m21.5\x1b[0m\n\x1b]0;title\x0722\n\x1b]0;x\x1b\\23\n\x1b", "value=21.5\nvalue=22\nvalue=23", ""},
		{"overwritten", "10 %\r20 %\r30 %\n", "value=30%", ""},
		{"NUL", "1\n\x00\x01\x02\n2\n", "value=1\nvalue=2", "2: binary data: byte 1 is NUL; send lines of UTF-8 text\n"},
		{"not UTF-8", "1\n23 \xb0C\n2\n", "value=1\nvalue=2",
			"2: binary data: byte 4 (0xb0) is not UTF-8; check the baud rate, or convert the text with iconv\n"},
		{"binary without a newline", "1\n" + strings.Repeat("\xff\xfe", 100_000), "value=1",
			"2: binary data: byte 1 (0xff) is not UTF-8; check the baud rate, or convert the text with iconv\n"},
		{"not finite", "1 nan 3\n-inf\n1e400\n4 1e400 6\n", "1=1 3=3\n1=4 3=6",
			"1: \"2\" is NaN or infinite: leave the value out instead\n2: \"value\" is NaN or infinite: leave the value out instead\n" +
				"3: \"value\" is larger than a float64 holds (1.8e308)\n4: \"2\" is larger than a float64 holds (1.8e308)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := read(t, source.Auto, strings.NewReader(c.input))
			if s.rows() != c.rows {
				t.Errorf("got %s", s.rows())
			}
			if s.reasons() != c.reasons {
				t.Errorf("skipped %s", s.reasons())
			}
		})
	}
}

func TestSeriesLimits(t *testing.T) {
	wide := strings.TrimSuffix(strings.Repeat("1,", 300), ",")
	s := read(t, source.Numbers, strings.NewReader(wide+"\n"+wide+"\n"))
	if len(s.readings) != 2*plotbeam.MaxSeries || s.stats.Skipped != 2*44 {
		t.Errorf("%d readings, %d skipped", len(s.readings), s.stats.Skipped)
	}
	long := strings.Repeat("x", 129)
	s = read(t, source.JSON, strings.NewReader(fmt.Sprintf(`{%q:1,"a\u0007b":2,"":3,"ok":4}`, long)))
	if s.rows() != "value=3 ok=4" || s.stats.Skipped != 2 {
		t.Errorf("got %s, skipped %s", s.rows(), s.reasons())
	}
	s = read(t, source.Auto, strings.NewReader("a=1 ms\na=2 s\na=3\n"))
	if s.rows() != "a=1ms\na=3ms" || s.stats.Skipped != 1 {
		t.Errorf("got %s, skipped %s", s.rows(), s.reasons())
	}
	s = read(t, source.Teleplot, strings.NewReader(">a:1§"+strings.Repeat("y", 33)+"\n"))
	if s.rows() != "a=1" || s.stats.Skipped != 1 {
		t.Errorf("got %s, skipped %s", s.rows(), s.reasons())
	}
}

func TestSkipsAreBounded(t *testing.T) {
	s := read(t, source.Numbers, strings.NewReader(strings.Repeat("hello\n", 1000)))
	var counts []int
	for _, skip := range s.skips {
		counts = append(counts, skip.Count)
	}
	if got := fmt.Sprint(counts); got != "[1 2 3 4 5 6 7 8 9 10 16 32 64 128 256 512]" {
		t.Errorf("told %s", got)
	}
	if s.stats.Skipped != 1000 || s.skips[15].Line != 512 || s.skips[0].Text != `"hello"` {
		t.Errorf("%+v, %+v", s.stats, s.skips[15])
	}
}

func TestBurst(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintln(&b, i+1)
	}
	s := read(t, source.Auto, strings.NewReader(b.String()))
	if len(s.readings) != 100_000 || s.stats.Skipped != 0 {
		t.Fatalf("%+v", s.stats)
	}
	for i, r := range s.readings {
		if r.Value != float64(i+1) || !r.Time.Equal(micro(i)) {
			t.Fatalf("reading %d: %v", i, r)
		}
	}
	for _, n := range s.calls {
		if n > 1000 {
			t.Errorf("%d readings in a call", n)
		}
	}
}

func TestLineAloneIsPublishedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := &session{gather: gather{t: t}}
		done := make(chan struct{})
		go func() { // ends with the pipe; awaited below
			defer close(done)
			s.run(t, source.Auto, r)
		}()
		for i := range 5 {
			fmt.Fprintf(w, "%d\n", i)
			synctest.Wait()
			if len(s.readings) != i+1 {
				t.Fatalf("%d readings after %d lines", len(s.readings), i+1)
			}
			<-time.After(time.Second)
		}
		fmt.Fprint(w, "5")
		w.Close()
		<-done
		for i, r := range s.readings {
			if !r.Time.Equal(micro(i * 1e6)) {
				t.Errorf("line %d is of %v", i, r.Time)
			}
		}
	})
}
