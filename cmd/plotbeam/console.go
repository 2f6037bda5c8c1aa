package main

import (
	"fmt"
	"io"
	"sync"

	"golang.org/x/term"
)

// console is the standard error: whole lines, from any goroutine.
type console struct {
	mu  sync.Mutex
	out io.Writer
}

func (c *console) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(b)
}

// say writes one line for the person.
func (c *console) say(format string, args ...any) {
	fmt.Fprintf(c, format+"\n", args...) // if nobody reads it, nothing can be said
}

// descriptor is what files have and buffers do not.
type descriptor interface{ Fd() uintptr }

// isTerminal reports whether a person sees what is written to w.
func isTerminal(w any) bool {
	if c, ok := w.(*console); ok {
		w = c.out
	}
	f, ok := w.(descriptor)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalSize is the size of the terminal behind w, or the usual one.
func terminalSize(w any) (width, height int) {
	if f, ok := w.(descriptor); ok {
		if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return 80, 24
}
