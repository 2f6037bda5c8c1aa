package chart

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

const redraw = 100 * time.Millisecond // from one picture to the next

// What a terminal does on these is xterm's (ctlseqs), and everybody else's; those
// that cannot hold a picture back until it is whole ignore the words for it.
const (
	enter     = "\x1b[?1049h\x1b[?25l\x1b[?7l" // the alternate screen, no cursor, no wrapping
	leave     = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	hold      = "\x1b[?2026h"
	release   = "\x1b[?2026l"
	clear     = "\x1b[H\x1b[2J"
	clearRest = "\x1b[K" // of a line
)

// Terminal is where a chart is shown.
type Terminal struct {
	Out     io.Writer
	Size    func() (width, height int) // asked before every picture
	Color   bool
	ASCII   bool
	Keys    <-chan Key       // nil if nobody presses any
	Suspend func()           // stops the process until it is to go on; nil if nothing can
	Resized <-chan os.Signal // nil if nothing tells; the size is seen with the next picture
}

// Show draws the chart, over and over, until ctx ends or a key ends it. The terminal
// is then as it was.
func (c *Chart) Show(ctx context.Context, t Terminal) (err error) {
	if _, err := io.WriteString(t.Out, enter); err != nil {
		return err
	}
	defer func() {
		if _, e := io.WriteString(t.Out, leave); err == nil {
			err = e
		}
	}()
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for s := (screen{}); ; {
		paper := Paper{Color: t.Color, ASCII: t.ASCII, Keys: t.Keys != nil}
		paper.Width, paper.Height = t.Size()
		if change := s.change(paper, c.lines(paper, time.Now())); change != "" {
			if _, err := io.WriteString(t.Out, change); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-t.Resized:
		case key := <-t.Keys:
			if key == Stop && t.Suspend != nil {
				if err := suspend(t); err != nil {
					return err
				}
				s = screen{}
			} else if c.Press(key, time.Now()) {
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// suspend gives the terminal back to the shell for a while.
func suspend(t Terminal) error {
	if _, err := io.WriteString(t.Out, leave); err != nil {
		return err
	}
	t.Suspend()
	_, err := io.WriteString(t.Out, enter)
	return err
}

// screen is what a terminal shows.
type screen struct {
	paper Paper
	lines []string
}

// change is what makes the screen show the lines: only those that differ, in one write.
func (s *screen) change(paper Paper, lines []string) string {
	var b strings.Builder
	if paper != s.paper {
		s.paper, s.lines = paper, nil
		b.WriteString(clear)
	}
	for i := range max(len(lines), len(s.lines)) {
		var before, now string
		if i < len(s.lines) {
			before = s.lines[i]
		}
		if i < len(lines) {
			now = lines[i]
		}
		if before != now {
			fmt.Fprintf(&b, "\x1b[%dH%s", i+1, now)
			if visible(now) < paper.Width { // behind a full line it would clear the last cell
				b.WriteString(clearRest)
			}
		}
	}
	s.lines = lines
	if b.Len() == 0 {
		return ""
	}
	return hold + b.String() + release
}

// styles are what a painter writes besides text.
var styles = regexp.MustCompile(`\x1b\[\d*m`)

// visible is the width of a line without its styles.
func visible(line string) int { return cells(styles.ReplaceAllString(line, "")) }
