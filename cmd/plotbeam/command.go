package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
)

// command is one of the program's verbs: a row of the table that parsing,
// environment and help all read.
type command struct {
	name     string
	synopsis string // what follows the name
	summary  string // one line
	about    string // paragraphs
	examples []string
	flags    func(*flag.FlagSet)
	// arguments checks and keeps what is no flag.
	arguments func(args []string) error
	run       func(ctx context.Context, c call) error
}

// commands is the table.
func commands() []command {
	return []command{shareCommand(), demoCommand(), watchCommand(), deviceCommand(), serveCommand(), doctorCommand()}
}

// call is one run of a command: where it reads and writes, and what was given.
type call struct {
	stdin  io.Reader
	stdout io.Writer
	stderr *console
	env    func(string) string
	log    *slog.Logger
	given  map[string]bool // flags that the command line or the environment sets
}

// start parses the command line and the environment, and runs.
func (c call) start(ctx context.Context, one command, args []string) error {
	fs := one.flagSet()
	verbose := fs.Lookup("verbose").Value.(flag.Getter)
	rest, err := parse(fs, args, c.env)
	if errors.Is(err, flag.ErrHelp) {
		return c.print(one.help())
	}
	if err == nil {
		err = one.arguments(rest)
	}
	if err != nil {
		return usageError{&complaint{err: err, hint: "see `plotbeam help " + one.name + "`"}}
	}
	c.given = map[string]bool{}
	fs.Visit(func(f *flag.Flag) { c.given[f.Name] = true })
	level := slog.LevelWarn
	if verbose.Get() == true {
		level = slog.LevelDebug
	}
	c.log = slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level}))
	return one.run(ctx, c)
}

func (one command) flagSet() *flag.FlagSet {
	fs := flag.NewFlagSet(one.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.Bool("verbose", false, "log what happens")
	one.flags(fs)
	return fs
}

// parse reads flags wherever they stand, then the environment for those that
// were not given, and returns the arguments that are none.
func parse(fs *flag.FlagSet, args []string, env func(string) string) (rest []string, err error) {
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			return nil, spell(fs, err)
		}
		left := fs.Args()
		if i := len(args) - len(left); i > 0 && args[i-1] == "--" {
			rest = append(rest, left...) // behind -- nothing is a flag
			break
		}
		if len(left) == 0 {
			break
		}
		rest, args = append(rest, left[0]), left[1:]
	}
	return rest, fromEnvironment(fs, env)
}

func fromEnvironment(fs *flag.FlagSet, env func(string) string) error {
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var wrong error
	fs.VisitAll(func(f *flag.Flag) {
		value := env(variable(f))
		if given[f.Name] || value == "" || wrong != nil {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			why := strings.NewReplacer(parseError, wanted(f), rangeError, wanted(f)).Replace(err.Error())
			wrong = fmt.Errorf("%s=%s: %s", variable(f), plotbeam.Quote(value), why)
		}
	})
	return wrong
}

// variable is the environment variable that stands for a flag.
func variable(f *flag.Flag) string {
	if v, ok := f.Value.(renamed); ok {
		return v.variable
	}
	return "PLOTBEAM_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// renamed is a flag whose variable has a name of its own, since other commands
// have a flag of that name with another meaning.
type renamed struct {
	flag.Value
	variable string
}

func rename(f *flag.Flag, variable string) { f.Value = renamed{f.Value, variable} }

// What package flag says of a value that is none of the flag's type.
const (
	parseError = "parse error"
	rangeError = "value out of range"
)

// wanted says what such a value would be.
func wanted(f *flag.Flag) string {
	value, ok := f.Value.(flag.Getter)
	if !ok {
		return "want another value"
	}
	switch value.Get().(type) {
	case time.Duration:
		return "want a duration such as 60s or 5m"
	case bool:
		return "want true or false"
	}
	return "want a whole number, 0 or more"
}

var (
	// longQuote finds a value that is too long to be shown whole.
	longQuote = regexp.MustCompile(`"([^"]{60})[^"]{40,}"`)
	// badValue finds the flag whose value is none of its type.
	badValue = regexp.MustCompile(` for (?:flag )?-([^ ]+): (?:` + parseError + `|` + rangeError + `)$`)
)

// spell says what is wrong with flags: what value is wanted, and flags as they
// are written everywhere else, with two dashes. Long values are cut.
func spell(fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	s := err.Error()
	if found := badValue.FindStringSubmatch(s); found != nil {
		s = strings.TrimSuffix(s, found[0]) + " for flag -" + found[1] + ": " + wanted(fs.Lookup(found[1]))
	}
	s = strings.Replace(s, "flag provided but not defined: -", "no flag --", 1)
	s = strings.Replace(s, "flag needs an argument: -", "a value is missing after --", 1)
	s = strings.Replace(s, " for flag -", " for flag --", 1)
	return errors.New(longQuote.ReplaceAllString(s, `"$1"…`))
}

// noArguments is for commands that take flags only.
func noArguments(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is one argument too many", args[0])
	}
	return nil
}

func (c call) print(text string) error {
	_, err := io.WriteString(c.stdout, text)
	return err
}
