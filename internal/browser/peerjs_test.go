package browser_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Pages made with npm's client find each other at the hub, and speak.
func TestPeerJSPages(t *testing.T) {
	needPeerJS(t)
	for _, mdns := range []bool{false, true} {
		t.Run(fmt.Sprintf("mdns=%t", mdns), func(t *testing.T) {
			var flags []chromedp.ExecAllocatorOption
			if mdns {
				flags = append(flags, chromedp.Flag("disable-features", ""))
			}
			a := newApps(t, New(t, flags...), peerjsFolder)
			alice, bob := a.Peer("alice", nil), a.Peer("", nil)
			alice.AwaitPeer("open alice")
			bob.AwaitPeer("open ")
			for _, serialization := range []string{"binary", "json", "raw", "MsgPack"} {
				bob.Connect("alice", serialization, map[string]any{"serialization": serialization, "reliable": true})
				bob.AwaitOpen(serialization)
				alice.AwaitOpen(serialization)
				Eval[bool](bob, `app.sendAll(`+quoted(serialization)+`)`)
				Eval[bool](alice, `app.sendAll(`+quoted(serialization)+`)`)
				for _, tab := range []*Tab{alice, bob} {
					tab.Await("everything as "+serialization, `app.facts.data[`+quoted(serialization)+`].length >= app.expected(`+quoted(serialization)+`).length`)
					got := Eval[[]string](tab, `app.facts.data[`+quoted(serialization)+`]`)
					want := Eval[[]string](tab, `app.expected(`+quoted(serialization)+`)`)
					slices.Sort(got) // a message in chunks comes when its last is there
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Errorf("%s: received\n%.400s\nsent\n%.400s", serialization, strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
				}
			}
		})
	}
}

func TestPeerJSIDs(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	a.Peer("the same", nil).AwaitPeer("open the same")
	a.Peer("the same", nil).AwaitPeer("error unavailable-id")
	a.Peer("a--b", nil).AwaitPeer("error invalid-id")
	a.Peer("keyless", map[string]any{"key": "other"}).AwaitPeer("error server-error")
	a.Peer("", map[string]any{"key": "other"}).AwaitPeer("error server-error")
	given := a.Peer("", nil)
	given.AwaitPeer("open ")
	given.Connect("nobody", "x", nil)
	given.AwaitPeer("error peer-unavailable")
	given.Connect("the same", "y", nil)
	given.AwaitOpen("y")
}

// What a peer's life is made of: it is disconnected, comes back, is reloaded, ends.
func TestPeerJSLife(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	alice, bob := a.Peer("alice", nil), a.Peer("bob", nil)
	alice.AwaitPeer("open alice")
	bob.AwaitPeer("open bob")
	bob.Connect("alice", "first", nil)
	bob.AwaitOpen("first")
	Eval[bool](bob, `app.do("disconnect")`)
	bob.AwaitPeer("disconnected")
	Eval[bool](bob, `app.say("first", "still here")`)
	alice.Await("words of a disconnected peer", `app.facts.data.first?.length === 1`)
	Eval[bool](bob, `app.facts.peer = [], app.do("reconnect")`)
	bob.AwaitPeer("open bob")
	alice.Connect("bob", "second", nil)
	alice.AwaitOpen("second")

	bob.Reload()
	bob.Await("the page", `window.app !== undefined`)
	a.start(bob, "bob", nil)
	bob.AwaitPeer("open bob")
	bob.Connect("alice", "third", nil)
	bob.AwaitOpen("third")
	alice.AwaitOpen("third")

	Eval[bool](bob, `app.do("destroy")`)
	bob.AwaitPeer("closed")
	alice.Await("the end of the third", `app.facts.closed.includes("third")`)
	again := a.Peer("bob", nil)
	again.AwaitPeer("open bob")
}

func TestPeerJSMany(t *testing.T) {
	needPeerJS(t)
	const many = 20
	a := newApps(t, New(t), peerjsFolder)
	alice, bob := a.Peer("alice", nil), a.Peer("bob", nil)
	alice.AwaitPeer("open alice")
	bob.AwaitPeer("open bob")
	Eval[bool](bob, fmt.Sprintf(`Array.from({length: %d}, (_, i) => app.connect("alice", "c" + i)).length === %d`, many, many))
	for i := range many {
		label := fmt.Sprintf("c%d", i)
		bob.AwaitOpen(label)
		Eval[bool](bob, `app.say(`+quoted(label)+`, `+quoted(label)+`)`)
	}
	alice.Await("a word on each", fmt.Sprintf(`Object.values(app.facts.data).filter((words) => words.length === 1).length === %d`, many))
	Eval[bool](bob, `app.call("alice")`)
	bob.AwaitPeer("stream 1")
}

// The hub is killed and comes back: connections live on, and peers find each other again.
func TestPeerJSHubKilled(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	alice, bob := a.Peer("alice", nil), a.Peer("bob", nil)
	alice.AwaitPeer("open alice")
	bob.AwaitPeer("open bob")
	bob.Connect("alice", "before", nil)
	bob.AwaitOpen("before")
	a.Hub.Kill()
	for _, tab := range []*Tab{alice, bob} {
		tab.AwaitPeer("error network")
		tab.AwaitPeer("disconnected")
	}
	a.Hub.Start()
	Eval[bool](bob, `app.say("before", "still here")`)
	alice.Await("words while the hub is away", `app.facts.data.before?.length === 1`)
	for name, tab := range map[string]*Tab{"alice": alice, "bob": bob} {
		Eval[bool](tab, `app.facts.peer = [], app.do("reconnect")`)
		tab.AwaitPeer("open " + name)
	}
	alice.Connect("bob", "after", nil)
	alice.AwaitOpen("after")
}

// A peer that asks for it sees within a second that another has gone.
func TestPeerJSPresence(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	alice, bob := a.Peer("", map[string]any{"key": "peerjs&presence=1"}), a.Peer("bob", nil)
	alice.AwaitPeer("open ")
	bob.AwaitPeer("open bob")
	alice.Connect("bob", "both", nil)
	alice.AwaitOpen("both")
	bob.Close()
	begun := time.Now()
	alice.AwaitFor(3*time.Second, "the end of the connection", `app.facts.closed.includes("both")`)
	t.Logf("it was seen after %v", time.Since(begun).Round(10*time.Millisecond))
}
