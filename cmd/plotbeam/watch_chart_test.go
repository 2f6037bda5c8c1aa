package main

import (
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/viewer"
)

func TestStatusLine(t *testing.T) {
	live := viewer.Status{Phase: viewer.Live, State: plotbeam.State{Activity: plotbeam.Streaming}, Path: "direct", Lag: 14 * time.Millisecond, Measured: true}
	for _, one := range []struct {
		change func(*viewer.Status)
		want   string
	}{
		{func(*viewer.Status) {}, "direct · 14 ms"},
		{func(s *viewer.Status) { s.Measured = false }, "direct"},
		{func(s *viewer.Status) { s.Path, s.Why = "relay", "UDP may be blocked" }, "relay · 14 ms · UDP may be blocked"},
		{func(s *viewer.Status) { s.Lost, s.Missing = 1, 3 }, "direct · 14 ms · 1 frame lost · 3 frames skipped, still to come"},
		{func(s *viewer.Status) { s.Bad, s.Breaks = 2, 1 }, "direct · 14 ms · 2 frames unreadable · started anew 1 time"},
		{func(s *viewer.Status) {
			s.State.Activity, s.Text, s.Lost = plotbeam.Ended, "The input of lab has ended", 2
		}, "The input of lab has ended · 2 frames lost"},
		{func(s *viewer.Status) { s.Phase, s.Text, s.Why = viewer.Unreachable, "no path: why", "why" }, "no path: why"},
	} {
		s := live
		one.change(&s)
		if got := inShort(s); got != one.want {
			t.Errorf("%q, want %q", got, one.want)
		}
	}
}

func TestUnicodeLocale(t *testing.T) {
	for _, one := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "en_US.utf8", "LC_CTYPE": ""}, true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LC_CTYPE": "UTF-8", "LANG": "C"}, true},
		{map[string]string{"LANG": "en_US.ISO-8859-1"}, false},
	} {
		if got := unicodeLocale(func(name string) string { return one.env[name] }); got != one.want {
			t.Errorf("%v: %v", one.env, got)
		}
	}
}
