package chart_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
)

func TestKeyboard(t *testing.T) {
	for _, one := range []struct {
		reads []string
		want  []chart.Key
	}{
		{[]string{"+- s"}, []chart.Key{'+', '-', ' ', 's'}},
		{[]string{"\x1b[D\x1b[C\x1b[A\x1b[B"}, []chart.Key{chart.Left, chart.Right, chart.Up, chart.Down}},
		{[]string{"\x1bOD\x1bOF"}, []chart.Key{chart.Left, chart.End}},
		{[]string{"\x1b[5~\x1b[6~\x1b[1~\x1b[4~"}, []chart.Key{chart.PageUp, chart.PageDown, chart.Home, chart.End}},
		{[]string{"\x1b", "[", "Dq"}, []chart.Key{chart.Left, 'q'}},
		{[]string{"\x1b[1;5Dq"}, []chart.Key{'q'}}, // Ctrl-←, which means nothing
		{[]string{"\x1bq"}, []chart.Key{'q'}},
		{[]string{"\x03\x1a"}, []chart.Key{chart.Interrupt, chart.Stop}},
		{[]string{"\xc3", "\xbcq"}, []chart.Key{'ü', 'q'}},
		{[]string{"\xffq"}, []chart.Key{'\ufffd', 'q'}},
		{[]string{"\x1b[" + strings.Repeat("1", 40), "q"}, []chart.Key{'q'}}, // no end of a sequence
	} {
		var keyboard chart.Keyboard
		var got []chart.Key
		for _, read := range one.reads {
			got = append(got, keyboard.Keys([]byte(read))...)
		}
		if fmt.Sprint(got) != fmt.Sprint(one.want) {
			t.Errorf("%q: %v, want %v", one.reads, got, one.want)
		}
	}
}

// press presses keys at a time.
func press(c *chart.Chart, now time.Time, keys ...chart.Key) {
	for _, key := range keys {
		c.Press(key, now)
	}
}

// title is the first line, its words one space apart.
func title(c *chart.Chart, now time.Time) string {
	first, _, _ := strings.Cut(c.Render(chart.Paper{Width: 80, Height: 12}, now), "\n")
	return strings.Join(strings.Fields(first), " ")
}

func TestKeys(t *testing.T) {
	for _, one := range []struct {
		keys []chart.Key
		want string
	}{
		{nil, "lab 60 s"},
		{[]chart.Key{'+'}, "lab 30 s"},
		{[]chart.Key{'+', '+', '+', '+', '+', '+', '+', '+'}, "lab 1 s"},
		{[]chart.Key{'-'}, "lab 2 min"},
		{[]chart.Key{'-', '+'}, "lab 60 s"},
		{[]chart.Key{' '}, "lab paused, 5 s ago · 60 s"},
		{[]chart.Key{' ', ' '}, "lab 60 s"},
		{[]chart.Key{' ', 'l'}, "lab 60 s"},
		{[]chart.Key{'+', chart.Left}, "lab paused, 12 s ago · 30 s"},
		{[]chart.Key{'+', chart.Left, chart.Left, chart.Right}, "lab paused, 12 s ago · 30 s"},
		{[]chart.Key{'+', chart.Left, chart.Left, chart.End}, "lab 30 s"},
		{[]chart.Key{'+', '+', chart.PageUp}, "lab paused, 15 s ago · 10 s"},
		{[]chart.Key{'+', chart.Home}, "lab paused, 34 s ago · 30 s"}, // no further than what is held
		{[]chart.Key{'+', chart.Home, chart.Right}, "lab paused, 26 s ago · 30 s"},
	} {
		c := chart.New(chart.Config{Title: "lab"})
		now := fill(c, "n", "", 60, ramp)
		press(c, now, one.keys...)
		later := now.Add(5 * time.Second)
		if got := title(c, later); got != one.want {
			t.Errorf("%v: %q, want %q", one.keys, got, one.want)
		}
	}
}

// The arrows lead back to the present, and are live there.
func TestRightToThePresent(t *testing.T) {
	c := chart.New(chart.Config{Title: "lab", Window: 10 * time.Second})
	now := fill(c, "n", "", 60, ramp)
	press(c, now, chart.Left, chart.Right)
	if got := title(c, now.Add(time.Second)); got != "lab 10 s" {
		t.Errorf("%q: not live again", got)
	}
}

func TestQuit(t *testing.T) {
	c := chart.New(chart.Config{})
	for key, want := range map[chart.Key]bool{'q': true, 'Q': true, chart.Interrupt: true, 's': false, '?': false} {
		if got := c.Press(key, start); got != want {
			t.Errorf("%v quits: %v", key, got)
		}
	}
}

