package plotbeam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// MessageType says what a control message asks or tells. The comment gives who
// sends it to whom (D device, V viewer, H hub) and the fields it carries.
type MessageType string

// On the socket between a peer and the hub.
const (
	Hello   MessageType = "hello"   // D,V→H first: role, id?, secret?, state? (D)
	Welcome MessageType = "welcome" // H→D,V: id, secret, ice, time, version
	ICE     MessageType = "ice"     // H→D,V: ice, whose credentials are fresh
	Update  MessageType = "update"  // D→H: state
	Watch   MessageType = "watch"   // V→H: device; answered by Presence
	Unwatch MessageType = "unwatch" // V→H: device
	Joined  MessageType = "joined"  // H→D: viewer
	Left    MessageType = "left"    // H→D: viewer, reason (closed, lost, kicked)
	Present MessageType = "device"  // H→V: device, state
	List    MessageType = "list"    // V→H: answered by Devices now and at each change
	Devices MessageType = "devices" // H→V: devices
	Signal  MessageType = "signal"  // D↔V through H: viewer (from D) or device (from V), session, and a description, a candidate or a text that refuses
	Invite  MessageType = "invite"  // D→V through H: viewer (from D) or device (from V): a place on a direct path is free
	Control MessageType = "control" // D↔V through H: device, action, interval? (from V), viewer and text (of a refusal) (from D); time, copied
	Unread  MessageType = "unread"  // V→H: device; H→D: no more frames over this socket
	Ping    MessageType = "ping"    // D,V→H: time
	Pong    MessageType = "pong"    // H→D,V: time as in Ping
	Bye     MessageType = "bye"     // any: reason; the sender closes next
	Failure MessageType = "error"   // H→D,V, D→V: code, text, hint
)

// Between whoever sends frames and whoever reads them (S, R): device and viewer
// on a data channel; device and hub, hub and viewer on a socket. What goes
// between hub and viewer names the device.
const (
	Read MessageType = "read"  // R→S: after?, schema?, since?, before?, spans?, bound?; frames follow
	From MessageType = "from"  // S→R: position, before?; the answer to Read: the frames behind it follow
	Beat MessageType = "beat"  // S→R: time, echo, held, position (of the log's head), lag, offset
	Ack  MessageType = "ack"   // R→S: time, echo, held, position (of the newest frame handled), missing, taken
	Gap  MessageType = "gap"   // S→R: position (its epoch), spans: these frames are not held any more
	End  MessageType = "ended" // S→R: position; the source has ended and that was the last frame
)

// Reasons why a viewer left or a socket is closed.
const (
	ReasonClosed   = "closed"   // it said so
	ReasonLost     = "lost"     // its socket died, or answered no ping
	ReasonKicked   = "kicked"   // a newer socket showed the same id and secret
	ReasonSlow     = "slow"     // it did not read what the hub had for it
	ReasonShutdown = "shutdown" // the hub ends; it may be back soon
)

// Codes of Failure.
const (
	CodeMalformed = "malformed" // not a JSON object of this protocol
	CodeUnknown   = "unknown"   // a type that this side does not know
	CodeBinary    = "binary"    // binary where text belongs
	CodeHello     = "hello"     // the first message was no hello, or a bad one
	CodeID        = "id"        // an id breaks the rules
	CodeTaken     = "taken"     // another device has the id
	CodeStranger  = "stranger"  // addressed to someone who is not watching, or not watched
	CodeSignal    = "signal"    // an offer, answer or candidate that is not one
	CodeControl   = "control"   // a control that is none
	CodeForbidden = "forbidden" // this role may not say that
	CodeRelay     = "relay"     // this hub, or this device, relays no frames
)

// Fatal reports whether a [Failure] with this code ends the socket, and would end the next one too.
func Fatal(code string) bool {
	switch code {
	case CodeHello, CodeID, CodeTaken:
		return true
	}
	return false
}

// Role is what a peer is to the hub.
type Role string

const (
	RoleDevice Role = "device"
	RoleViewer Role = "viewer"
)

// Activity is what a device is doing.
type Activity string

const (
	Streaming Activity = "streaming" // readings are being made
	Stopped   Activity = "stopped"   // present, but making none now
	Ended     Activity = "ended"     // its input has ended; it serves what its log holds
	Offline   Activity = "offline"   // not there
)

// Paths says which ways a device, or a viewer, allows.
type Paths string

