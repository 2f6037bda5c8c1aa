package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
)

const (
	defaultHub    = "http://localhost:8080"
	localAddress  = "localhost:8080" // where serve and demo listen
	sharedAddress = ":8080"          // where share does: a shared link is for other machines
)

// checked is a flag whose text is checked when it is set.
type checked struct {
	to    *string
	check func(string) (string, error) // gives the text as it is kept
}

func (c checked) String() string {
	if c.to == nil {
		return ""
	}
	return *c.to
}

func (c checked) Set(s string) (err error) {
	kept, err := c.check(s)
	if err == nil {
		*c.to = kept
	}
	return err
}

func hubFlag(fs *flag.FlagSet, to *string, usage string) {
	fs.Var(checked{to, checkHub}, "hub", usage)
}

func checkHub(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("a hub is a URL such as " + defaultHub)
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimRight(u.String(), "/"), nil
}

func nameFlag(fs *flag.FlagSet, to *string) {
	fs.Var(checked{to, checkName}, "name", "the device's `ID`; without it the hub makes one up")
}

func checkName(s string) (string, error) {
	id, err := plotbeam.ParseDeviceID(s)
	return string(id), err
}

func listenFlag(fs *flag.FlagSet, to *string, usage string) {
	fs.Var(checked{to, checkAddress}, "listen", usage)
}

// checkAddress takes host:port, :port and a port alone.
func checkAddress(s string) (string, error) {
	if _, err := strconv.ParseUint(s, 10, 16); err == nil {
		s = ":" + s
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", fmt.Errorf("an address is HOST:PORT, such as %s", localAddress)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("a port is a number from 0 to 65535")
	}
	return net.JoinHostPort(host, port), nil
}

// choiceFlag is a flag that has one of a few values.
func choiceFlag(fs *flag.FlagSet, to *string, name, usage string, choices ...string) {
	fs.Var(checked{to, func(s string) (string, error) {
		if !slices.Contains(choices, s) {
			return "", errors.New("choose one of " + strings.Join(choices, ", "))
		}
		return s, nil
	}}, name, usage+": "+strings.Join(choices, ", "))
}

// positiveFlag is a number above zero.
func positiveFlag(fs *flag.FlagSet, to *float64, name, usage string) {
	fs.Var(positive{to}, name, usage)
}

type positive struct{ to *float64 }

func (p positive) String() string {
	if p.to == nil {
		return ""
	}
	return strconv.FormatFloat(*p.to, 'g', -1, 64)
}

func (p positive) Set(s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v > 0) || !plotbeam.Finite(v) {
		return errors.New("want a number above 0")
	}
	*p.to = v
	return nil
}

// mostAwaited bounds --wait: more viewers than a device is likely to have.
const mostAwaited = 1000

// waitFlag is how many viewers are waited for.
func waitFlag(fs *flag.FlagSet, to *int) {
	fs.Var(awaited{to}, "wait", "wait for `N` viewers before the first reading is taken")
}

type awaited struct{ to *int }

func (a awaited) String() string {
	if a.to == nil {
		return ""
	}
	return strconv.Itoa(*a.to)
}

func (a awaited) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > mostAwaited {
		return fmt.Errorf("want a number of viewers from 0 to %d", mostAwaited)
	}
	*a.to = n
	return nil
}

// windowFlag is how much time a chart shows.
func windowFlag(fs *flag.FlagSet, to *time.Duration) {
	fs.Var(window{to}, "window", "a chart shows the last `DURATION`; without it, as much as --since")
}

type window struct{ to *time.Duration }

func (w window) String() string {
	if w.to == nil || *w.to == 0 {
		return ""
	}
	return w.to.String()
}

func (w window) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < chart.ShortestWindow || d > chart.LongestWindow {
		return errors.New("want a duration from 1s to 12h")
	}
	*w.to = d
	return nil
}

// rangeFlag is what the axes of a chart span.
func rangeFlag(fs *flag.FlagSet, to *chart.Range) {
	fs.Var(bounds{to}, "range", "a chart's axes go from `LOW:HIGH`; without it, from the least to the greatest value shown")
}

type bounds struct{ to *chart.Range }

func (b bounds) String() string {
	if b.to == nil || *b.to == (chart.Range{}) {
		return ""
	}
	return fmt.Sprintf("%g:%g", b.to.Low, b.to.High)
}

func (b bounds) Set(s string) error {
	low, high, _ := strings.Cut(s, ":")
	from, wrongLow := strconv.ParseFloat(low, 64)
	to, wrongHigh := strconv.ParseFloat(high, 64)
	if wrongLow != nil || wrongHigh != nil || !plotbeam.Finite(from) || !plotbeam.Finite(to) || from >= to {
		return errors.New("want LOW:HIGH, such as -5:5")
	}
	*b.to = chart.Range{Low: from, High: to}
	return nil
}