// While it is paused the picture stands still, and nothing that comes is lost.
func TestPause(t *testing.T) {
	c := chart.New(chart.Config{Title: "d", Window: 10 * time.Second})
	now := fill(c, "n", "", 60, ramp)
	press(c, now, ' ')
	paper := chart.Paper{Width: 60, Height: 12}
	_, before, _ := strings.Cut(c.Render(paper, now), "\n")
	for i := range 30 {
		now = now.Add(time.Second)
		c.Add(plotbeam.Reading{Time: now, Series: "n", Value: 1000 + float64(i)}, now)
	}
	if _, after, _ := strings.Cut(c.Render(paper, now), "\n"); after != before {
		t.Errorf("the picture moves:\n%s\n%s", before, after)
	}
	if want := now.Add(-30 * time.Second).Local().Format("15:04:05"); !strings.Contains(before, want) {
		t.Errorf("the time %s is missing in\n%s", want, before)
	}
	press(c, now, 'l')
	if got := c.Render(paper, now); !strings.Contains(got, "n 1029 · min 1020 · max 1029") {
		t.Errorf("what came meanwhile is missing:\n%s", got)
	}
}

func TestHelp(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	now := fill(c, "n", "", 60, ramp)
	press(c, now, '?')
	got := c.Render(chart.Paper{Width: 40, Height: 10}, now)
	for _, want := range []string{"space   pause; go on", "q       quit", "PgUp, PgDn, Home\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	press(c, now, '?')
	if got := c.Render(chart.Paper{Width: 40, Height: 10}, now); !strings.Contains(got, "n 59") {
		t.Errorf("the help stays:\n%s", got)
	}
}

func TestOverlaid(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	fill(c, "volts", "V", 60, func(i int) float64 { return 5 + 0.1*math.Sin(float64(i)) })
	now := fill(c, "amps", "A", 60, ramp)
	press(c, now, 's')
	got := c.Render(chart.Paper{Width: 60, Height: 12}, now)
	for _, want := range []string{"● volts 5.064 V · min 4.900", "◆ amps 59 A · min 0 · max 59", "max ┤", "min ┤"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Count(got, "●") < 4 || strings.Count(got, "◆") < 4 {
		t.Errorf("marks do not tell the lines apart:\n%s", got)
	}
	ascii := c.Render(chart.Paper{Width: 60, Height: 12, ASCII: true}, now)
	if strings.Count(ascii, "*") < 20 || strings.Count(ascii, "+") < 20 {
		t.Errorf("characters do not tell the lines apart:\n%s", ascii)
	}
}

// Series of one unit share an axis.
func TestSharedAxis(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	fill(c, "in", "Cel", 60, func(int) float64 { return 21 })
	now := fill(c, "out", "Cel", 60, func(int) float64 { return -5 })
	press(c, now, 's')
	got := c.Render(chart.Paper{Width: 60, Height: 12}, now)
	for _, want := range []string{"● in 21 °C · min 21", "\n21 ┤", "\n-5 ┤"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestASCII(t *testing.T) {
	c := chart.New(chart.Config{Title: "温度"})
	c.SetStatus("direct · 14 ms")
	now := fill(c, "temperature", "Cel", 60, ramp)
	for range 2 {
		got := c.Render(chart.Paper{Width: 60, Height: 12, ASCII: true}, now)
		for _, r := range got {
			if r > 0x7e {
				t.Fatalf("%q is no ASCII in\n%s", r, got)
			}
		}
		if !strings.Contains(got, "temperature 59 deg C | min 0 | max 59") || !strings.Contains(got, "direct | 14 ms") {
			t.Errorf("words are missing in\n%s", got)
		}
		press(c, now, 's')
	}
}

func TestFixedRange(t *testing.T) {
	c := chart.New(chart.Config{Title: "d", Range: chart.Range{Low: 0, High: 10}})
	fill(c, "m", "", 60, func(int) float64 { return 1e300 })
	now := fill(c, "n", "", 60, func(int) float64 { return 1 })
	lines := strings.Split(c.Render(chart.Paper{Width: 40, Height: 13}, now), "\n")
	if got := strings.Join(lines[2:6], "\n"); !strings.HasPrefix(got, "10 ┤") || strings.ContainsFunc(got, braille) {
		t.Errorf("a value far outside is drawn:\n%s", got)
	}
	if got := strings.Join(lines[7:11], "\n"); !strings.Contains(got, " 0 ┤") || !strings.ContainsFunc(lines[10], braille) || strings.ContainsFunc(lines[7], braille) {
		t.Errorf("1 of 10 is not near the bottom:\n%s", got)
	}
}

func braille(r rune) bool { return r > 0x2800 && r < 0x2900 }

func TestOtherSeries(t *testing.T) {
	c := chart.New(chart.Config{Title: "d"})
	var now time.Time
	for i := range 5 {
		now = fill(c, fmt.Sprint("series ", i), "", 10, ramp)
	}
	paper := chart.Paper{Width: 60, Height: 9} // two of them
	if got := c.Render(paper, now); !strings.Contains(got, "series 0") || !strings.Contains(got, "3 more: ↓") {
		t.Errorf("got\n%s", got)
	}
	press(c, now, chart.Down, chart.Down, chart.Down, chart.Down, chart.Down, chart.Down)
	if got := c.Render(paper, now); !strings.Contains(got, "series 4") || strings.Contains(got, "series 0") {
		t.Errorf("the last is not shown:\n%s", got)
	}
}

// Whatever window shows a spike and however it is reached, the spike is seen.
func TestNoSpikeIsLost(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		c := chart.New(chart.Config{Title: "d", Window: time.Second})
		type raw struct {
			at    time.Time
			value float64
		}
		var all []raw
		at := start
		for range 10_000 {
			at = at.Add(time.Duration(random.IntN(60_000)) * time.Microsecond)
			value := math.Round(random.NormFloat64() * 100)
			if random.IntN(1000) == 0 {
				value *= 50
			}
			all = append(all, raw{at, value})
			c.Add(plotbeam.Reading{Time: at, Series: "n", Value: value}, at)
		}
		for range round {
			c.Press('-', at)
		}
		window := []time.Duration{1, 2, 5, 10, 30, 60, 120, 300}[round] * time.Second
		low, high := math.Inf(1), math.Inf(-1)
		for _, one := range all {
			if one.at.After(at.Add(-window * 98 / 100)) { // slices reach over the left edge
				low, high = min(low, one.value), max(high, one.value)
			}
		}
		got := c.Render(chart.Paper{Width: 100, Height: 12}, at)
		shownLow, shownHigh := extremes(t, got)
		if shownLow > low || shownHigh < high {
			t.Errorf("window %v: shows %g to %g, the readings have %g to %g", window, shownLow, shownHigh, low, high)
		}
	}
}

// extremes reads what a panel says of its series.
func extremes(t *testing.T, picture string) (low, high float64) {
	t.Helper()
	_, rest, _ := strings.Cut(picture, "min ")
	words := strings.Fields(rest)
	low, err := strconv.ParseFloat(words[0], 64)
	high, err2 := strconv.ParseFloat(words[3], 64)
	if err != nil || err2 != nil {
		t.Fatalf("no extremes in\n%s", picture)
	}
	return low, high
}

// What comes late takes its place, as if it had come in time.
func TestLateReadings(t *testing.T) {
	pictures := map[string]bool{}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		c := chart.New(chart.Config{Title: "d"})
		now := start.Add(time.Minute)
		c.Add(plotbeam.Reading{Time: now, Series: "n", Value: 0}, now)
		for _, quarter := range order {
			for i := range 5000 {
				i += quarter * 5000
				at := start.Add(time.Duration(3*i) * time.Millisecond)
				c.Add(plotbeam.Reading{Time: at, Series: "n", Value: math.Sin(float64(i) / 1000)}, now)
			}
		}
		pictures[c.Render(chart.Paper{Width: 80, Height: 20}, now)] = true
	}
	if len(pictures) != 1 {
		for picture := range pictures {
			t.Log("\n" + picture)
		}
		t.Error("the order of coming changes the picture")
	}
}

// A pause of a fast series is a gap, too.
func TestShortGap(t *testing.T) {
	c := chart.New(chart.Config{Title: "d", Window: 10 * time.Second})
	var at time.Time
	for i := range 10_000 {
		if i > 5000 && i < 6000 {
			continue
		}
		at = start.Add(time.Duration(i) * time.Millisecond)
		c.Add(plotbeam.Reading{Time: at, Series: "n", Value: float64(i % 2)}, at)
	}
	got := c.Render(chart.Paper{Width: 64, Height: 6}, at)
	row := []rune(strings.Split(got, "\n")[2])
	if gap := strings.Count(string(row[4:]), " "); gap < 4 || gap > 7 {
		t.Errorf("%d empty cells for a second of ten:\n%s", gap, got)
	}
}

func TestNumbersAreForPeople(t *testing.T) {
	for _, one := range []struct {
		unit   string
		values []float64
		want   string
	}{
		{"Cel", []float64{21.24, 21.5}, "n 21.500 °C · min 21.240 · max 21.500"},
		{"m/s2", []float64{-0.001, 20}, "n 20.0 m/s² · min 0.0 · max 20.0"},
		{"/100", []float64{3, 7}, "n 7 % · min 3 · max 7"},
		{"lux", []float64{12345678, 2}, "n 2.000e+00 lux · min 2.000e+00 · max 1.235e+07"},
		{"", []float64{0.00001, 0.00002}, "n 2.000e-05 · min 1.000e-05 · max 2.000e-05"},
		{"V", []float64{5.25}, "n 5.25 V · min 5.25 · max 5.25"},
	} {
		c := chart.New(chart.Config{})
		now := fill(c, "n", one.unit, len(one.values), func(i int) float64 { return one.values[i] })
		if got := strings.Split(c.Render(chart.Paper{Width: 80, Height: 10}, now), "\n")[1]; got != one.want {
			t.Errorf("%v: %q, want %q", one.values, got, one.want)
		}
	}
}

// A narrow line drops words and never half a number.
func TestNarrow(t *testing.T) {
	c := chart.New(chart.Config{})
	now := fill(c, "temperature", "Cel", 2, func(i int) float64 { return 1234 + float64(i) })
	for width := 10; width < 60; width++ {
		got := strings.Split(c.Render(chart.Paper{Width: width, Height: 10}, now), "\n")[1]
		if !strings.Contains(got, "1235 °C") || strings.Contains(got, "max") && !strings.HasSuffix(got, "max 1235") {
			t.Errorf("%d cells: %q", width, got)
		}
	}
}