const (
	AnyPath    Paths = ""       // relayed at once, direct where possible
	DirectOnly Paths = "direct" // nothing passes through the hub
	RelayOnly  Paths = "relay"  // nobody learns the other's address
)

// State is what a device says about itself.
type State struct {
	Activity Activity `json:"activity"`
	Text     string   `json:"text,omitempty"`    // in words, for people: "Streaming a number every 200 ms"
	Paths    Paths    `json:"paths,omitempty"`   // that the device allows
	Controls Controls `json:"controls,omitzero"` // that the device gives to its viewers
}

// DeviceInfo is one device in a list.
type DeviceInfo struct {
	ID      DeviceID `json:"id"`
	State   State    `json:"state"`
	Viewers int      `json:"viewers"`
}

// ICEServer is a STUN or TURN server, as in the W3C's RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Description is an SDP offer or answer (RFC 8829), as in the W3C's RTCSessionDescriptionInit.
type Description struct {
	Type string `json:"type"` // offer or answer
	SDP  string `json:"sdp"`
}

// Candidate is an ICE candidate (RFC 8839), as in the W3C's RTCIceCandidateInit.
// An empty Candidate says that no more will come.
type Candidate struct {
	Candidate string  `json:"candidate"`
	Mid       *string `json:"sdpMid,omitempty"`
	LineIndex *uint16 `json:"sdpMLineIndex,omitempty"`
	Ufrag     *string `json:"usernameFragment,omitempty"`
}

// Objects is what an offer asks for that wants each reading as an object on the
// offerer's own data channel, instead of frames; see PeerJS in PROTOCOL.md.
type Objects struct {
	Packing string   `json:"packing"`          // one of those below
	Series  []string `json:"series,omitempty"` // that are wanted; none means all
	Since   int64    `json:"since,omitempty"`  // as of Read
}

// How an object is put into a message, by the names of PeerJS.
const (
	PackJSON   = "json"   // JSON in a binary message
	PackBinary = "binary" // BinaryPack
	PackRaw    = "raw"    // JSON in a text message
)

func (o Objects) validate() error {
	switch o.Packing {
	case PackJSON, PackBinary, PackRaw:
	default:
		return fmt.Errorf("objects come as json, binary or raw, not as %s", Quote(o.Packing))
	}
	if len(o.Series) > MaxSeries {
		return fmt.Errorf("a device has at most %d series", MaxSeries)
	}
	return nil
}

// Message is any control message: the type, and those of the fields that go with it.
type Message struct {
	Type        MessageType  `json:"type"`
	Role        Role         `json:"role,omitempty"`
	ID          string       `json:"id,omitempty"`
	Secret      string       `json:"secret,omitempty"`
	Device      DeviceID     `json:"device,omitempty"`
	Viewer      ViewerID     `json:"viewer,omitempty"`
	State       *State       `json:"state,omitempty"`
	Devices     []DeviceInfo `json:"devices,omitzero"`
	Reason      string       `json:"reason,omitempty"`
	Session     string       `json:"session,omitempty"`
	Description *Description `json:"description,omitempty"`
	Candidate   *Candidate   `json:"candidate,omitempty"`
	Objects     *Objects     `json:"objects,omitempty"`
	ICE         []ICEServer  `json:"ice,omitzero"`
	Time        int64        `json:"time,omitempty"`   // µs since 1970 of the sender's clock
	Echo        int64        `json:"echo,omitempty"`   // Time of the other end's last beat or ack; see Clock
	Held        int64        `json:"held,omitempty"`   // µs since that came
	Offset      int64        `json:"offset,omitempty"` // µs that the device's clock is ahead of the hub's
	Version     string       `json:"version,omitempty"`
	Position    *Position    `json:"position,omitempty"`
	Lag         int64        `json:"lag,omitempty"`     // µs that the reader is behind, as its acks tell
	Missing     uint64       `json:"missing,omitempty"` // frames before Position that have not come
	Taken       uint64       `json:"taken,omitempty"`   // bytes of frames handled since the read
	After       *Position    `json:"after,omitempty"`   // the frames behind this one
	Since       int64        `json:"since,omitempty"`   // the frames of the last so many ms
	Schema      uint16       `json:"schema,omitempty"`  // version that the reader has, in After's epoch
	Before      uint64       `json:"before,omitempty"`  // those with smaller sequence numbers only
	Spans       []Span       `json:"spans,omitempty"`
	Bound       int64        `json:"bound,omitempty"` // ms that a reader may be behind before frames are skipped, to come late
	Action      Action       `json:"action,omitempty"`
	Interval    int64        `json:"interval,omitempty"` // µs between two readings
	Code        string       `json:"code,omitempty"`
	Text        string       `json:"text,omitempty"`
	Hint        string       `json:"hint,omitempty"`
}

