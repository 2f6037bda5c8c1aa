package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/plotbeam/plotbeam"
)

func deviceCommand() command {
	var (
		hub, name = defaultHub, ""
		wait      int
		paths     devicePaths
		in        = inputConfig{rate: 5, format: formatAuto}
	)
	return command{
		name:     "device",
		synopsis: "[--hub URL] [--name ID] [--wait N] [--allow-control] " + strings.Join(inputKinds[:], "|") + " [--rate 5] [--seed N] [--count N]",
		summary:  "be a device on a hub",
		about: `
Streams readings over a hub: simulated ones, or those on standard input. It ends when its input ends,
after every viewer that is connected has everything; simulated ones end with --count, or with Ctrl-C.
With --name, the device has its name again after a restart: the secret that proves it is kept in
the user's configuration.`,
		examples: []string{
			"plotbeam device random",
			"plotbeam device sine --rate 100 --name lab-psu",
			"plotbeam device walk --seed 1 --count 1000 --wait 1",
			"./sensor | plotbeam device stdin --hub https://hub.example.com",
			"plotbeam device random --max-direct 2          the third viewer's stream goes through the hub",
			"plotbeam device sine --allow-control           viewers start, stop and pace it on the Remote Client",
			"plotbeam device random --paths direct          the hub carries nothing",
		},
		flags: func(fs *flag.FlagSet) {
			hubFlag(fs, &hub, "the hub's `URL`")
			nameFlag(fs, &name)
			formatFlag(fs, &in.format)
			positiveFlag(fs, &in.rate, "rate", "`readings` a second, of each series (simulated)")
			fs.Uint64Var(&in.seed, "seed", 0, "make the same readings again: a `NUMBER` above 0 (simulated)")
			fs.Uint64Var(&in.count, "count", 0, "end after `N` readings")
			paths.define(fs)
			waitFlag(fs, &wait)
			allowControlFlag(fs, &in.remote)
		},
		arguments: func(args []string) error {
			if len(args) != 1 {
				return errors.New("want one of " + kindsOfInput())
			}
			if !slices.Contains(inputKinds[:], args[0]) {
				return fmt.Errorf("%q is none of %s", args[0], kindsOfInput())
			}
			if in.remote && args[0] == kindStdin {
				return errors.New("--allow-control is for simulated readings: who writes to standard input decides when, not who reads it")
			}
			in.kind = args[0]
			return nil
		},
		run: func(ctx context.Context, c call) error {
			input, err := openInput(c, in)
			if err != nil {
				return err
			}
			st := &streaming{call: c, hub: hub, name: plotbeam.DeviceID(name), wait: wait, paths: paths, input: input}
			st.announce = func(id plotbeam.DeviceID) { c.stderr.say("Watch at %s", remotePage(hub, id)) }
			return st.run(ctx)
		},
	}
}
