package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/turnserver"
)

// stunOff is the value of --stun that wants no server.
const stunOff = "off"

// stunServer is the STUN server beside a hub. A nil one serves nothing.
type stunServer struct {
	conn   net.PacketConn
	server *turnserver.Server
}

// listenSTUN takes the UDP address that was named, or else that of the hub's HTTP.
func listenSTUN(named string, hub netip.AddrPort, log *slog.Logger) (*stunServer, error) {
	switch named {
	case stunOff:
		return nil, nil
	case "":
		named = hub.String()
	}
	conn, err := net.ListenPacket("udp", named)
	if err != nil {
		return nil, err
	}
	return &stunServer{conn: conn, server: turnserver.New(conn, turnserver.Config{Log: log})}, nil
}

// servers names the server to a peer that reached the hub under that host.
func (s *stunServer) servers(host string) []plotbeam.ICEServer {
	if s == nil {
		return nil
	}
	at := s.conn.LocalAddr().(*net.UDPAddr)
	if !at.IP.IsUnspecified() && !at.IP.IsLoopback() {
		host = at.IP.String()
	}
	return []plotbeam.ICEServer{{URLs: []string{"stun:" + net.JoinHostPort(host, fmt.Sprint(at.Port))}}}
}

// run answers until ctx ends.
func (s *stunServer) run(ctx context.Context) error {
	if s == nil {
		<-ctx.Done()
		return nil
	}
	return s.server.Run(ctx)
}
