package main

import (
	"errors"
	"flag"
	"fmt"
	"strconv"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

// anyPath is the word for [plotbeam.AnyPath], which has none on the wire.
const anyPath = "any"

// pathsFlag says which paths frames may take.
func pathsFlag(fs *flag.FlagSet, to *string, usage string) {
	*to = anyPath
	choiceFlag(fs, to, "paths", usage, anyPath, string(plotbeam.DirectOnly), string(plotbeam.RelayOnly))
}

// pathsOf is the flag's value on the wire.
func pathsOf(flag string) plotbeam.Paths {
	if flag == anyPath {
		return plotbeam.AnyPath
	}
	return plotbeam.Paths(flag)
}

// devicePaths is which paths a device offers, and to how many.
type devicePaths struct {
	paths  string
	direct int
}

func (p *devicePaths) define(fs *flag.FlagSet) {
	p.direct = device.DefaultMaxDirect
	pathsFlag(fs, &p.paths, "`PATHS` that viewers may take: any, directly only (nothing through the hub), or through the hub only")
	fs.Var(places{&p.direct}, "max-direct", "stream directly to `N` viewers at most, to the others through the hub")
}

// check says what does not go together with a hub in this process that relays or does not.
func (p *devicePaths) check(noRelay bool) error {
	if noRelay && pathsOf(p.paths) == plotbeam.RelayOnly {
		return errors.New("with --no-relay and --paths relay no stream could flow: leave one of them away")
	}
	return nil
}

// places is a number of viewers with a direct path.
type places struct{ to *int }

func (p places) String() string {
	if p.to == nil {
		return ""
	}
	return strconv.Itoa(*p.to)
}

func (p places) Set(s string) error {
	n, err := strconv.Atoi(s)
	switch {
	case err == nil && n == 0:
		return fmt.Errorf("want a number above 0; none at all is --paths %s", plotbeam.RelayOnly)
	case err != nil || n < 0:
		return errors.New("want a number above 0")
	}
	*p.to = n
	return nil
}

// noRelayFlag is for commands with a hub of their own.
func noRelayFlag(fs *flag.FlagSet, to *bool) {
	fs.BoolVar(to, "no-relay", false, "carry no streams in this process's hub: viewers need a direct path, or TURN")
}
