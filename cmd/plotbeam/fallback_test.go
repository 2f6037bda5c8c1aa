//go:build unix

package main

import (
	"net"
	"os"
	"testing"
)

// Where the default port is taken, share and demo take another and say so;
// serve, which others are configured for, does not.
func TestDefaultPortTaken(t *testing.T) {
	for _, address := range []string{":8080", "localhost:8080"} {
		if l, err := net.Listen("tcp", address); err == nil { // else it is taken already
			defer l.Close()
		}
	}
	for _, name := range []string{"share", "demo"} {
		said := &typescript{}
		cmd := launch(t, nil, said, name, "--no-open")
		port := said.await(t, `(?m)^(?:localhost)?:8080 is in use by another program: listening on port (\d+) instead$`)
		said.await(t, `(?m)^Watch at http://[^/]+:`+port+`/remote/\S+$`)
		if name == "share" {
			said.await(t, "(?m)^Anyone who can reach this machine can watch; .*--listen localhost:8080")
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s after Ctrl-C: %v", name, err)
		}
	}
	said := &typescript{}
	if err := launch(t, nil, said, "serve").Wait(); err == nil {
		t.Error("serve took another port")
	}
	said.await(t, "^plotbeam: localhost:8080 is in use by another program\nhint: ")
}