const (
	MaxMessage     = 32 << 10 // bytes of a control message
	MaxSDP         = 16 << 10 // bytes of a description
	MaxMedia       = 4        // m= lines of a description; frames need one
	MaxCandidate   = 512      // bytes of a candidate
	MaxCandidates  = 32       // candidates of one side of one connection
	MaxRefusal     = 300      // bytes of a refusal
	MaxSessionName = 64       // bytes of a connection's name
	MaxStateText   = 200      // bytes of a state in words
	MaxSpans       = 256      // spans of one message
)

// ErrMessage is wrapped by every error about a text that is not a control message.
var ErrMessage = errors.New("not a plotbeam.v1 message")

// ParseMessage reads one control message and checks the sizes of what it
// holds; whether the type fits the moment is the caller's business. Errors wrap [ErrMessage].
func ParseMessage(b []byte) (Message, error) {
	if len(b) > MaxMessage {
		return Message{}, fmt.Errorf("%w: %d bytes, at most %d fit", ErrMessage, len(b), MaxMessage)
	}
	var m Message
	if err := json.Unmarshal(b, &m); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	switch {
	case m.Type == "":
		return Message{}, fmt.Errorf("%w: it has no type", ErrMessage)
	case len(m.Spans) > MaxSpans:
		return Message{}, fmt.Errorf("%w: %d spans, at most %d fit", ErrMessage, len(m.Spans), MaxSpans)
	}
	for _, s := range m.Spans {
		if !s.valid() {
			return Message{}, fmt.Errorf("%w: no span from %d to %d", ErrMessage, s.First, s.Last)
		}
	}
	return m, nil
}

// Encode gives the message's JSON.
func (m Message) Encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("plotbeam: a message that JSON cannot hold: %v", err)) // strings and integers only
	}
	return b
}

// ValidateSignal checks what a [Signal] carries before any parser of SDP sees
// it: exactly one of a description, a candidate and the text of a refusal, of sane sizes.
func (m Message) ValidateSignal() error {
	if m.Session == "" || len(m.Session) > MaxSessionName {
		return errors.New("a signal names its session in 1 to 64 bytes")
	}
	switch {
	case m.Description != nil && m.Candidate == nil && m.Text == "":
		if m.Objects != nil {
			return errors.Join(m.Objects.validate(), m.Description.validate())
		}
		return m.Description.validate()
	case m.Candidate != nil && m.Description == nil && m.Text == "":
		return m.Candidate.validate()
	case m.Text != "" && m.Description == nil && m.Candidate == nil && len(m.Text) <= MaxRefusal:
		return nil
	}
	return fmt.Errorf("a signal carries a description, a candidate or a refusal of at most %d bytes", MaxRefusal)
}

func (c Candidate) validate() error {
	if len(c.Candidate) > MaxCandidate || strings.ContainsAny(c.Candidate, "\r\n") {
		return fmt.Errorf("a candidate is one line of at most %d bytes", MaxCandidate)
	}
	if c.Candidate != "" && !strings.HasPrefix(c.Candidate, "candidate:") {
		return fmt.Errorf("a candidate begins with candidate: (RFC 8839), not %s", Quote(c.Candidate))
	}
	return nil
}

func (d Description) validate() error {
	if d.Type != "offer" && d.Type != "answer" {
		return fmt.Errorf("a description is an offer or an answer, not %s", Quote(d.Type))
	}
	if len(d.SDP) > MaxSDP {
		return fmt.Errorf("a description has at most %d bytes", MaxSDP)
	}
	if !strings.HasPrefix(d.SDP, "v=0") {
		return errors.New("a description begins with v=0 (RFC 8866)")
	}
	if n := strings.Count(d.SDP, "\nm="); n < 1 || n > MaxMedia {
		return fmt.Errorf("a description has 1 to %d m= lines, not %d", MaxMedia, n)
	}
	if n := strings.Count(d.SDP, "a=candidate:"); n > MaxCandidates {
		return fmt.Errorf("a description has at most %d candidates, not %d", MaxCandidates, n)
	}
	return nil
}
