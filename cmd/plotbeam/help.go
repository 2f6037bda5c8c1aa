package main

import (
	"flag"
	"fmt"
	"runtime/debug"
	"strings"
	"text/tabwriter"
)

// overview is `plotbeam --help`.
func overview() string {
	var b strings.Builder
	b.WriteString("Plotbeam: pipe any sensor into one command, send the link, and anyone watches it live.\n\n")
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, one := range commands() {
		fmt.Fprintf(tab, "  plotbeam %s\t%s\n", one.name, one.summary)
	}
	tab.Flush()
	b.WriteString(`
  plotbeam help COMMAND   its flags and examples
  plotbeam --version

Examples:
  ping example.com | plotbeam share       send the printed link to whoever is to watch
  plotbeam demo                           a simulated device, in your browser
  plotbeam watch lab-psu | jq .v          readings as NDJSON, in a pipe

Readings go to the standard output, everything else to the standard error.
Flags may stand before or after arguments. Every flag is also an environment variable,
PLOTBEAM_HUB for --hub; the flag wins. What --format means differs, so it has three: PLOTBEAM_INPUT_FORMAT
for what is read, PLOTBEAM_OUTPUT_FORMAT for what watch writes, PLOTBEAM_REPORT_FORMAT for doctor's report.
Exit codes: 0 done (or ended by Ctrl-C, or the reader of a pipe has gone), 1 error, 2 wrong usage.
`)
	return b.String()
}

// help answers `plotbeam help [COMMAND]`.
func (c call) help(args []string) error {
	if len(args) == 0 {
		return c.print(overview())
	}
	for _, one := range commands() {
		if one.name == args[0] {
			return c.print(one.help())
		}
	}
	return usageError{&complaint{text: fmt.Sprintf("no command %q", args[0]), hint: "see them with `plotbeam --help`"}}
}

// help is the command's `--help`.
func (one command) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: plotbeam %s %s\n\n%s\n", one.name, one.synopsis, strings.TrimSpace(one.about))
	b.WriteString("\nFlags, each also an environment variable (the flag wins):\n")
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	one.flagSet().VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(tab, "  --%s%s\t%s\t%s\n", f.Name, value, variable(f), usage)
	})
	tab.Flush()
	b.WriteString("\nExamples:\n")
	for _, example := range one.examples {
		fmt.Fprintf(&b, "  %s\n", example)
	}
	return b.String()
}

// version is the module's, or the commit's where it was built from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
