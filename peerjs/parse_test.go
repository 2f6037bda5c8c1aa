package peerjs

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzParse holds that a message is what JSON's own parser makes of it, and that
// nothing in a payload gets out of it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"type":"OFFER","payload":{"a":[1,"}\"]"]},"dst":"bob","src":"mallory"}`, `{}`, `{`, `null`, ` { "type" : "LEAVE" } `,
		`{"type":"A\u0042","dst":"é"}`, `{"type":"x","type":"y"}`, `{"Type":"x"}`, `{"payload":1,"dst":null}`, `{"payload":"\\","x":{}}`, `[1]`, `{"type":1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want message
		wrong := json.Unmarshal(text, &want)
		got, err := parse(bytes.Clone(text))
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%q: %v, and JSON says %v", text, err, wrong)
		}
		if err != nil {
			return
		}
		if got.Type != want.Type || got.Dst != want.Dst || !bytes.Equal(bytes.TrimSpace(got.Payload), bytes.TrimSpace(want.Payload)) {
			t.Fatalf("%q is taken for %+v, want %+v", text, got, want)
		}
		got.Type, got.Src = "OFFER", "us"
		var again message
		if err := json.Unmarshal(got.encode(), &again); err != nil || again.Src != "us" || again.Dst != want.Dst {
			t.Fatalf("%q becomes %s: %v", text, got.encode(), err)
		}
	})
}
