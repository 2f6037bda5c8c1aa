package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/turnserver"
)

// Values of flags that are words.
const (
	iceOff     = "off"    // of --stun and --turn
	turnClosed = "closed" // between the peers of this hub
	turnOpen   = "open"   // to all of the internet
)

// iceConfig says what helps peers through NATs.
type iceConfig struct {
	stun     string // an address, off, or empty for where the hub listens
	turn     string // closed, open or off
	publicIP string // empty for the one that this machine knows
	// Other TURN servers, instead of this process's: URLs with commas between,
	// and either a user with a credential or a secret that signs them.
	urls, user, credential, secret string
}

func (i *iceConfig) define(fs *flag.FlagSet) {
	i.turn = turnClosed
	fs.Var(checked{&i.stun, checkSTUN}, "stun", "`ADDRESS` of STUN and TURN, over UDP and TCP, or off (default: where the hub listens)")
	choiceFlag(fs, &i.turn, "turn", "`WHITHER` TURN carries: between peers of this hub, to any public address too, or not at all", turnClosed, turnOpen, iceOff)
	fs.Var(checked{&i.publicIP, checkIP}, "public-ip", "`IP` under which the outside reaches this machine, if it has another here (cloud, container)")
	fs.Var(checked{&i.urls, checkTURN}, "turn-url", "`URL` of another TURN server to use instead, or several with commas")
	fs.StringVar(&i.user, "turn-user", "", "`NAME` of a user there")
	fs.StringVar(&i.credential, "turn-credential", "", "its `PASSWORD`; other users of this machine see flags, not variables")
	fs.StringVar(&i.secret, "turn-secret", "", "`SECRET` that signs credentials instead: coturn's static-auth-secret, or this TURN server's own")
}

// check says what flags do not go together.
func (i *iceConfig) check() error {
	switch named := i.user != "" || i.credential != ""; {
	case i.urls == "" && named:
		return errors.New("--turn-user and --turn-credential are for the server of --turn-url")
	case i.urls == "":
		return nil
	case named && i.secret != "":
		return errors.New("either --turn-user and --turn-credential, or --turn-secret")
	case i.secret == "" && (i.user == "" || i.credential == ""):
		return errors.New("--turn-url needs --turn-user and --turn-credential, or --turn-secret")
	}
	return nil
}

// checkSTUN takes an address or off.
func checkSTUN(s string) (string, error) {
	if s == iceOff {
		return s, nil
	}
	return checkAddress(s)
}

func checkIP(s string) (string, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsUnspecified() || a.Zone() != "" {
		return "", errors.New("an address without a port, such as 203.0.113.7")
	}
	return a.Unmap().String(), nil
}

// checkTURN takes URLs as in RFC 7065.
func checkTURN(s string) (string, error) {
	for one := range strings.SplitSeq(s, ",") {
		kind, rest, _ := strings.Cut(one, ":")
		host, query, asked := strings.Cut(rest, "?")
		if name, port, err := net.SplitHostPort(host); err == nil {
			host = name
			if _, err := strconv.ParseUint(port, 10, 16); err != nil {
				host = ""
			}
		}
		if kind != "turn" && kind != "turns" || host == "" || strings.ContainsAny(host, "/@ ") || asked && query != "transport=udp" && query != "transport=tcp" {
			return "", errors.New("want a URL such as turn:turn.example.com:3478?transport=udp")
		}
	}
	return s, nil
}

// helper is what helps peers through NATs: this process's STUN and TURN server,
// and others that it names.
type helper struct {
	config iceConfig
	log    *slog.Logger
	server *turnserver.Server
	udp    netip.AddrPort // invalid where there is no UDP socket
	tcp    netip.AddrPort // of TCP apart from HTTP; invalid where there is none
	web    netip.AddrPort
	tls    bool
}

// listenICE takes the addresses, and shares the hub's listener. Those that
// cannot be had are told to say, and done without.
func listenICE(config iceConfig, web net.Listener, secure *tls.Config, log *slog.Logger, say func(what string, err error)) *helper {
	h := &helper{config: config, log: log, web: addrPort(web.Addr()), tls: secure != nil}
	c := turnserver.Config{
		Web:    web,
		TLS:    secure,
		Secret: config.secret,
		Open:   config.turn == turnOpen,
		Log:    log,
	}
	if config.turn != iceOff && config.urls == "" {
		c.Relayed = []netip.Addr{relayedAddress(config.publicIP, h.web.Addr())}
	}
	at := config.stun
	if at == "" {
		at = h.web.String()
	}
	if at != iceOff {
		packets, err := net.ListenPacket("udp", at)
		if err == nil {
			c.Packets, h.udp = packets, addrPort(packets.LocalAddr())
		} else {
			say("STUN server", err)
		}
		if h.udp.IsValid() && config.stun != "" && h.udp != h.web {
			if l, err := net.Listen("tcp", h.udp.String()); err == nil {
				c.Listener, h.tcp = l, h.udp
			} else {
				say("TURN server over TCP there", err)
			}
		}
	}
	h.server = turnserver.New(c)
	return h
}

// relayedAddress is what relayed packets seem to come from. Unless TURN is open,
// none does, and any address of this machine will do.
func relayedAddress(public string, listening netip.Addr) netip.Addr {
	if a, err := netip.ParseAddr(public); err == nil {
		return a
	}
	if !listening.IsUnspecified() {
		return listening
	}
	if a, ok := lanAddress(); ok {
		return a
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

func addrPort(a net.Addr) netip.AddrPort {
	var at netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		at = a.AddrPort()
	case *net.TCPAddr:
		at = a.AddrPort()
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// servers names the servers to a peer that reached the hub under that host, with
// a credential for its id.
func (h *helper) servers(host, id string) (all []plotbeam.ICEServer) {
	apart := host // of the sockets that are not HTTP's
	switch at := h.udp.Addr(); {
	case h.config.publicIP != "":
		apart = h.config.publicIP
	case h.config.stun != "" && at.IsValid() && !at.IsUnspecified() && !at.IsLoopback():
		apart = at.String()
	}
	at := func(host string, port uint16) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }
	if h.udp.IsValid() {
		all = append(all, plotbeam.ICEServer{URLs: []string{"stun:" + at(apart, h.udp.Port())}})
	}
	if h.config.urls != "" {
		return append(all, h.others(id))
	}
	username, credential := h.server.Credential(id)
	if username == "" {
		return all
	}
	turn := plotbeam.ICEServer{Username: username, Credential: credential}
	if h.udp.IsValid() {
		turn.URLs = append(turn.URLs, "turn:"+at(apart, h.udp.Port())+"?transport=udp")
	}
	if h.tcp.IsValid() {
		turn.URLs = append(turn.URLs, "turn:"+at(apart, h.tcp.Port())+"?transport=tcp")
	}
	scheme := "turn:"
	if h.tls {
		scheme = "turns:"
	}
	turn.URLs = append(turn.URLs, scheme+at(host, h.web.Port())+"?transport=tcp")
	return append(all, turn)
}

// others are the servers that flags name.
func (h *helper) others(id string) plotbeam.ICEServer {
	c := h.config
	username, credential := c.user, c.credential
	if c.secret != "" {
		username, credential = turnserver.Credential(c.secret, id, time.Now().Add(turnserver.CredentialLife))
	}
	return plotbeam.ICEServer{URLs: strings.Split(c.urls, ","), Username: username, Credential: credential}
}

// run serves until ctx ends.
func (h *helper) run(ctx context.Context) error {
	err := h.server.Run(ctx)
	h.log.Info("STUN and TURN have ended", "stats", h.server.Stats())
	return err
}
