package chart_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
)

var start = time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC)

// fill adds n readings of a series, evenly over a minute, and gives the time of the last.
func fill(c *chart.Chart, series, unit string, n int, value func(i int) float64) time.Time {
	at := start
	for i := range n {
		at = start.Add(time.Duration(i+1) * time.Minute / time.Duration(n))
		c.Add(plotbeam.Reading{Time: at, Series: series, Unit: unit, Value: value(i)}, at)
	}
	return at
}

func ramp(i int) float64 { return float64(i) }

func TestPicture(t *testing.T) {
	c := chart.New(chart.Config{Title: "lab-psu"})
	c.SetStatus("streaming")
	now := fill(c, "volts", "V", 61, ramp)
	want := strings.TrimPrefix(`
lab-psu                          60 s
volts 60 V · min 0 · max 60
60 ┤                           ⢀⣀⡠⠤⠒⠉
   │                      ⢀⣀⠤⠒⠊⠁
   │                ⢀⣀⠤⠔⠊⠉⠁
   │           ⣀⡠⠔⠒⠊⠁
   │     ⢀⡠⠤⠔⠊⠉
 0 ┤⣀⠤⠔⠒⠉⠁
    -60 s                         now
streaming                      ? keys`, "\n")
	if got := trimmed(c.Render(chart.Paper{Width: 37, Height: 10, Keys: true}, now)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestEverySeriesShowsNameValueAndAxis(t *testing.T) {
	c := chart.New(chart.Config{Title: "lab-psu"})
	fill(c, "volts", "V", 60, func(i int) float64 { return 5 + 0.1*math.Sin(float64(i)) })
	now := fill(c, "amps", "A", 60, func(i int) float64 { return float64(i) - 20 })
	got := c.Render(chart.Paper{Width: 80, Height: 24}, now)
	for _, want := range []string{"volts 5.064 V · min 4.900 · max 5.100", "amps 39 A · min -20 · max 39", "-20 ┤", "39 ┤", "-60 s", "now", "60 s\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 24 {
		t.Errorf("%d lines on a terminal of 24", n)
	}
}

func TestFitsEverySize(t *testing.T) {
	c := chart.New(chart.Config{Title: "lab-psu"})
	c.SetStatus("direct, 14 ms, and many words that do not fit into a small terminal")
	var now time.Time
	for i := range 20 {
		now = fill(c, fmt.Sprintf("温度 number %d", i), "Cel", 100, ramp)
	}
	for _, keys := range [][]chart.Key{nil, {'s'}, {'s', ' '}, {'?'}} {
		press(c, now, keys...)
		for width := 1; width < 90; width += 8 {
			for height := 1; height < 60; height += 5 {
				fits(t, c, chart.Paper{Width: width, Height: height}, now)
				fits(t, c, chart.Paper{Width: width, Height: height, ASCII: true}, now)
			}
		}
		press(c, now, 'l')
	}
	if got := c.Render(chart.Paper{Width: 80, Height: 24}, now); !strings.Contains(got, "· 13 more: ↓") {
		t.Errorf("nothing says that series are hidden:\n%s", got)
	}
}

func fits(t *testing.T, c *chart.Chart, paper chart.Paper, now time.Time) {
	t.Helper()
	lines := strings.Split(c.Render(paper, now), "\n")
	if len(lines) > paper.Height {
		t.Fatalf("%d lines on a terminal of %+v", len(lines), paper)
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line) + 2*strings.Count(line, "温度")/len("温度"); n > paper.Width {
			t.Fatalf("%d cells on a terminal of %+v: %q", n, paper, line)
		}
	}
}

func TestNoColor(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	now := fill(c, "n", "", 10, ramp)
	if got := c.Render(chart.Paper{Width: 60, Height: 12}, now); strings.Contains(got, "\x1b") {
		t.Errorf("escapes without color: %q", got)
	}
	if got := c.Render(chart.Paper{Width: 60, Height: 12, Color: true}, now); !strings.Contains(got, "\x1b[36m") {
		t.Errorf("no color in %q", got)
	}
}

// A stranger's names and words reach no terminal as commands.
func TestNothingEscapes(t *testing.T) {
	evil := "a\x1b[2Jb\u009b31mc\u202ed"
	c := chart.New(chart.Config{Title: evil})
	c.SetStatus(evil)
	c.Add(plotbeam.Reading{Time: start, Series: evil, Unit: evil}, start)
	for _, width := range []int{10, 80} {
		got := c.Render(chart.Paper{Width: width, Height: 12}, start)
		if strings.ContainsAny(got, "\x1b\u009b\u202e") {
			t.Errorf("the terminal is commanded: %q", got)
		}
	}
}

func TestOldReadingsLeave(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	c.Add(plotbeam.Reading{Time: start, Series: "n", Value: 1000}, start)
	for i := range 70 {
		at := start.Add(time.Duration(i+1) * time.Second)
		c.Add(plotbeam.Reading{Time: at, Series: "n", Value: float64(i % 3)}, at)
	}
	got := c.Render(chart.Paper{Width: 60, Height: 12}, start.Add(70*time.Second))
	if strings.Contains(got, "1000") || !strings.Contains(got, "2 ┤") {
		t.Errorf("the axis still spans a value of 70 s ago:\n%s", got)
	}
}

// Where no readings came, no line is drawn.
func TestGapStaysEmpty(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	var at time.Time
	for i := range 60 {
		if i > 20 && i < 40 {
			continue
		}
		at = start.Add(time.Duration(i) * time.Second)
		c.Add(plotbeam.Reading{Time: at, Series: "n", Value: float64(i % 2)}, at)
	}
	got := c.Render(chart.Paper{Width: 64, Height: 6}, at)
	middle := strings.Split(got, "\n")[3]
	if runes := []rune(middle); strings.TrimSpace(string(runes[28:38])) != "" {
		t.Errorf("a line is drawn over 20 s without readings:\n%s", got)
	}
}

// A device whose clock is an hour off is shown all the same, up to its present.
func TestOtherClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		c := chart.New(chart.Config{Title: "d"})
		var now time.Time
		for i := range 61 {
			now = start.Add(time.Duration(i) * time.Second)
			c.Add(plotbeam.Reading{Time: now.Add(skew), Series: "n", Value: float64(i)}, now)
		}
		if got := c.Render(chart.Paper{Width: 60, Height: 8}, now); !strings.Contains(got, "60 ┤") || !strings.Contains(got, " 1 ┤") {
			t.Errorf("a clock %v off:\n%s", skew, got)
		}
	}
}

