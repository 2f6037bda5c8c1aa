package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/viewer"
)

// lossPause is the least time between two words of losses.
const lossPause = 5 * time.Second

// narrator says what is not as expected; that all is well only after it was not.
type narrator struct {
	console *console

	mu     sync.Mutex
	live   bool      // it was, at some time
	said   string    // last
	lost   uint64    // frames that were told of
	lostAt time.Time // when last
	breaks uint64    // that were told of
}

func (n *narrator) status(s viewer.Status) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.lostAt) >= lossPause {
		n.losses(s)
	}
	if s.Breaks > n.breaks {
		n.breaks = s.Breaks
		n.console.say("The device was started again and its log begins anew: what it had sent before and was not taken is lost")
	}
	expected := s.Phase == viewer.Live && s.State.Activity == plotbeam.Streaming && !n.live
	starting := s.Phase != viewer.Live && s.Phase != viewer.Unreachable && !n.live
	n.live = n.live || s.Phase == viewer.Live
	if s.Text == n.said || starting {
		return
	}
	n.said = s.Text
	if !expected {
		n.console.say("%s", s.Text)
	}
}

// losses says what was lost since it last did. It needs n.mu.
func (n *narrator) losses(s viewer.Status) {
	if s.Lost == n.lost {
		return
	}
	news, all := s.Lost-n.lost, ""
	if n.lost > 0 {
		all = fmt.Sprintf(" (%d in all)", s.Lost)
	}
	n.lost, n.lostAt = s.Lost, time.Now()
	n.console.say("%s lost, because the device's log is bounded%s", frames(news), all)
}

// rest says in the end what was not said yet.
func (n *narrator) rest(s viewer.Status) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.losses(s)
}

func frames(n uint64) string {
	if n == 1 {
		return "1 frame was"
	}
	return fmt.Sprintf("%d frames were", n)
}
