package chart_test

import (
	"context"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
)

// screen is a terminal's other end: it obeys what a chart writes.
type screen struct {
	mu            sync.Mutex
	width, height int
	rows          []string
	row           int
	written       strings.Builder
	writes        int
}

// token is a sequence, or text up to the next one.
var token = regexp.MustCompile(`\x1b\[([?\d]*)([A-Za-z])|[^\x1b]+`)

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	s.written.Write(b)
	for _, found := range token.FindAllStringSubmatch(string(b), -1) {
		switch found[2] {
		case "":
			s.rows[s.row] = found[0] // a line is written whole
		case "H":
			line, _ := strconv.Atoi(found[1])
			s.row = max(line-1, 0)
			if line > 0 {
				s.rows[s.row] = ""
			}
		case "J":
			s.rows = make([]string, s.height)
		}
	}
	return len(b), nil
}

func (s *screen) resize(width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width, s.height = width, height
}

func (s *screen) size() (width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.width, s.height
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimRight(strings.Join(s.rows, "\n"), "\n")
}

func (s *screen) count() (writes, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes, s.written.Len()
}

// shown shows a chart until the test is over.
func shown(t *testing.T, c *chart.Chart, terminal chart.Terminal) (s *screen, ended <-chan error) {
	s = &screen{width: 60, height: 12}
	terminal.Out, terminal.Size = s, s.size
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Show(ctx, terminal) }()
	t.Cleanup(cancel)
	synctest.Wait()
	return s, done
}

// Whatever happens, only what differs is written, and the screen shows the picture.
func TestTheScreenIsThePicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := chart.New(chart.Config{Title: "d", Window: 10 * time.Second})
		keys := make(chan chart.Key)
		s, _ := shown(t, c, chart.Terminal{Keys: keys})
		random := rand.New(rand.NewPCG(1, 2))
		pressed := []chart.Key{'+', '-', ' ', 's', '?', 'l', chart.Left, chart.Right, chart.Home}
		for range 200 {
			switch random.IntN(3) {
			case 0:
				keys <- pressed[random.IntN(len(pressed))]
			case 1:
				s.resize(1+random.IntN(100), 1+random.IntN(40))
			}
			now := time.Now()
			for _, series := range []string{"a", "b", "c"} {
				c.Add(plotbeam.Reading{Time: now, Series: series, Value: random.Float64()}, now)
			}
			time.Sleep(100 * time.Millisecond) // virtual: until the next picture
			synctest.Wait()
			want := c.Render(chart.Paper{Width: s.width, Height: s.height, Keys: true}, time.Now())
			if got := s.text(); got != strings.TrimRight(want, "\n") {
				t.Fatalf("the screen shows\n%s\nthe picture is\n%s", got, want)
			}
		}
	})
}

func TestShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := chart.New(chart.Config{Title: "d"})
		keys := make(chan chart.Key)
		s, ended := shown(t, c, chart.Terminal{Keys: keys})
		for i := range 3000 { // 3 s of 1,000 readings a second
			c.Add(plotbeam.Reading{Time: time.Now(), Series: "n", Value: float64(i)}, time.Now())
			time.Sleep(time.Millisecond) // virtual
		}
		synctest.Wait()
		if writes, _ := s.count(); writes < 20 || writes > 32 {
			t.Errorf("%d writes in 3 s, want 10 a second", writes)
		}
		keys <- ' '
		synctest.Wait()
		_, before := s.count()
		time.Sleep(900 * time.Millisecond)
		synctest.Wait()
		if _, after := s.count(); after-before > 150 { // a title that counts seconds
			t.Errorf("%d bytes are written for a picture that stands still", after-before)
		}
		keys <- 'q'
		if err := <-ended; err != nil {
			t.Error(err)
		}
		got := s.written.String()
		if !strings.HasPrefix(got, "\x1b[?1049h") || !strings.HasSuffix(got, "\x1b[?1049l") {
			t.Errorf("the alternate screen is not entered and left: %q … %q", got[:20], got[len(got)-20:])
		}
	})
}

// A new size and a key are obeyed at once.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := chart.New(chart.Config{Title: "d"})
		keys, resized := make(chan chart.Key), make(chan os.Signal)
		s, _ := shown(t, c, chart.Terminal{Keys: keys, Resized: resized})
		at := time.Now()
		s.resize(20, 3)
		resized <- syscall.SIGINT // any
		synctest.Wait()
		if got, want := s.text(), "d               60 s\nwaiting for readings\n              ? keys"; got != want {
			t.Errorf("after a new size:\n%s", got)
		}
		keys <- '+'
		synctest.Wait()
		if got := s.text(); !strings.HasSuffix(strings.Split(got, "\n")[0], "30 s") {
			t.Errorf("after a key:\n%s", got)
		}
		if took := time.Since(at); took != 0 {
			t.Errorf("that took %v", took)
		}
	})
}

// A picture that cannot be painted does not take the terminal with it.
func TestPanicLeavesTheTerminal(t *testing.T) {
	s := &screen{width: 60, height: 12}
	broken := chart.Terminal{Out: s, Size: func() (int, int) { panic("no size") }}
	func() {
		defer func() { recover() }()
		chart.New(chart.Config{}).Show(t.Context(), broken)
	}()
	if got := s.written.String(); !strings.HasSuffix(got, "\x1b[?1049l") {
		t.Errorf("the terminal is left with %q", got)
	}
}

// While a shell has the terminal the chart writes nothing, and then everything.
func TestSuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := chart.New(chart.Config{Title: "d"})
		keys, again := make(chan chart.Key), make(chan struct{})
		s, _ := shown(t, c, chart.Terminal{Keys: keys, Suspend: func() { <-again }})
		keys <- chart.Stop
		time.Sleep(time.Second) // virtual
		synctest.Wait()
		if got := s.written.String(); !strings.HasSuffix(got, "\x1b[?1049l") {
			t.Errorf("the shell gets a terminal after %q", got[len(got)-30:])
		}
		close(again)
		synctest.Wait()
		if got := s.written.String(); strings.Count(got, "waiting") != 2 || strings.Count(got, "\x1b[?1049h") != 2 {
			t.Errorf("the chart does not come back: %q", got)
		}
	})
}