// A device whose clock is set back is followed after a few seconds.
func TestClockSetBack(t *testing.T) {
	c := chart.New(chart.Config{Title: "d", Window: 10 * time.Second})
	var now time.Time
	for i := range 40 {
		now = start.Add(time.Duration(i) * time.Second)
		at := now
		if i >= 10 {
			at = now.Add(-time.Hour)
		}
		c.Add(plotbeam.Reading{Time: at, Series: "n", Value: float64(i)}, now)
	}
	if got := c.Render(chart.Paper{Width: 60, Height: 8}, now); !strings.Contains(got, "39 ┤") {
		t.Errorf("the readings of the new clock are not shown:\n%s", got)
	}
}

func TestExtremes(t *testing.T) {
	for _, values := range [][]float64{{0}, {5, 5}, {-math.MaxFloat64, math.MaxFloat64}, {5e-324, 0}, {1e300, 1e300 + 1}} {
		c := chart.New(chart.Config{Title: "d"})
		now := fill(c, "n", "", len(values), func(i int) float64 { return values[i] })
		if got := c.Render(chart.Paper{Width: 60, Height: 12}, now); !strings.ContainsFunc(got, func(r rune) bool { return r > 0x2800 && r < 0x2900 }) {
			t.Errorf("%v draws nothing:\n%s", values, got)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	c := chart.New(chart.Config{Title: "d"})
	var now time.Time
	for i := range 4 {
		now = fill(c, fmt.Sprint("series ", i), "V", 60_000, func(i int) float64 { return math.Sin(float64(i) / 1000) })
	}
	for b.Loop() {
		c.Render(chart.Paper{Width: 200, Height: 60, Color: true}, now)
	}
}

func BenchmarkAdd(b *testing.B) {
	c := chart.New(chart.Config{})
	at := start
	for b.Loop() {
		at = at.Add(time.Millisecond)
		c.Add(plotbeam.Reading{Time: at, Series: "n", Value: 1}, at)
	}
}
