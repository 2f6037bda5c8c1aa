package main

import (
	"context"
	"flag"
)

func serveCommand() command {
	config := serverConfig{listen: localAddress}
	return command{
		name:     "serve",
		synopsis: "[--listen " + localAddress + "]",
		summary:  "run a hub",
		about: `
Runs a hub: it serves the pages, introduces devices and viewers to each other and helps them
through NATs. The readings themselves go straight from device to viewer.
It listens on this machine only, unless --listen says otherwise. It ends with Ctrl-C.`,
		examples: []string{
			"plotbeam serve",
			"plotbeam serve --listen :8080            reachable from other machines",
			"plotbeam serve --listen localhost:0      any free port; the URL is printed",
		},
		flags: func(fs *flag.FlagSet) {
			listenFlag(fs, &config.listen, "`ADDRESS` of the pages and the sockets")
			stunFlag(fs, &config.stun)
		},
		arguments: noArguments,
		run: func(ctx context.Context, c call) error {
			s, err := listen(c, config)
			if err != nil {
				return err
			}
			return beside(ctx, s, func(ctx context.Context) error {
				c.stderr.say("The hub is at %s", s.link())
				c.warnReachable(s)
				<-ctx.Done()
				return nil
			})
		},
	}
}

// warnReachable says who can watch, and how to keep it to this machine.
func (c call) warnReachable(s *server) {
	if s.everywhere() {
		c.stderr.say("Anyone who can reach this machine can watch; `--listen %s` keeps it to this machine.", localAddress)
	}
}
