package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
)

// process is what one process has used so far, by the system's account.
type process struct {
	name    string
	cpu     time.Duration
	rss     float64                  // bytes
	own     float64                  // bytes that are its own, and not of a file that it shares with others
	threads map[string]time.Duration // CPU by the threads' names
}

// processes are those of a browser, by pid.
func processes(browser context.Context) (map[int]process, error) {
	got, err := chromedp.CallBrowser(browser, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		return nil, fmt.Errorf("ask for Chromium's processes: %w", err)
	}
	all := map[int]process{}
	for _, info := range got.ProcessInfo {
		pid := int(info.ID)
		p, err := inspect(pid)
		if err != nil {
			continue // it has ended since
		}
		p.name = info.Type
		if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); strings.Contains(string(line), "network.mojom") {
			p.name = "network service"
		}
		all[pid] = p
	}
	return all, nil
}

// inspect reads what a process has used.
func inspect(pid int) (process, error) {
	p := process{threads: map[string]time.Duration{}}
	_, cpu, pages, err := stat(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, err
	}
	p.cpu, p.rss = cpu, pages*float64(os.Getpagesize())
	if p.own, err = own(pid); err != nil {
		return p, err
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return p, err
	}
	for _, task := range tasks {
		name, cpu, _, err := stat(task)
		if err != nil {
			continue // it has ended since
		}
		if filepath.Base(filepath.Dir(task)) == fmt.Sprint(pid) {
			name = "main"
		}
		p.threads[name] += cpu
	}
	return p, nil
}

// stat reads a stat file of proc(5).
func stat(file string) (name string, cpu time.Duration, pages float64, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", 0, 0, err
	}
	const utime, stime, rss = 11, 12, 21 // behind the name
	head, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) <= rss {
		return "", 0, 0, fmt.Errorf("%s tells of a process in another way", file)
	}
	var ticks [2]int64
	fmt.Sscan(fields[utime]+" "+fields[stime]+" "+fields[rss], &ticks[0], &ticks[1], &pages)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	_, name, _ = strings.Cut(head, "(")
	return name, time.Duration(ticks[0]+ticks[1]) * tick, pages, nil
}

// own reads how much of its memory a process has written, and nobody else has.
func own(pid int) (bytes float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), "Private_Dirty:")
	if _, err := fmt.Sscan(rest, &bytes); !found || err != nil {
		return 0, fmt.Errorf("smaps_rollup of %d tells of a process in another way", pid)
	}
	return bytes * 1024, nil
}

// minus is what was used since; the memory is what is used now.
func (p process) minus(before process) process {
	threads := map[string]time.Duration{}
	for name, cpu := range p.threads {
		threads[name] = cpu - before.threads[name]
	}
	return process{p.name, p.cpu - before.cpu, p.rss, p.own, threads}
}

// busiest are the names of the threads that used at least a tenth of what the process did.
func (p process) busiest() []string {
	names := slices.SortedFunc(maps.Keys(p.threads), func(a, b string) int { return int(p.threads[b] - p.threads[a]) })
	return slices.DeleteFunc(names, func(name string) bool { return p.threads[name] < p.cpu/10 || p.threads[name] == 0 })
}

// dropped is how many datagrams the kernel threw away because a socket's buffer
// was full, of IPv4 and of IPv6; 0 where there is no /proc.
func dropped() float64 {
	var four, six float64
	text, _ := os.ReadFile("/proc/net/snmp") // two lines of a kind: names, and their numbers
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if fields[0] != "Udp:" {
			continue
		}
		if i := slices.Index(names, "RcvbufErrors"); i > 0 {
			fmt.Sscan(fields[i], &four)
		}
		names = fields
	}
	text, _ = os.ReadFile("/proc/net/snmp6") // a name and its number a line
	for line := range strings.Lines(string(text)) {
		fmt.Sscanf(line, "Udp6RcvbufErrors %f", &six)
	}
	return four + six
}
