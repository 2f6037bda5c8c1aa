package chart

import (
	"context"
	"io"
	"strings"
	"time"
)

const redraw = 100 * time.Millisecond // at most one picture in so long

// What a terminal does on these is xterm's (ctlseqs), and everybody else's.
const (
	enter     = "\x1b[?1049h\x1b[?25l" // the alternate screen, no cursor
	leave     = "\x1b[?25h\x1b[?1049l"
	home      = "\x1b[H"
	clearLine = "\x1b[K"
	clearRest = "\x1b[J"
)

// Terminal is where a chart is shown.
type Terminal struct {
	Out   io.Writer
	Size  func() (width, height int) // asked before every picture
	Color bool
}

// Show draws the chart, over and over, until ctx ends. The terminal is then as it was.
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
	for before := ""; ; {
		width, height := t.Size()
		if now := c.picture(width, height, t.Color); now != before {
			if _, err := io.WriteString(t.Out, now); err != nil {
				return err
			}
			before = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// picture is a chart that replaces the one before.
func (c *Chart) picture(width, height int, color bool) string {
	text := c.Render(width, height, color, time.Now())
	return home + strings.ReplaceAll(text, "\n", clearLine+"\r\n") + clearLine + clearRest
}
