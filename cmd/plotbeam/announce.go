package main

import (
	"errors"
	"strings"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/web"
)

// remotePage is the page that shows a device.
func remotePage(hub string, id plotbeam.DeviceID) string { return hub + "/remote/" + string(id) }

// announce prints the link, as a QR code too where a person sees it, and opens the browser.
func (c call) announce(link string, own *server, open bool) {
	if isTerminal(c.stderr) && c.env("TERM") != "dumb" {
		if code, err := web.QRText(link); err == nil {
			c.stderr.say("%s", strings.TrimRight(code, "\n"))
		} else {
			c.log.Debug("no QR code", "err", err)
		}
	}
	c.stderr.say("Watch at %s", link)
	if own != nil {
		c.warnReachable(own)
	}
	if !open {
		return
	}
	if err := openBrowser(link, c.env); err != nil && !errors.Is(err, errNoBrowser) {
		c.stderr.say("No browser opened: %v", err)
	}
}
