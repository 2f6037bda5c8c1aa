package peerjs

import (
	"encoding/json"
	"fmt"

	"github.com/plotbeam/plotbeam"
)

// What a message says. Only the first six have a destination.
const (
	offer     = "OFFER"
	answered  = "ANSWER"
	candidate = "CANDIDATE"
	leave     = "LEAVE"     // to a peer: the sender has left; to nobody: the sender leaves
	expire    = "EXPIRE"    // to a peer: src is not there
	heartbeat = "HEARTBEAT" // from a peer, every 5 s
	opened    = "OPEN"      // to a peer: it is known by its id now
	idTaken   = "ID-TAKEN"
	failure   = "ERROR"
)

// message is one message of the protocol. What the payload of one from peer to
// peer holds is nobody's business here.
type message struct {
	Type    string          `json:"type"`
	Src     string          `json:"src,omitempty"`
	Dst     string          `json:"dst,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// encode puts a message together, whose payload is JSON already.
func (m message) encode() []byte {
	b := make([]byte, 0, 64+len(m.Src)+len(m.Dst)+len(m.Payload))
	b = append(append(append(b, `{"type":"`...), m.Type...), '"') // one of ours
	for _, end := range []struct{ name, id string }{{"src", m.Src}, {"dst", m.Dst}} {
		if end.id == "" {
			continue
		}
		b = append(append(append(b, `,"`...), end.name...), `":`...)
		b = appendText(b, end.id)
	}
	if len(m.Payload) > 0 {
		b = append(append(b, `,"payload":`...), m.Payload...)
	}
	return append(b, '}')
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(b, mustEncode(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func words(text string) json.RawMessage {
	return mustEncode(struct {
		Msg string `json:"msg"`
	}{text})
}

func mustEncode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("peerjs: a message that JSON cannot hold: %v", err)) // strings and integers only
	}
	return b
}

// What connections are made of; only data has a meaning for devices.
const dataConnection = "data"

// negotiation is the payload of an offer, an answer or a candidate.
type negotiation struct {
	SDP           *plotbeam.Description `json:"sdp,omitempty"`
	Candidate     *plotbeam.Candidate   `json:"candidate,omitempty"`
	Type          string                `json:"type"`
	ConnectionID  string                `json:"connectionId"`
	Serialization string                `json:"serialization,omitempty"`
	Metadata      json.RawMessage       `json:"metadata,omitempty"`
}

// wish is what the metadata of a connection to a device may hold.
type wish struct {
	Series json.RawMessage `json:"series"` // a name, or several
	Since  float64         `json:"since"`  // ms
}

// readings is what an offer to a device asks for. Metadata that says something
// else says nothing.
func (n negotiation) readings() *plotbeam.Objects {
	o := &plotbeam.Objects{Packing: n.Serialization}
	if o.Packing == "binary-utf8" || o.Packing == "default" {
		o.Packing = plotbeam.PackBinary
	}
	var w wish
	if json.Unmarshal(n.Metadata, &w) != nil {
		return o
	}
	const longest = 1 << 40 // ms, which is for ever
	o.Since = int64(min(max(w.Since, -1), longest))
	var one string
	if json.Unmarshal(w.Series, &one) == nil && one != "" {
		o.Series = []string{one}
	} else if json.Unmarshal(w.Series, &o.Series) != nil {
		o.Series = nil
	}
	return o
}
