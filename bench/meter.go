package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// meter watches the processes of a run.
type meter struct {
	browser, tab context.Context
	maker        *child
	before       map[int]process // of the browser, when the page was opened
}

// newMeter starts a hub and a device, and opens a page that is on the direct path when this returns.
func newMeter(browser context.Context, series int, counts bool, query string) (m *meter, end func(), err error) {
	var ends []func()
	end = func() {
		for _, one := range slices.Backward(ends) {
			one()
		}
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	url, stop, err := startHub()
	if err != nil {
		return nil, nil, err
	}
	ends = append(ends, stop)
	maker, err := start("push", url, fmt.Sprint(series), fmt.Sprint(counts))
	if err != nil {
		return nil, nil, err
	}
	ends = append(ends, maker.stop)
	before, err := processes(browser)
	if err != nil {
		return nil, nil, err
	}
	tab, shut, err := open(browser, url+"/remote/"+deviceID+query, noteLeft)
	ends = append(ends, shut)
	if err != nil {
		return nil, nil, err
	}
	wanted := `document.querySelector("main").dataset.path === "direct"`
	if query != "" {
		wanted = `document.querySelector("main").dataset.path !== ""`
	}
	if _, err := await(tab, wanted+" ? 1 : 0"); err != nil {
		return nil, nil, err
	}
	return &meter{browser: browser, tab: tab, maker: maker, before: before}, end, nil
}

// used is what the processes have used so far, by name.
func (m *meter) used() (map[string]process, error) {
	all := map[string]process{}
	var most time.Duration // the page's renderer is the one that did something since
	var err error
	add := func(name string, pid int) {
		p, e := inspect(pid)
		all[name] = p
		err = errors.Join(err, e)
	}
	add("device", m.maker.command.Process.Pid)
	add("hub and bench", os.Getpid())
	now, e := processes(m.browser)
	if e != nil {
		return nil, e
	}
	for pid, p := range now {
		if p.name != "renderer" {
			all[p.name] = p
		} else if since := p.cpu - m.before[pid].cpu; since >= most {
			all["renderer"], most = p, since
		}
	}
	return all, err
}

// script is the JavaScript of a page and its workers, in bytes.
type script struct {
	used float64 // with the buffers, which are outside
	room float64 // that the engine keeps besides, for what comes
}

// heapOf measures a page's heap; settled collects the garbage before.
func heapOf(tab context.Context, settled bool) (h script, err error) {
	workers, release, err := workersOf(tab)
	if err != nil {
		return h, err
	}
	defer release()
	for _, thread := range append(workers, tab) {
		if settled {
			if _, err := chromedp.Call(thread, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return h, fmt.Errorf("collect the garbage: %w", err)
			}
		}
		got, err := chromedp.Call(thread, runtime.GetHeapUsage, cdp.Empty{})
		if err != nil {
			return h, fmt.Errorf("ask for the heap: %w", err)
		}
		h.used += got.UsedSize + got.BackingStorageSize
		h.room += got.TotalSize - got.UsedSize
	}
	return h, nil
}
