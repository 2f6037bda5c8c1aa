package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

const shownFunctions = 25

// profilePage begins a profile of a page's script, and of those of its workers,
// until it is called off: files that Chromium's DevTools open, and a text each
// with the functions that took most.
func profilePage(tab context.Context, name string) (end func() error, err error) {
	workers, release, err := workersOf(tab)
	if err != nil {
		return nil, err
	}
	threads := append([]context.Context{tab}, workers...)
	for _, thread := range threads {
		_, err1 := chromedp.Call(thread, profiler.Enable, cdp.Empty{})
		_, err2 := chromedp.Call(thread, profiler.Start, cdp.Empty{})
		if err := errors.Join(err1, err2); err != nil {
			release()
			return nil, fmt.Errorf("profile the page: %w", err)
		}
	}
	return func() error {
		defer release()
		for i, thread := range threads {
			got, err := chromedp.Call(thread, profiler.Stop, cdp.Empty{})
			if err != nil {
				return fmt.Errorf("profile the page: %w", err)
			}
			file := name
			if i > 0 {
				file = strings.TrimSuffix(name, ".cpuprofile") + fmt.Sprintf("-worker%d.cpuprofile", i)
			}
			if err := writeProfile(file, got.Profile); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// workersOf are the workers of the page in a tab.
func workersOf(tab context.Context) (workers []context.Context, release func(), err error) {
	page, err := chromedp.Call(tab, target.GetTargetInfo, target.GetTargetInfoParams{})
	if err != nil {
		return nil, nil, err
	}
	all, err := chromedp.Targets(tab)
	if err != nil {
		return nil, nil, err
	}
	var ends []context.CancelFunc
	release = func() {
		for _, end := range ends {
			end()
		}
	}
	for _, info := range all {
		if info.Type != "worker" || info.BrowserContextID != page.TargetInfo.BrowserContextID {
			continue
		}
		worker, end := chromedp.NewContext(tab, chromedp.WithTargetID(info.TargetID), chromedp.WithDetachOnCancel())
		workers, ends = append(workers, worker), append(ends, end)
		if err := chromedp.Do(worker); err != nil {
			release()
			return nil, nil, fmt.Errorf("attach to a worker: %w", err)
		}
	}
	return workers, release, nil
}

func writeProfile(file string, profile *profiler.Profile) error {
	text, err := json.Marshal(profile)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(file+".txt", []byte(topOf(profile)), 0o644)
}

// topOf lists the functions that took most, each without what it called.
func topOf(profile *profiler.Profile) string {
	names := map[int64]string{}
	for _, node := range profile.Nodes {
		f := node.CallFrame
		url := f.URL[strings.LastIndexByte(f.URL, '/')+1:]
		names[node.ID] = fmt.Sprintf("%s %s:%d:%d", cmp.Or(f.FunctionName, "(anonymous)"), url, f.LineNumber+1, f.ColumnNumber+1)
	}
	took := map[string]float64{}
	var whole float64
	for i, id := range profile.Samples {
		if i < len(profile.TimeDeltas) {
			took[names[id]] += float64(profile.TimeDeltas[i])
			whole += float64(profile.TimeDeltas[i])
		}
	}
	var order []string
	for name := range took {
		order = append(order, name)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Compare(took[b], took[a]) })
	var b strings.Builder
	for _, name := range order[:min(len(order), shownFunctions)] {
		fmt.Fprintf(&b, "%5.1f %%  %s\n", took[name]/whole*100, name)
	}
	return b.String()
}
