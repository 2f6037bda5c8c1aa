package browser_test

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// dress is what a page is seen in.
type dress struct {
	name          string
	width, height int64
	scheme        string
}

var dresses = []dress{
	{"desktop-light", 1280, 800, "light"}, {"desktop-dark", 1280, 800, "dark"},
	{"phone-light", 360, 740, "light"}, {"phone-dark", 360, 740, "dark"},
}

// wear puts a page into a dress.
func (tab *Tab) wear(d dress) {
	tab.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: d.scheme}}}
	tab.do(chromedp.EmulateViewport(d.width, d.height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, media)
		return err
	}))
	tab.Await("the page to be drawn", `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
}

// shoot takes one picture, if a folder for it is named.
func (tab *Tab) shoot(name string) {
	tab.t.Helper()
	if over := Eval[int](tab, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		tab.t.Errorf("%s is %d pixels wider than its screen", name, over)
	}
	folder := os.Getenv("PLOTBEAM_SCREENSHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		tab.t.Error(err)
	}
}
