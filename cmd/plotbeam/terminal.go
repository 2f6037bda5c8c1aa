package main

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
)

// show draws a chart on the terminal and obeys its keys, and leaves the terminal as it was.
func show(ctx context.Context, c call, picture *chart.Chart) error {
	enableEscapes(c.stdout)
	resized, forget := resizes()
	defer forget()
	t := chart.Terminal{
		Out:     c.stdout,
		Size:    func() (int, int) { return terminalSize(c.stdout) },
		Color:   c.env("NO_COLOR") == "",
		ASCII:   !unicodeLocale(c.env),
		Resized: resized,
	}
	if stdin, ok := c.stdin.(*os.File); ok && isTerminal(stdin) {
		mode := &keyMode{fd: int(stdin.Fd())}
		if err := mode.enter(); err != nil {
			return err
		}
		defer mode.leave()
		defer context.AfterFunc(ctx, mode.leave)() // even where a write to the terminal is held up
		t.Keys = pressed(ctx, stdin)
		t.Suspend = suspension(mode)
	}
	return picture.Show(ctx, t)
}

// keyMode is a terminal that gives each key at once and does not echo it.
type keyMode struct {
	fd int

	mu    sync.Mutex
	usual *term.State // nil unless it is entered
}

func (m *keyMode) enter() (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usual, err = term.MakeRaw(m.fd)
	return err
}

func (m *keyMode) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.usual != nil {
		term.Restore(m.fd, m.usual) // a terminal that has gone needs none
		m.usual = nil
	}
}

// pressed gives the keys as they are pressed. A read of a terminal cannot be ended,
// so its goroutine goes with the process.
func pressed(ctx context.Context, stdin io.Reader) <-chan chart.Key {
	keys := make(chan chart.Key) // unbuffered, never closed
	go func() {
		var keyboard chart.Keyboard
		buf := make([]byte, 256)
		for {
			n, err := stdin.Read(buf)
			for _, key := range keyboard.Keys(buf[:n]) {
				select {
				case keys <- key:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return keys
}

// unicodeLocale reports whether the terminal shows more than ASCII, as POSIX's
// variables say it (XBD, 8.2); Windows has none of them, and its consoles do.
func unicodeLocale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := env(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS == "windows"
}
