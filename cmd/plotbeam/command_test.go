package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam/session"
)

// parsed is what parse makes of a command line, as text.
func parsed(args []string, env map[string]string) string {
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	hub := "none"
	hubFlag(fs, &hub, "a hub")
	count := fs.Uint64("count", 0, "")
	list := fs.Bool("no-open", false, "")
	length := fs.Duration("for", 0, "")
	rest, err := parse(fs, args, func(name string) string { return env[name] })
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(hub, " ", *count, " ", *list, " ", *length, " ", rest)
}

func TestParse(t *testing.T) {
	env := map[string]string{"PLOTBEAM_COUNT": "7", "PLOTBEAM_NO_OPEN": "true", "PLOTBEAM_FOR": "2s"}
	for _, c := range []struct {
		args string
		env  map[string]string
		want string
	}{
		{"", nil, "none 0 false 0s []"},
		{"a", nil, "none 0 false 0s [a]"},
		{"--count 3 a b", nil, "none 3 false 0s [a b]"},
		{"a --count 3 b", nil, "none 3 false 0s [a b]"},
		{"a b --count=3", nil, "none 3 false 0s [a b]"},
		{"a -count 3 --no-open b --for 1m", nil, "none 3 true 1m0s [a b]"},
		{"a -- --count 3", nil, "none 0 false 0s [a --count 3]"},
		{"a --hub http://h:1/x/?y#z", nil, "http://h:1/x 0 false 0s [a]"},
		{"a", env, "none 7 true 2s [a]"},
		{"a --count 3 --no-open=false", env, "none 3 false 2s [a]"},
		{"--count 1 --count 2", nil, "none 2 false 0s []"},
		{"a", map[string]string{"PLOTBEAM_COUNT": "", "PLOTBEAM_HUB": ""}, "none 0 false 0s [a]"},
		{"a", map[string]string{"PLOTBEAM_HUB": "h"}, `PLOTBEAM_HUB="h": a hub is a URL such as http://localhost:8080`},
		{"--hub http://h", map[string]string{"PLOTBEAM_HUB": "h"}, "http://h 0 false 0s []"},
		{"--hub", nil, "a value is missing after --hub"},
		{"--huh", nil, "no flag --huh"},
		{"a --for soon", nil, `invalid value "soon" for flag --for: want a duration such as 60s or 5m`},
		{"a --for " + strings.Repeat("x", 10_000), nil, `invalid value "` + strings.Repeat("x", 60) + `"… for flag --for: want a duration such as 60s or 5m`},
		{"--no-open=maybe", nil, `invalid boolean value "maybe" for flag --no-open: want true or false`},
		{"--count many", nil, `invalid value "many" for flag --count: want a whole number, 0 or more`},
		{"--count 18446744073709551616", nil, `invalid value "18446744073709551616" for flag --count: want a whole number, 0 or more`},
		{"a", map[string]string{"PLOTBEAM_FOR": "10"}, `PLOTBEAM_FOR="10": want a duration such as 60s or 5m`},
		{"a", map[string]string{"PLOTBEAM_COUNT": "-1"}, `PLOTBEAM_COUNT="-1": want a whole number, 0 or more`},
		{"a", map[string]string{"PLOTBEAM_NO_OPEN": "maybe"}, `PLOTBEAM_NO_OPEN="maybe": want true or false`},
	} {
		if got := parsed(strings.Fields(c.args), c.env); got != c.want {
			t.Errorf("%s %v: got %s, want %s", c.args, c.env, got, c.want)
		}
	}
}

// Every flag has its variable, its words and the same meaning in every command.
func TestTableOfCommands(t *testing.T) {
	for _, one := range commands() {
		if one.summary == "" || one.about == "" || len(one.examples) == 0 {
			t.Errorf("%s has no help", one.name)
		}
		for _, example := range one.examples {
			if !strings.Contains(example, "plotbeam "+one.name) {
				t.Errorf("%s: no example of it: %s", one.name, example)
			}
		}
		help := one.help()
		one.flagSet().VisitAll(func(f *flag.Flag) {
			if f.Usage == "" || !strings.Contains(help, "--"+f.Name) || !strings.Contains(help, variable(f)) {
				t.Errorf("%s: --%s is not in the help", one.name, f.Name)
			}
		})
	}
	var names []string
	for _, one := range commands() {
		names = append(names, one.name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "demo device doctor serve share watch" {
		t.Errorf("commands: %s", got)
	}
}

// The contract, flag by flag.
func TestFlagsOfCommands(t *testing.T) {
	want := map[string]string{
		"serve":  "listen no-relay peerjs peerjs-discovery peerjs-key peerjs-presence public-ip stun tls-cert tls-key turn turn-credential turn-secret turn-url turn-user verbose",
		"demo":   "allow-control listen max-direct name no-open no-relay paths public-ip stun turn turn-credential turn-secret turn-url turn-user verbose wait",
		"share":  "format hub listen max-direct name no-open no-relay paths public-ip stun turn turn-credential turn-secret turn-url turn-user verbose wait",
		"device": "allow-control count format hub max-direct name paths rate seed verbose wait",
		"doctor": "format hub verbose",
		"watch":  "count for format hub list paths range since verbose window",
	}
	for _, one := range commands() {
		var flags []string
		one.flagSet().VisitAll(func(f *flag.Flag) { flags = append(flags, f.Name) })
		if got := strings.Join(flags, " "); got != want[one.name] {
			t.Errorf("%s has the flags %s, want %s", one.name, got, want[one.name])
		}
	}
}

func TestReport(t *testing.T) {
	hinted := &complaint{text: `no device "pump-7"`, hint: "list the live ones"}
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{nil, 0, ""},
		{errors.New("broken"), 1, "plotbeam: broken\n"},
		{hinted, 1, "plotbeam: no device \"pump-7\"\nhint: list the live ones\n"},
		{fmt.Errorf("watch: %w", hinted), 1, "plotbeam: watch: no device \"pump-7\"\nhint: list the live ones\n"},
		{usageError{hinted}, 2, "plotbeam: no device \"pump-7\"\nhint: list the live ones\n"},
		{&os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}, 0, ""},
		{&session.Refused{Code: "taken", Text: "taken", Hint: "ask for none"}, 1, "plotbeam: taken\nhint: choose another with --name\n"},
		{&session.Refused{Code: "too-many", Text: "full", Hint: "later"}, 1, "plotbeam: full\nhint: later\n"},
		{session.ErrKicked, 1, "plotbeam: another process has taken over this id\nhint: only one can have it; give this one another with --name\n"},
	} {
		var out bytes.Buffer
		if code := report(&out, c.err); code != c.code || out.String() != c.want {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.err, code, out.String(), c.code, c.want)
		}
	}
}

func TestRunPrintsHelpIntoAClosedPipe(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	err := run(t.Context(), nil, strings.NewReader(""), w, io.Discard, func(string) string { return "" })
	if code := report(io.Discard, err); code != 0 {
		t.Errorf("%v: exit code %d", err, code)
	}
}

func TestSince(t *testing.T) {
	for _, one := range commands() {
		if one.name == "watch" {
			if got := one.flagSet().Lookup("since").DefValue; got != time.Minute.String() {
				t.Errorf("--since is %s by default", got)
			}
		}
	}
}
