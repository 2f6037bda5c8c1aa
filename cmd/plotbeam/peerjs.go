package main

import (
	"flag"

	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/peerjs"
)

const noPeerJS = "off"

// peerjsConfig says how a hub speaks with PeerJS clients. Its zero value is the default.
type peerjsConfig struct {
	at string // a path, off, or empty for the default
	peerjs.Config
}

func (c *peerjsConfig) define(fs *flag.FlagSet) {
	fs.StringVar(&c.at, "peerjs", "/peerjs", "speak the PeerJS server's protocol at this `PATH`, or off")
	fs.StringVar(&c.Key, "peerjs-key", "peerjs", "the `KEY` that PeerJS apps name")
	fs.BoolVar(&c.Presence, "peerjs-presence", false, "tell PeerJS peers when one leaves that they have exchanged an offer with")
	fs.BoolVar(&c.Discovery, "peerjs-discovery", false, "list the ids of all PeerJS peers and devices to whoever asks")
}

func (c peerjsConfig) check() error {
	if c.at == noPeerJS {
		return nil
	}
	c.Path = c.at
	if err := c.Check(); err != nil {
		return &complaint{text: "PeerJS", err: err, hint: "name a path such as /peerjs with --peerjs, or off"}
	}
	return nil
}

// mount makes the hub speak PeerJS, unless it is not to.
func (c peerjsConfig) mount(h *hub.Hub) error {
	if c.at == noPeerJS {
		return nil
	}
	c.Path = c.at
	return peerjs.Mount(h, c.Config)
}
