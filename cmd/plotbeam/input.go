package main

import (
	"context"
	"errors"
	"flag"
	"math"
	"strings"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/source"
)

// formatAuto leaves the choice of a format to the program.
const formatAuto = string(source.Auto)

// kindStdin is the input that is not simulated.
const kindStdin = "stdin"

// inputKinds are what `plotbeam device` can be.
var inputKinds = [...]string{string(source.Random), string(source.Sine), string(source.Walk), kindStdin}

// input is where a device's readings come from.
type input struct {
	words string // what it does, for the people who watch
	run   func(context.Context, source.Publish) error
	// patient says that the input can wait for viewers, and has an end that they should reach.
	patient bool
	control *control // that viewers have; nil for none
}

// inputConfig is what was asked for.
type inputConfig struct {
	kind   string
	format string
	rate   float64
	seed   uint64
	count  uint64 // zero means no end
	remote bool   // whether viewers may start, stop and pace it
}

// openInput checks what was asked for and reads nothing yet.
func openInput(c call, config inputConfig) (input, error) {
	if config.kind == kindStdin {
		return openStdin(c, config)
	}
	what := map[string]string{"random": "a random number", "sine": "a sine", "walk": "a random walk"}[config.kind]
	words := func(rate float64) string { return "Streaming " + what + ", " + paceText(rate) }
	var viewers *control
	if config.remote {
		viewers = newControl(config.rate, words)
	}
	g, err := source.NewGenerator(source.GeneratorConfig{
		Kind:  source.Kind(config.kind),
		Rate:  config.rate,
		Seed:  config.seed,
		Count: int(min(config.count, math.MaxInt)),
		Reins: viewers.held(),
	})
	if err != nil {
		return input{}, usageError{&complaint{err: err, hint: "see `plotbeam help device`"}}
	}
	return input{words: words(config.rate), run: g.Run, patient: config.count > 0, control: viewers}, nil
}

// demoInput is the simulated device of the demo.
func demoInput(remote bool) (input, error) {
	const words = "A simulated motor on a lab power supply"
	var viewers *control
	if remote {
		viewers = newControl(source.SimulatedRate, func(float64) string { return words })
	}
	s, err := source.NewSimulated(source.SimulatedConfig{Reins: viewers.held()})
	if err != nil {
		return input{}, err
	}
	return input{words: words, run: s.Run, control: viewers}, nil
}

// errEnough ends an input that has given as many readings as were asked for.
var errEnough = errors.New("enough readings")

// atMost passes on so many readings and then ends the input.
func atMost(count uint64, run func(context.Context, source.Publish) error) func(context.Context, source.Publish) error {
	if count == 0 {
		return run
	}
	return func(ctx context.Context, publish source.Publish) error {
		ctx, end := context.WithCancel(ctx)
		defer end()
		left := count
		err := run(ctx, func(readings ...plotbeam.Reading) error {
			if uint64(len(readings)) > left {
				readings = readings[:left]
			}
			left -= uint64(len(readings))
			if err := publish(readings...); err != nil {
				return err
			}
			if left == 0 {
				end() // the input may be waiting for its next line
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
}

// openStdin reads lines from the standard input, and says which it skips.
func openStdin(c call, config inputConfig) (input, error) {
	told := 0
	lines, err := source.NewLines(source.LinesConfig{
		Input:    c.stdin,
		Format:   source.Format(config.format),
		OnFormat: func(f source.Format) { c.stderr.say("Reading standard input as %s.", f) },
		OnSkip: func(s source.Skip) {
			told++
			c.stderr.say("line %d skipped: %s: %s", s.Line, s.Reason, s.Text)
		},
	})
	if err != nil {
		return input{}, err
	}
	run := func(ctx context.Context, publish source.Publish) error {
		if isTerminal(c.stdin) {
			c.stderr.say("Type readings, one a line; Ctrl-D ends them. Or pipe them in: `seq 10 | plotbeam share`")
		}
		err := lines.Run(ctx, publish)
		if all := lines.Skipped(); all > told {
			c.stderr.say("%d lines and values were skipped in all", all)
		}
		return err
	}
	return input{words: "Streaming standard input", run: atMost(config.count, run), patient: true}, nil
}

// formatFlag is the form of the text on standard input.
func formatFlag(fs *flag.FlagSet, to *string) {
	names := make([]string, 0, len(source.Formats()))
	for _, f := range source.Formats() {
		names = append(names, string(f))
	}
	choiceFlag(fs, to, "format", "`FORMAT` of standard input", names...)
	rename(fs.Lookup("format"), "PLOTBEAM_INPUT_FORMAT")
}

func kindsOfInput() string { return strings.Join(inputKinds[:], ", ") }
