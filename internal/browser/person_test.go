package browser_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// What a person does on a page, who knows roles and names and no ids.

var errNotThere = errors.New("not there")

// named finds the one element of that role and name.
func named(ctx context.Context, target *chromedp.Target, role, name string) (cdp.BackendNodeID, error) {
	document, err := cdp.Call(ctx, target, dom.GetDocument, dom.GetDocumentParams{})
	if err != nil {
		return 0, err
	}
	found, err := cdp.Call(ctx, target, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		NodeID: document.Root.NodeID, Role: role, AccessibleName: name,
	})
	if err != nil {
		return 0, err
	}
	var nodes []cdp.BackendNodeID
	for _, one := range found.Nodes {
		if !one.Ignored {
			nodes = append(nodes, one.BackendDOMNodeID)
		}
	}
	switch len(nodes) {
	case 1:
		return nodes[0], nil
	case 0:
		return 0, fmt.Errorf("%s %q: %w", role, name, errNotThere)
	}
	return 0, fmt.Errorf("%d of %s %q", len(nodes), role, name)
}

// PressNamed clicks in the middle of the one element of that role and name,
// whatever is there.
func (tab *Tab) PressNamed(role, name string) {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		node, err := named(ctx, target, role, name)
		if err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, target, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node}); err != nil {
			return err
		}
		at, err := cdp.Call(ctx, target, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node})
		if err != nil {
			return err
		}
		if len(at.Quads) == 0 {
			return fmt.Errorf("%s %q is not shown", role, name)
		}
		box := at.Quads[0] // x and y of four corners
		_, err = chromedp.MouseClickXY((box[0]+box[4])/2, (box[1]+box[5])/2)(ctx, target)
		return err
	}))
}

// Read gives the text of the one element of that role and name, or nothing if there is none.
func (tab *Tab) Read(role, name string) string {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (string, error) {
		node, err := named(ctx, target, role, name)
		if errors.Is(err, errNotThere) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		object, err := cdp.Call(ctx, target, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node})
		if err != nil {
			return "", err
		}
		return chromedp.CallFunctionOn[string](`function () { return this.innerText; }`, func(p *runtime.CallFunctionOnParams) {
			p.ObjectID = object.Object.ObjectID
		})(ctx, target)
	})
	if err != nil {
		tab.t.Fatal(err)
	}
	return text
}

// AwaitText waits until the text of that element is as it should be, and gives it.
func (tab *Tab) AwaitText(role, name, what string, good func(text string) bool) string {
	tab.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; <-tick.C {
		text := tab.Read(role, name)
		if good(text) {
			return text
		}
		if time.Since(begun) > patience {
			tab.t.Fatalf("waited %v for %s; %s %q says:\n%s", patience, what, role, name, text)
		}
	}
}
