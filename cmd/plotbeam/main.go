// Plotbeam streams readings from a device to everyone who has the link.
//
//	main ── run ── command ──┬── serve                 the hub
//	                         ├── share, demo           the hub and a device
//	                         ├── device                a device
//	                         ├── watch                 a viewer
//	                         └── doctor                both, for some seconds
//
// Readings go to the standard output, everything else to the standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)                            // a second Ctrl-C ends at once
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a write then says so, instead of ending the process
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	os.Exit(report(os.Stderr, err))
}

// run is the program. A nil error is exit code 0; [report] has the others.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) error {
	c := call{stdin: stdin, stdout: stdout, stderr: &console{out: stderr}, env: env}
	if len(args) == 0 {
		return c.print(overview())
	}
	switch args[0] {
	case "-h", "-help", "--help":
		return c.print(overview())
	case "help":
		return c.help(args[1:])
	case "-version", "--version", "version":
		return c.print("plotbeam " + version() + "\n")
	}
	for _, one := range commands() {
		if one.name == args[0] {
			return c.start(ctx, one, args[1:])
		}
	}
	return usageError{&complaint{text: fmt.Sprintf("no command %q", args[0]), hint: "see them with `plotbeam --help`"}}
}

// report says what went wrong, if anything did, and gives the exit code.
func report(stderr io.Writer, err error) int {
	if err == nil || readerGone(err) {
		return 0
	}
	err = explain(err)
	fmt.Fprintf(stderr, "plotbeam: %v\n", err)
	if known, ok := errors.AsType[*complaint](err); ok && known.hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", known.hint)
	}
	if _, wrongUse := errors.AsType[usageError](err); wrongUse {
		return 2
	}
	return 1
}
