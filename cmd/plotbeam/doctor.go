package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam/doctor"
	"github.com/plotbeam/plotbeam/link"
)

// Values of doctor's --format.
const (
	formatText = "text"
	formatJSON = "json"
)

func doctorCommand() command {
	hub, format := defaultHub, formatText
	return command{
		name:     "doctor",
		synopsis: "[--hub URL] [--format text|json]",
		summary:  "find out what works between this machine and a hub",
		about: `
Looks at every hop between this machine and a hub: HTTP, the socket, the clocks, STUN and the NAT, TURN over
UDP, TCP and TLS; and streams a few readings from this machine to itself, through the hub and directly.
It says how long each took, which fails and what to do about it. For some seconds the hub lists a device doctor-…
Run it at both ends of a stream that does not flow: each sees its own network only.
The exit code is 0 if streams can flow, be it through the hub only, and 1 if not.`,
		examples: []string{
			"plotbeam doctor",
			"plotbeam doctor --hub https://hub.example.com",
			"plotbeam doctor --format json | jq -r '.checks[] | select(.outcome == \"failed\") | .hint'",
		},
		flags: func(fs *flag.FlagSet) {
			hubFlag(fs, &hub, "the hub's `URL`")
			choiceFlag(fs, &format, "format", "`FORMAT` of the output", formatText, formatJSON)
			rename(fs.Lookup("format"), "PLOTBEAM_REPORT_FORMAT")
		},
		arguments: noArguments,
		run:       func(ctx context.Context, c call) error { return examine(ctx, c, hub, format) },
	}
}

// examine prints what the doctor finds.
func examine(ctx context.Context, c call, hub, format string) error {
	marks := marksFor(c)
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		c.log = slog.New(slog.DiscardHandler) // what fails is told as a check
	}
	var broken error // of the output
	d := doctor.New(doctor.Config{
		Hub: hub, Log: c.log,
		Link: link.Config{Loopback: onThisMachine(hub), Log: c.log},
		OnCheck: func(one doctor.Check) {
			if format == formatText && broken == nil {
				broken = c.print(marks.line(one))
			}
		},
	})
	report := d.Run(ctx)
	if ctx.Err() != nil || broken != nil {
		return broken
	}
	if format == formatJSON {
		if err := json.NewEncoder(c.stdout).Encode(reportOf(hub, report)); err != nil {
			return err
		}
	}
	if report.Path == "" {
		return hopeless(report)
	}
	if format == formatText {
		return c.print("\n" + report.Summary + "\n")
	}
	return nil
}

// hopeless is the complaint of a report by which no stream can flow.
func hopeless(r doctor.Report) error {
	wrong := &complaint{text: strings.ToLower(r.Summary[:1]) + strings.TrimSuffix(r.Summary[1:], ".")}
	for _, one := range r.Checks {
		if one.Outcome == doctor.Failed && one.Hint != "" {
			wrong.hint = one.Hint
			break
		}
	}
	return wrong
}

// marks are how outcomes look.
type marks map[doctor.Outcome]string

// marksFor is signs in colour on a terminal, and words elsewhere.
func marksFor(c call) marks {
	if !isTerminal(c.stdout) || c.env("TERM") == "dumb" || c.env("NO_COLOR") != "" {
		return marks{doctor.OK: "ok    ", doctor.Failed: "FAILED", doctor.None: "-     "}
	}
	enableEscapes(c.stdout)
	return marks{doctor.OK: "\x1b[32m✓\x1b[0m", doctor.Failed: "\x1b[31m✗\x1b[0m", doctor.None: "\x1b[2m–\x1b[0m"}
}

// line is a check in one line, and its hint in another.
func (m marks) line(c doctor.Check) string {
	took := ""
	if c.Took > 0 {
		took = doctor.Span(c.Took)
	}
	line := fmt.Sprintf("%s %-8s %8s  %s\n", m[c.Outcome], c.Name, took, c.Text)
	if c.Hint != "" {
		line += "  hint: " + c.Hint + "\n"
	}
	return line
}

// reportJSON is a report for programs.
type reportJSON struct {
	Hub     string      `json:"hub"`
	Version string      `json:"version,omitempty"` // of the hub
	OK      bool        `json:"ok"`                // whether streams can flow
	Path    string      `json:"path,omitempty"`    // the best: direct, turn, relay
	Summary string      `json:"summary"`
	Checks  []checkJSON `json:"checks"`
}

type checkJSON struct {
	Name    string         `json:"name"`
	Outcome doctor.Outcome `json:"outcome"`
	Text    string         `json:"text"`
	Hint    string         `json:"hint,omitempty"`
	Millis  float64        `json:"ms"`
}

func reportOf(hub string, r doctor.Report) reportJSON {
	out := reportJSON{Hub: hub, Version: r.Version, OK: r.Path != "", Path: r.Path, Summary: r.Summary}
	for _, c := range r.Checks {
		millis := float64(c.Took.Round(10*time.Microsecond)) / float64(time.Millisecond)
		out.Checks = append(out.Checks, checkJSON{Name: c.Name, Outcome: c.Outcome, Text: c.Text, Hint: c.Hint, Millis: millis})
	}
	return out
}
