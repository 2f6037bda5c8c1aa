package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/web"
)

const (
	headerTimeout = 10 * time.Second // for a request's head
	idleTimeout   = 2 * time.Minute  // of a connection between requests
	closeTimeout  = 2 * time.Second  // for requests that are under way at the end
)

// serverConfig says where a hub listens.
type serverConfig struct {
	listen   string
	fallback bool // take any free port if the one asked for is taken
	ice      iceConfig
	tls      certificateFiles
	noRelay  bool // the hub carries no streams
	peerjs   peerjsConfig
}

// check says what flags do not go together.
func (c serverConfig) check() error {
	return errors.Join(c.ice.check(), c.tls.check(), c.peerjs.check())
}

// server is a hub with its pages on an address, and a STUN and TURN server on
// and beside it.
type server struct {
	call     call
	listener net.Listener
	asked    string // the host that was asked for
	hub      *hub.Hub
	http     *http.Server
	ice      *helper
	secure   *certificate // nil without TLS
}

// listen takes the addresses. Nothing is served before run.
func listen(c call, config serverConfig) (*server, error) {
	s := &server{call: c}
	s.asked, _, _ = net.SplitHostPort(config.listen) // it was checked as a flag
	var err error
	if s.secure, err = config.tls.open(c.log); err != nil {
		return nil, err
	}
	s.listener, err = net.Listen("tcp", config.listen)
	if inUse(err) && config.fallback {
		if s.listener, err = net.Listen("tcp", anyPort(config.listen)); err == nil {
			c.stderr.say("%s is in use by another program: listening on port %d instead", config.listen, s.address().Port())
		}
	}
	switch {
	case inUse(err):
		return nil, taken(config.listen)
	case err != nil:
		return nil, &complaint{text: "listen on " + config.listen, err: err, hint: "name another address with --listen"}
	}
	s.ice = listenICE(config.ice, s.listener, s.secure.config(), c.log, func(what string, err error) {
		c.stderr.say("no %s: %v: going on without; viewers behind NATs may not get a direct path", what, err)
	})
	s.hub = hub.New(hub.Config{Pages: web.Handler(), ICE: s.ice.servers, NoRelay: config.noRelay, Log: c.log, Version: version()})
	if err := config.peerjs.mount(s.hub); err != nil {
		return nil, err // which check has ruled out
	}
	s.http = &http.Server{
		Handler:           s.hub,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
	}
	return s, nil
}

func (s *server) address() netip.AddrPort {
	a := s.listener.Addr().(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// url is what this machine reaches the hub under.
func (s *server) url() string { return s.urlOf(dialHost(s.address().Addr())) }

// link is what other machines reach the hub under, if any can.
func (s *server) link() string {
	if name := s.secure.host(); name != "" {
		return s.urlOf(name)
	}
	return s.urlOf(linkHost(s.address().Addr(), s.asked))
}

func (s *server) urlOf(host string) string {
	scheme := "http://"
	if s.secure != nil {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, fmt.Sprint(s.address().Port()))
}

// everywhere reports whether other machines can reach the hub.
func (s *server) everywhere() bool { return !s.address().Addr().IsLoopback() }

// run serves until ctx ends; then the hub says goodbye to its peers.
func (s *server) run(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var parts sync.WaitGroup
	parts.Go(func() { end(s.hub.Run(ctx)) })
	parts.Go(func() { end(s.ice.run(ctx)) })
	parts.Go(func() {
		if err := s.http.Serve(s.ice.server.Web()); !errors.Is(err, http.ErrServerClosed) {
			end(fmt.Errorf("serve: %w", err))
		}
	})
	<-ctx.Done()
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer stop()
	if err := s.http.Shutdown(last); err != nil {
		s.http.Close()
	}
	parts.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}
