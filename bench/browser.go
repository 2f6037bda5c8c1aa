package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const patience = 30 * time.Second

// launch starts Chromium as the tests of the pages do.
func launch() (browser context.Context, stop func(), err error) {
	found := ""
	for _, name := range []string{os.Getenv("PLOTBEAM_BROWSER"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); found == "" && name != "" && err == nil {
			found = path
		}
	}
	if found == "" {
		return nil, nil, errors.New("no Chromium in PATH: install it, or name it in PLOTBEAM_BROWSER")
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(found),
		chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		// Two pages on this machine have no other way to each other's addresses.
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
		// The old demo's device is a page, which is to go on behind others.
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.WindowSize(1280, 800),
		chromedp.WSURLReadTimeout(patience),
	)
	browser, close := chromedp.NewContext(allocator)
	if err := chromedp.Do(browser); err != nil {
		close()
		end()
		return nil, nil, fmt.Errorf("start Chromium: %w", err)
	}
	return browser, func() { close(); end() }, nil
}

// open opens a page in a new tab and a profile of its own, so that nothing is
// cached, after running a script in it. The tab lives until shut is called.
func open(browser context.Context, url, script string) (tab context.Context, shut func(), err error) {
	tab, shut = chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(tab); err != nil { // makes the tab, which lives as long as this context
		return nil, shut, err
	}
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	err = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}), chromedp.Navigate(url))
	return tab, shut, err
}

// await evaluates a script until it gives something positive.
func await(tab context.Context, script string) (float64, error) {
	return awaitWithin(tab, patience, script)
}

func awaitWithin(tab context.Context, within time.Duration, script string) (float64, error) {
	ctx, cancel := context.WithTimeout(tab, within)
	defer cancel()
	for {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[float64](script, chromedp.EvalAwaitPromise))
		if err != nil {
			return 0, fmt.Errorf("await %s: %w", script, err)
		}
		if v > 0 {
			return v, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}
