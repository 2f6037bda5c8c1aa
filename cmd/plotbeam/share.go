package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/plotbeam/plotbeam"
)

// errServer is the cause of an end that the hub in this process brought about.
var errServer = errors.New("the hub has ended")

// sharing is what share and demo have in common: a device, and a hub for it.
type sharing struct {
	server serverConfig
	hub    string // of others; empty means one in this process
	name   string
	wait   int
	paths  devicePaths
	noOpen bool
}

func shareCommand() command {
	config := sharing{server: serverConfig{listen: sharedAddress}}
	format := formatAuto
	return command{
		name:     "share",
		synopsis: "[--hub URL] [--name ID] [--format auto] [--wait N] [--listen " + sharedAddress + "] [--no-open]",
		summary:  "show what stands on standard input to everyone who has the link",
		about: `
Reads readings from standard input, a line at a time, and prints a link to watch them live. Unless --hub
names another, a hub runs in this process. Other machines can reach it, and anyone who can may watch;
--listen ` + localAddress + ` keeps it to this machine.
When the input has ended, what the log holds is served until Ctrl-C. On a terminal of a machine with
a display, the link is also opened in the browser.`,
		examples: []string{
			"ping example.com | plotbeam share",
			"seq 100 | plotbeam share --wait 1                  nothing is read before somebody watches",
			"./sensor | plotbeam share --name lab-psu --hub https://hub.example.com",
			"./sensor | plotbeam share --listen localhost:8080  for this machine only",
			"./sensor | plotbeam share --no-relay               straight from here or not at all",
		},
		flags: func(fs *flag.FlagSet) {
			hubFlag(fs, &config.hub, "use the hub at this `URL` instead of one in this process")
			nameFlag(fs, &config.name)
			formatFlag(fs, &format)
			config.define(fs)
		},
		arguments: config.arguments,
		run: func(ctx context.Context, c call) error {
			in, err := openInput(c, inputConfig{kind: kindStdin, format: format})
			if err != nil {
				return err
			}
			return config.run(ctx, c, in, !config.noOpen && isTerminal(c.stderr))
		},
	}
}

func demoCommand() command {
	config := sharing{server: serverConfig{listen: localAddress}}
	remote := false
	return command{
		name:     "demo",
		synopsis: "[--listen " + localAddress + "] [--allow-control] [--no-open]",
		summary:  "try it: a simulated device, in your browser",
		about: `
Runs a hub and a simulated device, and opens the link in the browser where there is a display.
It listens on this machine only, unless --listen says otherwise. It ends with Ctrl-C.`,
		examples: []string{
			"plotbeam demo",
			"plotbeam demo --listen :8080 --no-open     to be watched from a phone in the same network",
		},
		flags: func(fs *flag.FlagSet) {
			nameFlag(fs, &config.name)
			allowControlFlag(fs, &remote)
			config.define(fs)
		},
		arguments: config.arguments,
		run: func(ctx context.Context, c call) error {
			in, err := demoInput(remote)
			if err != nil {
				return err
			}
			return config.run(ctx, c, in, !config.noOpen)
		},
	}
}

func (s *sharing) define(fs *flag.FlagSet) {
	listenFlag(fs, &s.server.listen, "`ADDRESS` of this process's hub")
	s.server.ice.define(fs)
	noRelayFlag(fs, &s.server.noRelay)
	s.paths.define(fs)
	waitFlag(fs, &s.wait)
	fs.BoolVar(&s.noOpen, "no-open", false, "open no browser")
}

// arguments takes none, and checks the flags.
func (s *sharing) arguments(args []string) error {
	if s.hub != "" && s.server.noRelay {
		return errors.New("--no-relay is for a hub in this process; with --hub, say --paths direct")
	}
	return errors.Join(noArguments(args), s.server.check(), s.paths.check(s.server.noRelay))
}

// run streams the input over a hub of its own, or over another's.
func (s *sharing) run(ctx context.Context, c call, in input, open bool) error {
	st := &streaming{call: c, hub: s.hub, name: plotbeam.DeviceID(s.name), wait: s.wait, paths: s.paths, input: in, stay: true}
	st.announce = func(id plotbeam.DeviceID) { c.announce(remotePage(s.hub, id), nil, open) }
	if s.hub != "" {
		return st.run(ctx)
	}
	s.server.fallback = !c.given["listen"]
	srv, err := listen(c, s.server)
	if err != nil {
		return err
	}
	st.hub, st.own = srv.url(), true
	st.announce = func(id plotbeam.DeviceID) { c.announce(remotePage(srv.link(), id), srv, open) }
	return beside(ctx, srv, st.run)
}

// beside runs something while a server does. The server ends after it, so that
// it hears the goodbyes.
func beside(ctx context.Context, srv *server, run func(context.Context) error) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	served := make(chan error, 1)
	go func() {
		err := srv.run(serving)
		if err != nil {
			end(fmt.Errorf("%w: %w", errServer, err))
		}
		served <- err
	}()
	var err error
	select {
	case <-srv.hub.Ready():
		err = run(life)
	case <-life.Done():
	}
	stop()
	if broken := <-served; broken != nil {
		return broken // of which err is at most the consequence
	}
	return err
}
