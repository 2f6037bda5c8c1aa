//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ignored is when a stop that has not come will not.
const ignored = 200 * time.Millisecond

// resizes tells when the terminal's size changes, until forget.
func resizes() (resized <-chan os.Signal, forget func()) {
	told := make(chan os.Signal, 1) // a place, since one says as much as many
	signal.Notify(told, syscall.SIGWINCH)
	return told, func() { signal.Stop(told) }
}

// suspension stops the process as Ctrl-Z does, with the terminal as it was.
func suspension(mode *keyMode) func() {
	return func() {
		mode.leave()
		again := make(chan os.Signal, 1)
		signal.Notify(again, syscall.SIGCONT)
		defer signal.Stop(again)
		if syscall.Kill(0, syscall.SIGTSTP) == nil { // the whole job, as a terminal would
			select {
			case <-again:
			case <-time.After(ignored): // by a group that nobody could continue
			}
		}
		mode.enter() // else the keys need Enter behind them
	}
}
