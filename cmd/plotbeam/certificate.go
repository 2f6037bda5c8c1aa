package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// lookAgain is how often the files of a certificate are looked at, at most.
const lookAgain = time.Minute

// certificateFiles are where a certificate is; empty for none.
type certificateFiles struct{ cert, key string }

func (f *certificateFiles) define(fs *flag.FlagSet) {
	fs.StringVar(&f.cert, "tls-cert", "", "`FILE` with the certificate chain (PEM): serve HTTPS, and TURN over TLS")
	fs.StringVar(&f.key, "tls-key", "", "`FILE` with its private key (PEM)")
}

func (f certificateFiles) check() error {
	if (f.cert == "") != (f.key == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	return nil
}

// certificate is read again when its files have changed: those of today's
// authorities are renewed every few weeks. A nil one is none.
type certificate struct {
	files certificateFiles
	log   *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	age    time.Time // of the newer file, as loaded
	looked time.Time
}

// open reads the files, if any are named.
func (f certificateFiles) open(log *slog.Logger) (*certificate, error) {
	if f.cert == "" {
		return nil, nil
	}
	c := &certificate{files: f, log: log}
	if err := c.load(); err != nil {
		return nil, &complaint{text: "read the TLS certificate", err: err, hint: "name its chain with --tls-cert and its private key with --tls-key, both in PEM"}
	}
	return c, nil
}

// config is what a server with this certificate speaks; nil without one.
func (c *certificate) config() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{
		GetCertificate: c.get,
		// Another protocol would not be told from TURN by its first byte, nor carry
		// the hub's WebSockets; what TURN's clients ask for is in RFC 7443.
		NextProtos: []string{"http/1.1", "stun.turn"},
	}
}

// load needs mu, or nobody else.
func (c *certificate) load() error {
	age := c.changed()
	loaded, err := tls.LoadX509KeyPair(c.files.cert, c.files.key)
	if err != nil {
		return err
	}
	c.loaded, c.age, c.looked = &loaded, age, time.Now()
	return nil
}

func (c *certificate) changed() (newest time.Time) {
	for _, name := range []string{c.files.cert, c.files.key} {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest
}

// get is the certificate for one handshake.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= lookAgain {
		c.looked = now
		if c.changed().After(c.age) {
			if err := c.load(); err != nil {
				c.log.Warn("the TLS certificate has changed and cannot be read: going on with the old one", "err", err)
			}
		}
	}
	return c.loaded, nil
}

// host is the first name that the certificate is for, if it has one that can be dialled.
func (c *certificate) host() string {
	if c == nil {
		return ""
	}
	for _, name := range c.loaded.Leaf.DNSNames {
		if !strings.HasPrefix(name, "*.") {
			return name
		}
	}
	return ""
}
