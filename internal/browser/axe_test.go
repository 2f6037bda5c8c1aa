package browser_test

import (
	"os"
	"strings"
	"testing"
)

// axeScript is where `npm ci` in web puts it.
const axeScript = "../../web/node_modules/axe-core/axe.min.js"

// fault is what axe finds on a page.
type fault struct {
	ID, Impact, Help string
	Nodes            []string // a selector and what is wrong there
}

// look has a person and axe look at the page in every dress.
func (tab *Tab) look(name string) {
	tab.t.Helper()
	script := axeText(tab.t)
	for _, d := range dresses {
		tab.wear(d)
		tab.Await("what moves to have come", `document.getAnimations().every(({playState, effect}) => playState !== "running" || effect.getComputedTiming().endTime === Infinity)`)
		tab.shoot(name + "-" + d.name)
		if script != "" {
			tab.axe(script, name+", "+d.name)
		}
	}
}

// axe complains about what is serious or worse.
func (tab *Tab) axe(script, name string) {
	tab.t.Helper()
	faults := Eval[[]fault](tab, script+`;
		axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
			.filter(({impact}) => impact === "serious" || impact === "critical")
			.map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.map(({target, failureSummary}) => target + ": " + failureSummary)})))`)
	for _, f := range faults {
		tab.t.Errorf("%s: %s (%s, %s):\n  %s", name, f.Help, f.ID, f.Impact, strings.Join(f.Nodes, "\n  "))
	}
}

// axeText reads axe. Without it the test says so, or fails where tests must be whole.
func axeText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(axeScript)
	if err != nil {
		if os.Getenv("PLOTBEAM_REQUIRE_BROWSER") != "" {
			t.Fatalf("%v: run npm ci in web", err)
		}
		t.Log("axe-core is not installed, and looks at nothing: run npm ci in web")
	}
	return string(text)
}
