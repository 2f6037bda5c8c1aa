package main

import (
	"errors"
	"os/exec"
	"runtime"
)

// errNoBrowser says that this machine shows no windows here.
var errNoBrowser = errors.New("there is no display")

// browserCommand is what opens a URL, on a system with this environment.
func browserCommand(system, url string, env func(string) string) ([]string, error) {
	switch {
	case env("SSH_CONNECTION") != "" && env("DISPLAY") == "":
		return nil, errNoBrowser // the person sits elsewhere
	case system == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", url}, nil
	case system == "darwin":
		return []string{"open", url}, nil
	case env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "":
		return nil, errNoBrowser
	}
	return []string{"xdg-open", url}, nil
}

// openBrowser opens a URL where there is a display.
func openBrowser(url string, env func(string) string) error {
	words, err := browserCommand(runtime.GOOS, url, env)
	if err != nil {
		return err
	}
	cmd := exec.Command(words[0], words[1:]...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // the opener ends by itself; nobody needs to know how
	return nil
}
