package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"runtime"
	"strings"
	"syscall"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/session"
)

// complaint is an error with what to do about it.
type complaint struct {
	text string
	hint string
	err  error // the cause, if there is more to it than the text
}

func (c *complaint) Error() string {
	if c.err == nil {
		return c.text
	}
	if c.text == "" {
		return c.err.Error()
	}
	return c.text + ": " + c.err.Error()
}

func (c *complaint) Unwrap() error { return c.err }

// usageError is a complaint about the command line itself.
type usageError struct{ *complaint }

func (u usageError) Unwrap() error { return u.complaint }

// explain gives the errors of other packages a hint.
func explain(err error) error {
	if _, ok := errors.AsType[*complaint](err); ok {
		return err
	}
	if refused, ok := errors.AsType[*session.Refused](err); ok {
		hint := refused.Hint
		if refused.Code == plotbeam.CodeTaken {
			hint = "choose another with --name"
		}
		return &complaint{err: err, hint: hint}
	}
	if errors.Is(err, session.ErrKicked) {
		return &complaint{err: err, hint: "only one can have it; give this one another with --name"}
	}
	return err
}

// unreachable is the complaint about a hub that does not answer, or not as one.
func unreachable(hub string, err error) error {
	if _, unanswered := errors.AsType[*url.Error](err); !unanswered {
		return &complaint{err: err, hint: "check --hub"}
	}
	return &complaint{
		text: "the hub at " + hub + " does not answer",
		hint: "start one with `plotbeam serve`, or name another with --hub",
		err:  plainly(err),
	}
}

var (
	errBroken = errors.New("the connection broke")
	errLate   = errors.New("no answer came in time")
)

// plainly is the cause at the bottom of an error about a connection, without
// what every layer above has called it.
func plainly(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errLate
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errBroken
	}
	return err
}

// at is the flag that a hint names a hub with, unless it is the one that is
// taken without.
func (c call) at(hub string) string {
	usual, err := checkHub(c.env("PLOTBEAM_HUB"))
	if err != nil {
		usual = defaultHub
	}
	if hub == usual {
		return ""
	}
	return " --hub " + hub
}

// taken is the complaint about an address that another program listens on.
func taken(address string) error {
	return &complaint{
		text: fmt.Sprintf("%s is in use by another program", address),
		hint: "name another with --listen, or let the system choose: --listen " + anyPort(address),
	}
}

// inUse reports whether a listener failed because the port is taken.
func inUse(err error) bool {
	const wsaeAddrInUse = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || runtime.GOOS == "windows" && errors.Is(err, wsaeAddrInUse)
}

// anyPort is the address with port 0.
func anyPort(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "localhost:0"
	}
	return net.JoinHostPort(strings.TrimSpace(host), "0")
}

// readerGone reports whether a write failed because nobody reads the pipe any more.
func readerGone(err error) bool {
	const errorNoData = syscall.Errno(232) // Windows: the pipe is being closed
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || runtime.GOOS == "windows" && errors.Is(err, errorNoData)
}
