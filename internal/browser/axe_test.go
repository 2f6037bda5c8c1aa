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

// axe looks at the page in every dress, and complains about what is serious or worse.
func (tab *Tab) axe(script, name string) {
	tab.t.Helper()
	for _, dress := range dresses {
		tab.wear(dress)
		tab.Await("what moves to have come", `document.getAnimations().every(({playState, effect}) => playState !== "running" || effect.getComputedTiming().endTime === Infinity)`)
		faults := Eval[[]fault](tab, script+`;
			axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
				.filter(({impact}) => impact === "serious" || impact === "critical")
				.map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.map(({target, failureSummary}) => target + ": " + failureSummary)})))`)
		for _, f := range faults {
			tab.t.Errorf("%s, %s: %s (%s, %s):\n  %s", name, dress.name, f.Help, f.ID, f.Impact, strings.Join(f.Nodes, "\n  "))
		}
	}
}

// axeText reads axe, or skips or fails the test.
func axeText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(axeScript)
	if err != nil {
		if os.Getenv("PLOTBEAM_REQUIRE_BROWSER") != "" {
			t.Fatalf("%v: run npm ci in web", err)
		}
		t.Skip("axe-core is not installed: run npm ci in web")
	}
	return string(text)
}

// TestAxe has axe look at every page in every state: it finds nothing serious.
func TestAxe(t *testing.T) {
	script := axeText(t)
	eachScene(New(t), func(tab *Tab, name string) { tab.t.Helper(); tab.axe(script, name) })
}
