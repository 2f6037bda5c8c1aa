package main

import (
	"context"
	"errors"
	"flag"
)

func serveCommand() command {
	config := serverConfig{listen: localAddress}
	return command{
		name:     "serve",
		synopsis: "[--listen " + localAddress + "] [--tls-cert FILE --tls-key FILE] [--turn closed|open|off] [--no-relay] [--peerjs PATH|off]",
		summary:  "run a hub",
		about: `
Runs a hub: it serves the pages, introduces devices and viewers to each other and helps them
through NATs with STUN and TURN. Both are on the hub's own port, over UDP and TCP, so that one port is all
that has to be open. TURN serves this hub's peers only, and carries packets between them only,
unless --turn open says otherwise. Apps made with PeerJS find their server at /peerjs.
It listens on this machine only, unless --listen says otherwise. It ends with Ctrl-C.`,
		examples: []string{
			"plotbeam serve",
			"plotbeam serve --listen :8080            reachable from other machines",
			"plotbeam serve --listen localhost:0      any free port; the URL is printed",
			"plotbeam serve --listen :443 --tls-cert fullchain.pem --tls-key privkey.pem",
			"plotbeam serve --no-relay                introduces only: streams go directly, or not at all",
			"plotbeam serve --peerjs-presence         PeerJS peers hear when another leaves",
			"plotbeam serve --turn-url turns:turn.example.com --turn-secret \"$SECRET\"   with coturn for TURN",
		},
		flags: func(fs *flag.FlagSet) {
			listenFlag(fs, &config.listen, "`ADDRESS` of the pages and the sockets")
			config.ice.define(fs)
			config.tls.define(fs)
			noRelayFlag(fs, &config.noRelay)
			config.peerjs.define(fs)
		},
		arguments: func(args []string) error { return errors.Join(noArguments(args), config.check()) },
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
