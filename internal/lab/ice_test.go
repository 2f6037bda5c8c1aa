package lab_test

import (
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/turnserver"
)

// Credentials are bound to who has them, and renewed while they still hold.
func TestFreshCredentials(t *testing.T) {
	ice := func(host, id string) []plotbeam.ICEServer {
		username, credential := turnserver.Credential("secret", id, time.Now().Add(turnserver.CredentialLife))
		return []plotbeam.ICEServer{{URLs: []string{"turn:" + host + ":3478"}, Username: username, Credential: credential}}
	}
	lab.Run(t, hub.Config{ICE: ice}, func(t *testing.T, l *lab.Lab) {
		for _, role := range []plotbeam.Role{plotbeam.RoleDevice, plotbeam.RoleViewer} {
			p, welcome := hello(t, l.Host(), plotbeam.Message{Role: role})
			last := welcome.ICE
			if want := ice("hub.lab", welcome.ID); len(last) != 1 || last[0].Username != want[0].Username || last[0].Credential != want[0].Credential {
				t.Errorf("a %s is welcomed with %+v, want %+v", role, last, want)
			}
			for range 3 {
				time.Sleep(2*time.Minute + time.Second)
				fresh := p.hear(plotbeam.ICE).ICE
				if len(fresh) != 1 || fresh[0].Username <= last[0].Username || fresh[0].URLs[0] != "turn:hub.lab:3478" {
					t.Errorf("after two minutes: %+v, before: %+v", fresh, last)
				}
				last = fresh
			}
		}
	})
	// Where there is nothing to renew, nothing is said.
	stun := func(host, id string) []plotbeam.ICEServer {
		return []plotbeam.ICEServer{{URLs: []string{"stun:" + host}}}
	}
	lab.Run(t, hub.Config{ICE: stun}, func(t *testing.T, l *lab.Lab) {
		p, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		time.Sleep(time.Hour)
		p.silent()
	})
}
